"""Secrets as input: text that is withheld, masked, and never echoed in a complaint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Unpack

from jobnb.authoring.variables.sensitivity import is_reference
from jobnb.authoring.variables.text import NOT_TEXT, NUL_IN_TEXT
from jobnb.authoring.variables.variable import (
    CommonArguments,
    Complaint,
    Variable,
    bound_faults,
)


class SecretVar(Variable):
    """A password, a token, a key: never stored, and masked wherever it appears.

    It is taken as it is typed, blanks at its ends included. As for every sensitive variable, what
    is given may be a reference, ``env:NAME`` or ``file:PATH``, which the worker resolves.

    Args:
        min_length: Fewest characters; None for no bound.
        max_length: Most characters; None for no bound.
        *common: As for every variable: label, description, default, required, widget. A default
            must be a reference.
        **named: The same by name.
    """

    options = ("min_length", "max_length")
    empty = ""

    def __init__(
        self,
        min_length: int | None = None,
        max_length: int | None = None,
        *common: Any,
        **named: Unpack[CommonArguments],
    ) -> None:
        super().__init__(*common, **named)
        self.min_length = min_length
        self.max_length = max_length

    def is_sensitive(self, name: str) -> bool:  # noqa: ARG002 - whatever it is called
        """Always."""
        return True

    def _parse(self, raw: Any) -> str | None:
        if raw is None:
            return None
        if not isinstance(raw, str):
            raise Complaint([NOT_TEXT])
        # Called on the class: a str enumeration has an idea of its own about str().
        return str.__str__(raw)

    def _check(self, value: str) -> Iterator[str]:
        if "\0" in value:
            yield NUL_IN_TEXT
        # Not Nautobot's words, which tell how long the value is.
        if self.min_length is not None and len(value) < self.min_length:
            yield f"Ensure this value has at least {_characters(self.min_length)}."
        if self.max_length is not None and len(value) > self.max_length:
            yield f"Ensure this value has at most {_characters(self.max_length)}."

    def _option_faults(self) -> Iterator[str]:
        yield from bound_faults(self, "min_length", "max_length", lowest=0)
        if self.sensitive is not None and not self.sensitive:
            yield "a SecretVar is always sensitive; use StringVar for text that is not"

    def _default_faults(self) -> Iterator[str]:
        if self.default is not None and not is_reference(self.default):
            yield (
                "the source is no place for a secret; its default must be a reference, as "
                "env:NAME or file:/full/path"
            )


def _characters(count: int) -> str:
    return "1 character" if count == 1 else f"{count} characters"
