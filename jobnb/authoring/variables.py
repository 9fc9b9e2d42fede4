"""Variables: what an author declares as inputs, with the checks and the words of Nautobot.

A variable knows one value at a time; the inputs of a whole job are in ``inputs``.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import ChainMap
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Final, TypedDict, Unpack

from jobnb.protocol import VariableDescription

REQUIRED: Final = "This field is required."
NOT_TEXT: Final = "Not a valid string."
NUL_IN_TEXT: Final = "Null characters are not allowed."
NOT_WHOLE: Final = "Enter a whole number."
NOT_A_FLAG: Final = "Enter true or false; yes, no, on, off, 1 and 0 will do as well."

# Django's form field takes "12", "12.0" and 12.0 too, but also "1_000" and digits of any script.
_WHOLE: Final = re.compile(r"([+-]?[0-9]+)(\.0*)?")

_FLAG_WORDS: Final = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}


class Complaint(ValueError):
    """A value does not fit its variable.

    Attributes:
        messages: What is wrong, a sentence each; at least one.
    """

    def __init__(self, messages: Sequence[str]) -> None:
        self.messages = list(messages)
        super().__init__(self.messages)

    def __str__(self) -> str:
        return " ".join(self.messages)


class CommonArguments(TypedDict, total=False):
    """What every variable takes after the arguments of its type, in this order."""

    label: str
    description: str
    default: Any
    required: bool
    widget: Any


class Variable(ABC):
    """One declared input of a job; the types below say what fits.

    Args:
        label: What the form shows; the attribute's name in words if empty.
        description: Help text.
        default: What an input that is not given becomes; None means that there is no default.
        required: Whether an empty value is refused.
        widget: How the form asks; None for the way of the type.
    """

    options: ClassVar[tuple[str, ...]] = ()
    """Names of the arguments that only this type has."""
    empty: ClassVar[Any] = None
    """What ``run()`` gets for an optional input without a value."""

    def __init__(
        self,
        label: str = "",
        description: str = "",
        default: Any = None,
        required: bool = True,  # noqa: FBT001, FBT002 - Nautobot's argument order
        widget: Any = None,
    ) -> None:
        self.label = label
        self.description = description
        self.default = default
        self.required = required
        self.widget = widget

    def clean(self, raw: Any) -> Any:
        """The value that is stored for what somebody gave; a JSON value.

        Raises:
            Complaint: It does not fit.
        """
        value = self._parse(raw)
        if value is None or value == "":
            if self.required:
                raise Complaint([REQUIRED])
            return self.empty
        if messages := list(self._check(value)):
            raise Complaint(messages)
        return value

    def default_value(self) -> Any:
        """The value that is stored when the input is not given at all.

        Raises:
            Complaint: The input is required and has no default.
        """
        return self.clean(self.default)

    def restore(self, stored: Any) -> Any:
        """The live value that ``run()`` gets for a stored one.

        Raises:
            Complaint: It is none that ``clean()`` gives.
        """
        if stored is None and self.required:
            raise Complaint([REQUIRED])
        return stored

    def faults(self) -> Iterator[str]:
        """What is wrong with the declaration itself, a sentence each."""
        kinds = {"label": str, "description": str, "required": bool}
        for name, kind in kinds.items():
            value = getattr(self, name)
            if not isinstance(value, kind):
                yield f"{name} must be of type {kind.__name__}, not {value!r}"
        faults = list(self._option_faults())
        yield from faults or self._default_faults()

    def describe(self, name: str) -> VariableDescription:
        """This variable as plain data, under the name that the class gives it."""
        return VariableDescription(
            name=name,
            type=self._type_name(),
            label=self.label or name.replace("_", " ").capitalize(),
            description=self.description,
            required=self.required,
            default=None if self.default is None else self.clean(self.default),
            options={
                option: getattr(self, option)
                for option in self.options
                if getattr(self, option) is not None
            },
        )

    @abstractmethod
    def _parse(self, raw: Any) -> Any:
        """The value of this type in ``raw``; None or "" if it is empty."""

    def _check(self, _value: Any) -> Iterator[str]:
        """What is wrong with a value of the right type."""
        yield from ()

    def _option_faults(self) -> Iterator[str]:
        yield from ()

    def _default_faults(self) -> Iterator[str]:
        try:
            if self.default is not None:
                self.clean(self.default)
        except Complaint as complaint:
            yield f"its own check refuses the default {self.default!r}: {complaint}"

    def _type_name(self) -> str:
        """The type of jobnb that an author's own type builds on: forms know only those."""
        return next(cls.__name__ for cls in type(self).__mro__ if cls.__module__ == __name__)


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
        yield from _bound_faults(self, "min_length", "max_length", lowest=0)
        if self.regex is not None:
            yield from _regex_faults(self.regex)


