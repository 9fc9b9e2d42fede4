"""Discretion: what a child says about inputs, without the sensitive ones among them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from jobnb.protocol import JobDescription
from jobnb.protocol.masking import Masker

_IN_PARTS: Final = ("JSONVar", "MultiChoiceVar", "TableVar")
"""Types whose text has values inside of it, which job code gets one by one."""


def masker_for(job: JobDescription, inputs: Mapping[str, Any]) -> Masker:
    """What hides the sensitive ones of some inputs.

    Args:
        job: What they are for.
        inputs: As they were given, as JSON values.
    """
    given = [item for item in job.variables if item.sensitive and item.name in inputs]
    parts = [_parts(inputs[item.name]) for item in given if item.type in _IN_PARTS]
    return Masker(
        [*(inputs[item.name] for item in given), *(one for some in parts for one in some)]
    )


def _parts(value: Any) -> Iterator[Any]:
    """What is inside of a value that was given as text: of JSON, or the cells of a table."""
    if not isinstance(value, str):
        return
    try:
        yield json.loads(value)
    except (ValueError, RecursionError):
        yield [cell.strip(' "') for cell in re.split(r"[\t,;|\r\n]", value)]


def discreet(reply: Mapping[str, Any], masker: Masker) -> dict[str, Any]:
    """A reply whose complaints and whose error quote no secret."""
    shown = dict(reply)
    if "error" in reply:
        shown["error"] = masker(reply["error"])
    if "problems" in reply:
        problems = reply["problems"].items()
        shown["problems"] = {name: [masker(text) for text in texts] for name, texts in problems}
    return shown
