"""The wire: live values of the submitter's Python as the JSON values that a child can be sent.

No rule about inputs is here: what a value becomes, and whether it fits, its variable says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """Inputs on their way to the child."""

    inputs: dict[str, Any]
    """Those that can travel, as JSON values."""
    problems: dict[str, list[str]]
    """Why the others cannot."""


def to_wire(inputs: Mapping[str, Any]) -> Outgoing:
    """The inputs as they travel; one that cannot has its complaint instead."""
    problems = {name: [text] for name, value in inputs.items() if (text := _strangeness(value))}
    usable = {name: value for name, value in inputs.items() if name not in problems}
    return Outgoing(inputs=usable, problems=problems)


def _strangeness(value: Any) -> str:
    """Why a value cannot travel to the job's process; empty if it can."""
    try:
        json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return (
            f"{value!r:.100} ({type(value).__qualname__}) cannot be given to a job. Give text, a "
            "number, True, False, None, or lists and dictionaries of these."
        )
    return ""
