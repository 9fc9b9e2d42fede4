"""Choices as input: one of several values, or some of them."""

from __future__ import annotations

import inspect
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from enum import Enum
from inspect import Parameter
from typing import Any, ClassVar, Final, Self, Unpack

from jobnb.authoring.variables.variable import (
    CommonArguments,
    Complaint,
    Variable,
    is_blank,
    shortened,
)

NOT_A_LIST: Final = "Enter a list of values."

Choice = list[Any]
"""``[value, label]``, or ``[label of a group, [[value, label], ...]]``."""


class ChoiceVar(Variable):
    """One of several values; ``run()`` gets the value as text, never its label.

    Args:
        choices: Pairs of value and label, groups ``(label, pairs)`` of such, or values that are
            their own labels; a dictionary of the same; an ``Enum`` class; or a function that gives
            any of these, whose arguments are the values of the inputs with their names. Numbers as
            values become text.
        *common: As for every variable: label, description, default, required, widget.
        **named: The same by name.
    """

    empty: ClassVar[Any] = ""

    def __init__(self, choices: Any, *common: Any, **named: Unpack[CommonArguments]) -> None:
        super().__init__(*common, **named)
        is_function = callable(choices) and not isinstance(choices, type)
        self.choices = list(choices) if isinstance(choices, Iterator) else choices
        self.function: Callable[..., Any] | None = choices if is_function else None
        self.offered: list[Choice] | None = None
        """What there is to choose from; None as long as a function has not said so."""
        self.values: frozenset[str] = frozenset()
        """The values of all that is offered."""
        self._fault = ""
        if not is_function:
            try:
                self.offered, self.values = _read_offer(self.choices)
            except _NoChoices as fault:
                self._fault = str(fault)

    @property
    def depends(self) -> tuple[str, ...]:
        """The arguments of the function; those that have a default are its own matter."""
        if self.function is None or _signature_fault(self.function):
            return ()
        parameters = inspect.signature(self.function).parameters.values()
        return tuple(
            item.name
            for item in parameters
            if item.kind in {Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY}
            and item.default is Parameter.empty
        )

    def settled(self, others: Mapping[str, Any]) -> Self:
        """A copy that offers what the function gives for these live values; itself without one.

        Raises:
            Complaint: What the function gives are no choices; it may raise anything else itself.
        """
        if self.function is None:
            return self
        settled = copy(self)
        choices = self.function(**{name: others[name] for name in self.depends})
        try:
            settled.offered, settled.values = _read_offer(choices)
        except _NoChoices as fault:
            raise Complaint([f"The choices cannot be shown: {fault}."]) from fault
        return settled

    def _parse(self, raw: Any) -> Any:
        return None if is_blank(raw) and raw not in self.values else _text_of(raw)

    def _check(self, value: Any) -> Iterator[str]:
        yield from self._choice_faults(value)

    def _choice_faults(self, value: str) -> Iterator[str]:
        if self.offered is not None and value not in self.values:
            yield (
                f"Select a valid choice. {shortened(value)} is not one of the available choices."
            )

    def _option_faults(self) -> Iterator[str]:
        if self.function is not None:
            if fault := _signature_fault(self.function):
                yield fault
        elif self._fault:
            yield self._fault
        elif not self.values:
            yield "choices is empty, so nothing fits"

    def _described_options(self) -> dict[str, Any]:
        given = {} if self.offered is None else {"choices": self.offered}
        return super()._described_options() | given


class MultiChoiceVar(ChoiceVar):
    """Some of several values, each once; ``run()`` gets a list of text in the order given."""

    empty: ClassVar[Any] = []

    def _parse(self, raw: Any) -> Any:
        if is_blank(raw):
            return None
        given = _list_in(raw) if isinstance(raw, str) else raw
        if not isinstance(given, list | tuple | set | frozenset):
            raise Complaint([NOT_A_LIST])
        return [_text_of(item) for item in given]

    def _check(self, value: Sequence[str]) -> Iterator[str]:
        for item, count in Counter(value).items():
            yield from self._choice_faults(item)
            if count > 1:
                yield f"{shortened(item)} is given {count} times."


class _NoChoices(Exception):
    """What an author gave as choices are none."""


def _read_offer(choices: Any) -> tuple[list[Choice], frozenset[str]]:
    """The choices as they are described, and all their values."""
    offered = _read_choices(choices)
    values = Counter(_values_of(offered))
    if repeated := [value for value, count in values.items() if count > 1]:
        raise _NoChoices(f"choices has {shortened(repr(repeated[0]))} {values[repeated[0]]} times")
    return offered, frozenset(values)


def _read_choices(choices: Any) -> list[Choice]:
    if isinstance(choices, type) and issubclass(choices, Enum):
        return [[_text_of(item), _words(item.name)] for item in choices]
    if isinstance(choices, Mapping):
        choices = choices.items()
    if isinstance(choices, str) or not isinstance(choices, Iterable):
        raise _NoChoices(
            "choices must be pairs of value and label, values, an Enum class or a function, "
            f"not {shortened(repr(choices))}"
        )
    return [_read_choice(item) for item in choices]


def _read_choice(item: Any) -> Choice:
    if not isinstance(item, list | tuple):
        return [_value_of(item), str(item)]
    if len(item) != 2:  # noqa: PLR2004 - a pair
        raise _NoChoices(f"choices has {shortened(repr(item))}, which is no value with its label")
    first, second = item
    if isinstance(second, list | tuple | Mapping):
        members = second.items() if isinstance(second, Mapping) else second
        return [str(first), [_read_member(member) for member in members]]
    return [_value_of(first), str(second)]


def _read_member(item: Any) -> Choice:
    choice = _read_choice(item)
    if isinstance(choice[1], list):
        raise _NoChoices(f"choices has the group {choice[0]!r} inside of another one")
    return choice


def _value_of(item: Any) -> str:
    if not isinstance(item, str | int | float | Enum):
        raise _NoChoices(
            f"choices has {shortened(repr(item))} as a value; give text or a number, '' for none"
        )
    return _text_of(item)


def _values_of(offered: Sequence[Choice]) -> Iterator[str]:
    for first, second in offered:
        if isinstance(second, list):
            yield from (value for value, _ in second)
        else:
            yield first


def _text_of(raw: Any) -> str:
    """A value as it is compared and stored; that of an enumeration, or its name if it has parts."""
    if isinstance(raw, Enum):
        raw = raw.value if isinstance(raw.value, str | int | float) else raw.name
    try:
        return str(raw)
    except ValueError as error:  # Python refuses to write out a number with so many digits
        raise Complaint(["Select a valid choice. This number has too many digits."]) from error


def _list_in(text: str) -> Any:
    """The list that a command line can only give as JSON; None if it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _signature_fault(function: Callable[..., Any]) -> str:
    name = getattr(function, "__name__", "function")
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return f"choices is {name}, whose arguments are not known; wrap it in a function"
    for item in parameters:
        if item.kind is Parameter.POSITIONAL_ONLY and item.default is Parameter.empty:
            return (
                f"choices is {name}(), which takes {item.name!r} by position only, but inputs are "
                "named"
            )
    if inspect.iscoroutinefunction(function):
        return f"choices is {name}(), which is async, and nothing awaits it"
    return ""
