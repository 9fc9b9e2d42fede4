"""Text as input: one line of it, or many."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, Unpack

from jobnb.authoring.variables.variable import CommonArguments, Complaint, Variable, bound_faults

NOT_TEXT: Final = "Not a valid string."
NUL_IN_TEXT: Final = "Null characters are not allowed."


class StringVar(Variable):
    """A line of text; surrounding blanks are cut off.

    Args:
        min_length: Fewest characters; None for no bound.
        max_length: Most characters; None for no bound.
        regex: Pattern that must be found somewhere in the text; anchor it to match all of it.
        *common: As for every variable: label, description, default, required, widget.
        **named: The same by name.
    """

    options = ("min_length", "max_length", "regex")
    empty = ""

    def __init__(
        self,
        min_length: int | None = None,
        max_length: int | None = None,
        regex: str | None = None,
        *common: Any,
        **named: Unpack[CommonArguments],
    ) -> None:
        super().__init__(*common, **named)
        self.min_length = min_length
        self.max_length = max_length
        self.regex = regex

    def _parse(self, raw: Any) -> str | None:
        if raw is None:
            return None
        if isinstance(raw, bool) or not isinstance(raw, str | int | float):
            raise Complaint([NOT_TEXT])
        try:
            # Called on the class: a str enumeration has an idea of its own about str().
            return str.strip(raw if isinstance(raw, str) else str(raw))
        except ValueError as error:  # Python refuses to write out a number with so many digits
            raise Complaint([NOT_TEXT]) from error

    def _check(self, value: str) -> Iterator[str]:
        if "\0" in value:
            yield NUL_IN_TEXT
        if self.min_length is not None and len(value) < self.min_length:
            yield _length_message("least", self.min_length, len(value))
        if self.max_length is not None and len(value) > self.max_length:
            yield _length_message("most", self.max_length, len(value))
        if self.regex is not None and not re.search(self.regex, value):
            yield f"Invalid value. Must match regex: {self.regex}"

    def _option_faults(self) -> Iterator[str]:
        yield from bound_faults(self, "min_length", "max_length", lowest=0)
        if self.regex is not None:
            yield from _regex_faults(self.regex)


class TextVar(StringVar):
    """Text of many lines; surrounding blanks are cut off, line ends inside stay.

    Args:
        *common: As for every variable: label, description, default, required, widget.
        min_length: Fewest characters; None for no bound.
        max_length: Most characters; None for no bound.
        regex: Pattern that must be found somewhere in the text.
        **named: The common arguments by name.
    """

    def __init__(
        self,
        *common: Any,
        min_length: int | None = None,
        max_length: int | None = None,
        regex: str | None = None,
        **named: Unpack[CommonArguments],
    ) -> None:
        super().__init__(min_length, max_length, regex, *common, **named)


def _length_message(side: str, bound: int, length: int) -> str:
    characters = "character" if bound == 1 else "characters"
    return f"Ensure this value has at {side} {bound} {characters} (it has {length})."


def _regex_faults(regex: Any) -> Iterator[str]:
    if not isinstance(regex, str):
        yield f"regex must be a pattern as text, not {regex!r}"
        return
    try:
        re.compile(regex)
    except re.error as error:
        yield f"regex {regex!r} is no regular expression: {error}"
