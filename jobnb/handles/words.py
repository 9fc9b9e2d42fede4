"""Words of a command line or of the magic: inputs as ``name=value``, durations as ``90d``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

from jobnb.errors import InvalidInput, InvalidSearch
from jobnb.protocol import JobDescription, VariableDescription

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


def parse_inputs(job: JobDescription, words: Sequence[str]) -> dict[str, str | Path]:
    """The inputs in ``words``, as text; the job's own variables turn them into what they want.

    ``name=@file`` gives the text of a file, ``name=@@text`` a text that begins with ``@``. For a
    variable that takes a file, ``name=file`` and ``name=@file`` both give the file itself.

    Raises:
        InvalidInput: A word is no ``name=value``, a name comes twice, or a file cannot be read.
    """
    inputs: dict[str, str | Path] = {}
    problems: dict[str, list[str]] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.isidentifier():
            # The value may be a secret behind a mistyped name.
            problems[name or word] = ["is no input; write it as name=value."]
        elif name in inputs:
            problems[name] = ["is given twice."]
        else:
            try:
                inputs[name] = _read(value, job.variable(name))
            except (OSError, UnicodeDecodeError) as error:
                problems[name] = [f"the file cannot be read as text: {error}."]
    if problems:
        raise InvalidInput(job.name, problems)
    return inputs


def _read(value: str, variable: VariableDescription | None) -> str | Path:
    literal, is_file = value.startswith("@@"), value.startswith("@")
    if variable is not None and variable.type == "FileVar" and value:
        return Path(value[1:] if is_file else value).expanduser()
    if literal:
        return value[1:]
    if not is_file:
        return value
    text = Path(value[1:]).expanduser().read_text("utf-8")
    # Editors end a file with a line end, which belongs to no password.
    return text.removesuffix("\n") if variable is not None and variable.sensitive else text