class IntegerVar(Variable):
    """A whole number.

    Args:
        min_value: The lowest that fits, 0 included; None for no bound.
        max_value: The highest that fits, 0 included; None for no bound.
        *common: As for every variable: label, description, default, required, widget.
        **named: The same by name.
    """

    options = ("min_value", "max_value")

    def __init__(
        self,
        min_value: int | None = None,
        max_value: int | None = None,
        *common: Any,
        **named: Unpack[CommonArguments],
    ) -> None:
        super().__init__(*common, **named)
        self.min_value = min_value
        self.max_value = max_value

    def _parse(self, raw: Any) -> int | None:
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None
        if not isinstance(raw, str | int | float):
            raise Complaint([NOT_WHOLE])
        try:
            # Numbers too go through their text: True ends here, and what JSON cannot write out.
            found = _WHOLE.fullmatch(str(raw).strip())
            number = None if found is None else int(found[1])
        except ValueError as error:
            raise Complaint([f"{NOT_WHOLE} This one has too many digits."]) from error
        if number is None:
            raise Complaint([NOT_WHOLE])
        return number

    def _check(self, value: int) -> Iterator[str]:
        if self.min_value is not None and value < self.min_value:
            yield f"Ensure this value is greater than or equal to {self.min_value}."
        if self.max_value is not None and value > self.max_value:
            yield f"Ensure this value is less than or equal to {self.max_value}."

    def _option_faults(self) -> Iterator[str]:
        yield from _bound_faults(self, "min_value", "max_value")


class BooleanVar(Variable):
    """Yes or no. It is never ``required``: no is an answer."""

    empty = False

    def __init__(self, *common: Any, **named: Unpack[CommonArguments]) -> None:
        super().__init__(*common, **named)
        self.required = False

    def _parse(self, raw: Any) -> bool | None:
        word = raw.strip().lower() if isinstance(raw, str) else raw
        if word is None or word == "":
            return None
        if isinstance(word, bool | int):
            word = str(int(word))
        if not isinstance(word, str) or word not in _FLAG_WORDS:
            raise Complaint([NOT_A_FLAG])
        return _FLAG_WORDS[word]


def declared_variables(job_class: type) -> dict[str, Variable]:
    """Every variable of a class by name: those of base classes first, then as written.

    A subclass that declares a name anew keeps the base's place; anything else there removes it.
    """
    names = ChainMap(*(dict(vars(base)) for base in job_class.__mro__))
    return {name: value for name, value in names.items() if isinstance(value, Variable)}


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


def _bound_faults(
    variable: Variable, low_name: str, high_name: str, *, lowest: int | None = None
) -> Iterator[str]:
    """What is wrong with a pair of bounds, each a whole number or None."""
    low, high = getattr(variable, low_name), getattr(variable, high_name)
    sound = True
    for name, bound in ((low_name, low), (high_name, high)):
        if bound is None:
            continue
        if isinstance(bound, bool) or not isinstance(bound, int):
            yield f"{name} must be a whole number, not {bound!r}"
            sound = False
        elif lowest is not None and bound < lowest:
            yield f"{name} must be {lowest} or more, not {bound}"
    if sound and low is not None and high is not None and low > high:
        yield f"{low_name} {low} is above {high_name} {high}, so nothing fits"
