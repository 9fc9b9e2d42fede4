"""The values that settings of a job record have: how people write them, and what must hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from jobnb.authoring.variables import ChoiceVar, StringVar, TextVar
from jobnb.authoring.variables.variable import Complaint
from jobnb.protocol import parse_size
from jobnb.protocol.patterns import read_patterns

_QUEUE: Final = re.compile(r"[^\s,=]+")
_YES: Final = ("yes", "true", "on", "1")
_NO: Final = ("no", "false", "off", "0")
_ARROW: Final = " -> "
_HIDDEN: Final = "{replacement}"


class Flag(ChoiceVar):
    """Yes, no, or what the code says."""

    def __init__(self) -> None:
        super().__init__((("yes", "Yes"), ("no", "No")), required=False)

    def _parse(self, raw: Any) -> Any:
        word = str(raw).strip().lower()
        return "yes" if word in _YES else "no" if word in _NO else super()._parse(raw)

    def _store(self, value: Any) -> Any:
        return value == "yes"


class Word(ChoiceVar):
    """One of some words."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__(list(words), required=False)


class Size(StringVar):
    """Bytes, or a text as ``512 MiB``."""

    def __init__(self) -> None:
        super().__init__(required=False)

    def _check(self, value: str) -> Iterator[str]:
        try:
            parse_size(_number_in(value))
        except ValueError:
            yield "Enter a number of bytes, or a size as 512 MiB."

    def _store(self, value: str) -> Any:
        return _number_in(value)


class Names(StringVar):
    """Names with commas between."""

    def __init__(self) -> None:
        super().__init__(required=False)

    def _parse(self, raw: Any) -> str | None:
        if isinstance(raw, list | tuple):
            if not all(isinstance(name, str) for name in raw):
                raise Complaint(["Enter names, with commas between."])
            raw = ", ".join(raw)
        return super()._parse(raw)

    def _store(self, value: str) -> list[str]:
        return _split(value)


class Queues(Names):
    """Names of queues, the default one first."""

    def _check(self, value: str) -> Iterator[str]:
        for name in _split(value):
            if not _QUEUE.fullmatch(name):
                yield f"{name!r} is no name of a queue: it has no blanks and equals signs."


class Headings(TextVar):
    """A heading a line, and after a colon the names of the inputs below it."""

    def __init__(self) -> None:
        super().__init__(required=False)

    def _parse(self, raw: Any) -> str | None:
        if isinstance(raw, Mapping):
            raw = list(raw.items())
        return super()._parse(_written(raw, list | tuple, "Enter headings with names of inputs."))

    def _check(self, value: str) -> Iterator[str]:
        for line in value.splitlines():
            title, colon, names = line.rpartition(":")
            if line.strip() and not (title.strip() and colon and _split(names)):
                yield f"{line.strip()!r} is no heading with names, as Device: host, port."

    def _store(self, value: str) -> list[list[Any]]:
        pairs = [line.rpartition(":") for line in value.splitlines() if line.strip()]
        return [[title.strip(), _split(names)] for title, _, names in pairs]


class Patterns(TextVar):
    """A regular expression a line, and after an arrow what stands in the place of what it finds."""

    def __init__(self) -> None:
        super().__init__(required=False)

    def _parse(self, raw: Any) -> str | None:
        return super()._parse(_written(raw, str, "Enter pairs of pattern and template."))

    def _check(self, value: str) -> Iterator[str]:
        try:
            read_patterns(_pairs(value))
        except ValueError as error:
            yield f"That is not usable: {error}."

    def _store(self, value: str) -> list[list[str]]:
        return [list(pair) for pair in read_patterns(_pairs(value))]


def setting_text(value: Any) -> str:
    """A value of a setting as people write it; empty for none."""
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.15g}"
        case [[str(), list() | tuple()], *_]:
            return "\n".join(f"{title}: {', '.join(names)}" for title, names in value)
        case [[str(), str()], *_]:
            return _patterns_text(value)
        case list() | tuple():
            return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _patterns_text(pairs: Sequence[Sequence[str]]) -> str:
    """A line each, if they can be read back from that."""
    lines = "\n".join(
        text if template == _HIDDEN else f"{text}{_ARROW}{template}" for text, template in pairs
    )
    return lines if _pairs(lines) == [list(pair) for pair in pairs] else json.dumps(pairs)


def _pairs(text: str) -> list[list[str]]:
    if text.startswith("[["):
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if isinstance(found, list):
            return found
    pairs = []
    for line in filter(str.strip, text.splitlines()):
        pattern, arrow, template = line.rpartition(_ARROW)
        pairs.append([pattern.strip(), template.strip()] if arrow else [line.strip(), _HIDDEN])
    return pairs


def _written(raw: Any, second: Any, complaint: str) -> Any:
    """A list of pairs as the text that people write for it; anything else as it is.

    Args:
        raw: What somebody gave.
        second: What the second of each pair is; the first is text.
        complaint: For a list of something else.

    Raises:
        Complaint: It is one.
    """
    if not isinstance(raw, list | tuple):
        return raw
    for pair in raw:
        match pair:
            case [str(), value] if isinstance(value, second) and all(
                isinstance(x, str) for x in value
            ):
                continue
        raise Complaint([complaint])
    return setting_text([list(pair) for pair in raw])


def _split(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _number_in(text: str) -> Any:
    return int(text) if text.isdecimal() else text
