"""Inputs as words of a command line or of the magic: ``name=value``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, NoReturn

from jobnb.errors import InvalidInput, RunRefused
from jobnb.handles.handle import Options


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


class _OptionWords(argparse.ArgumentParser):
    """Takes the options out of words, and refuses in one sentence."""

    def error(self, message: str) -> NoReturn:
        names = [action.option_strings[0] for action in self._actions if action.option_strings]
        raise RunRefused(f"Options: {message}. There are: {', '.join(names)}.")


def split_options(words: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """The options of a run in ``words`` (``-q gpu``, ``--profile``), and the other words.

    Raises:
        RunRefused: There is no such option, or it has no value, or not one of its type.
    """
    parser = _OptionWords(add_help=False, allow_abbrev=False)
    for item in fields(Options):
        if item.name == "check":
            continue  # who writes words looks at the result
        names = [f"--{item.name.replace('_', '-')}", *_SHORT.get(item.name, ())]
        if item.type == "bool":
            parser.add_argument(*names, dest=item.name, action="store_true")
        else:
            parser.add_argument(*names, dest=item.name, type=_TYPES[str(item.type)])
    parser.add_argument("others", nargs="*")
    given = vars(parser.parse_intermixed_args(words))
    others = given.pop("others")
    return {
        name: value for name, value in given.items() if value is not None and value is not False
    }, others


_SHORT: Final = {"queue": ("-q",)}
_TYPES: Final = {"int": int, "float | None": float, "str | None": str}


def _read(value: str) -> str:
    if value.startswith("@@"):
        return value[1:]
    if value.startswith("@"):
        return Path(value[1:]).expanduser().read_text("utf-8")
    return value
