"""Unusable inputs: what somebody tried to give, and why it cannot be; refused with all the others.

Raised at once, such a complaint would keep those about the other inputs back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jobnb.errors import InvalidInput


@dataclass(frozen=True)
class Unusable:
    """Stands among the inputs for one that cannot be given."""

    complaint: str
    """Why; never with a value in it, which may be secret."""


def problems_in(inputs: Mapping[str, Any]) -> dict[str, list[str]]:
    """The complaints about what is unusable, by input."""
    return {
        name: [value.complaint] for name, value in inputs.items() if isinstance(value, Unusable)
    }


def refuse_unusable(job: str, inputs: Mapping[str, Any]) -> None:
    """For whoever cannot wait for the other complaints.

    Raises:
        InvalidInput: Something is unusable.
    """
    if problems := problems_in(inputs):
        raise InvalidInput(job, problems)
