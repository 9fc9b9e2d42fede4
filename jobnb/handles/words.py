"""Words of a command line or of the magic: inputs as ``name=value``, durations as ``90d``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

from jobnb.errors import InvalidInput, InvalidSearch

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])", re.IGNORECASE)


def parse_duration(text: str) -> timedelta:
    """The duration in ``90d``, ``12h``, ``30m``, ``45s`` or ``2w``.

    Raises:
        InvalidSearch: It is no duration, or longer than time itself.
    """
    found = _DURATION.fullmatch(text.strip())
    try:
        if found is not None:
            return timedelta(seconds=float(found[1]) * _UNITS[found[2].lower()])
    except OverflowError:
        pass
    raise InvalidSearch(f"{text!r} is no duration; write it as 90d, 12h, 30m, 45s or 2w.")


def parse_inputs(job: str, words: Sequence[str]) -> dict[str, str]:
    """The inputs in ``words``, as text; the job's own variables turn them into what they want.

    ``name=@file`` gives the text of a file, ``name=@@text`` a text that begins with ``@``.

    Raises:
        InvalidInput: A word is no ``name=value``, a name comes twice, or a file cannot be read.
    """
    inputs: dict[str, str] = {}
    problems: dict[str, list[str]] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.isidentifier():
            problems[word] = ["is no input; write it as name=value."]
        elif name in inputs:
            problems[name] = ["is given twice."]
        else:
            try:
                inputs[name] = _read(value)
            except (OSError, UnicodeDecodeError) as error:
                problems[name] = [f"the file cannot be read as text: {error}."]
    if problems:
        raise InvalidInput(job, problems)
    return inputs


def _read(value: str) -> str:
    if value.startswith("@@"):
        return value[1:]
    if value.startswith("@"):
        return Path(value[1:]).expanduser().read_text("utf-8")
    return value
