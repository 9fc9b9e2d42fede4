"""Words of a command line or of the magic: inputs as ``name=value``, durations as ``90d``."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NoReturn

from jobnb.errors import InvalidSearch, RunRefused
from jobnb.handles.giving.unusable import Unusable
from jobnb.handles.handle import Options
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


def parse_inputs(job: JobDescription, words: Sequence[str]) -> dict[str, str | Path | Unusable]:
    """The inputs in ``words``, as text; the job's own variables turn them into what they want.

    ``name=@file`` gives the text of a file, ``name=@@text`` a text that begins with ``@``. For a
    variable that takes a file, ``name=file`` and ``name=@file`` both give the file itself.

    A word that is no ``name=value``, a name that comes twice and a file that cannot be read are
    ``Unusable``: the job refuses them together with what is wrong with the others.
    """
    inputs: dict[str, str | Path | Unusable] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.isidentifier():
            # The value may be a secret behind a mistyped name.
            inputs[name or word] = Unusable("is no input; write it as name=value.")
        elif name in inputs:
            inputs[name] = Unusable("is given twice.")
        else:
            inputs[name] = _read(value, job.variable(name))
    return inputs


def parse_settings(words: Sequence[str]) -> dict[str, str | None]:
    """The settings in ``words``, as text; an empty one is None: what the code says.

    Raises:
        RunRefused: A word is no ``name=value``, or a name comes twice.
    """
    settings: dict[str, str | None] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.isidentifier():
            raise RunRefused(f"{word!r} is no setting; write it as name=value.")
        if name in settings:
            raise RunRefused(f"Setting {name!r} is given twice.")
        settings[name] = value or None
    return settings


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
_TYPES: Final = {
    "int": int,
    "float | None": float,
    "str | None": str,
    "int | str | None": str,  # a size; its unit is understood later
}


def _read(value: str, variable: VariableDescription | None) -> str | Path | Unusable:
    literal, is_file = value.startswith("@@"), value.startswith("@")
    if variable is not None and variable.type == "FileVar" and value:
        return Path(value[1:] if is_file else value).expanduser()
    if literal:
        return value[1:]
    if not is_file:
        return value
    try:
        text = Path(value[1:]).expanduser().read_text("utf-8")
    except (OSError, RuntimeError) as error:  # RuntimeError: there is no home folder for "~"
        return Unusable(f"the file cannot be read as text: {error}.")
    except UnicodeDecodeError:  # which quotes a byte of what may be secret
        return Unusable("the file cannot be read as text: it is not encoded as UTF-8.")
    # Editors end a file with a line end, which belongs to no password.
    return text.removesuffix("\n") if variable is not None and variable.sensitive else text
