"""Discretion: what a child says about inputs, without the sensitive ones among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobnb.protocol import JobDescription
from jobnb.protocol.masking import Masker


def masker_for(job: JobDescription, inputs: Mapping[str, Any]) -> Masker:
    """What hides the sensitive ones of some inputs.

    Args:
        job: What they are for.
        inputs: As they were given, as JSON values.
    """
    names = [item.name for item in job.variables if item.sensitive and item.name in inputs]
    return Masker(inputs[name] for name in names)


def discreet(reply: Mapping[str, Any], masker: Masker) -> dict[str, Any]:
    """A reply whose complaints and whose error quote no secret."""
    shown = dict(reply)
    if "error" in reply:
        shown["error"] = masker(reply["error"])
    if "problems" in reply:
        problems = reply["problems"].items()
        shown["problems"] = {name: [masker(text) for text in texts] for name, texts in problems}
    return shown
