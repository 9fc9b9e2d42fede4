"""Inputs as words of a command line or of the magic: ``name=value``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jobnb.errors import InvalidInput


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
