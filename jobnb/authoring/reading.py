"""Reading: one pass over the inputs of a job, each after those that it looks at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from copy import copy
from typing import Any

from jobnb.authoring.attention import busy_with_input
from jobnb.authoring.dependencies import is_dynamic, is_stored_as, reading_order, same_json
from jobnb.authoring.discretion import discretion, refuse_long, refuse_mask
from jobnb.authoring.failure import ExceptionInfo
from jobnb.authoring.variables import REQUIRED, Complaint, Variable
from jobnb.protocol.references import LITERAL, read_reference


class Reading:
    """What some raw inputs come to, as far as they fit; nothing that is wrong is raised.

    Attributes:
        variables: The variables, with choices fixed where those could be found.
        stored: Name to JSON value, of all that fit.
        live: Name to what ``run()`` gets for it, of those that were wanted.
        problems: Name to what is wrong with it, in the order of reading.
        hidden: Names that are not asked for, as others have other values.
        references: Names whose values say where the worker finds the real one.
        unsettled: Names whose choices could not be found, as what gives them has failed.
    """

    def __init__(
        self,
        variables: Mapping[str, Variable],
        raw: Mapping[str, Any],
        *,
        wanted: Collection[str],
    ) -> None:
        """Reads all of it.

        Args:
            variables: Those of the job, without dependency faults.
            raw: What was given; other names in it do not matter.
            wanted: Names whose live values somebody wants.
        """
        self.variables = dict(variables)
        self.stored: dict[str, Any] = {}
        self.live: dict[str, Any] = {}
        self.problems: dict[str, list[str]] = {}
        self.hidden: set[str] = set()
        self.references: set[str] = set()
        self.unsettled: set[str] = set()
        self._raw = raw
        self._wanted = wanted
        self._undecided: set[str] = set()
        for name in reading_order(variables):
            self._read(name)

    def attempt(self, name: str, work: Callable[[], Any]) -> Any:
        """What ``work`` returns; None after a complaint, which then is a problem of the input."""
        busy_with_input(name)
        try:
            return work()
        except Complaint as complaint:
            self.problems[name] = complaint.messages
            return None

    def as_raw(self) -> dict[str, Any]:
        """What is stored, written so that reading it again gives the same."""
        return {
            name: f"{LITERAL}:{value}" if self._would_mislead(name, value) else value
            for name, value in self.stored.items()
        }

    def _would_mislead(self, name: str, value: Any) -> bool:
        """Whether a value looks like a reference and is none."""
        return name not in self.references and self._reference_in(name, value) is not None

    def _reference_in(self, name: str, raw: Any) -> tuple[str, str] | None:
        return read_reference(raw) if self.variables[name].is_sensitive(name) else None

    def _read(self, name: str) -> None:
        is_asked_for = visibility(self.variables[name], self._state_of)
        if is_asked_for is False:
            self.hidden.add(name)
            self._store(name, self._hide)
        else:
            self._settle(name)
            self._store(name, self._clean)
        if is_asked_for is None:
            self._undecided.add(name)
            # It may turn out that nobody asks for it.
            if self.problems.get(name) == [REQUIRED]:
                del self.problems[name]

    def _store(self, name: str, find: Callable[[str], Any]) -> None:
        if name in self.problems:  # its choices cannot be found
            return
        stored = self.attempt(name, lambda: find(name))
        if name in self.problems:
            return
        self.stored[name] = stored
        if name in self._wanted:
            live = self.attempt(name, lambda: self._live_value(name))
            if name not in self.problems:
                self.live[name] = live

    def _state_of(self, name: str, wanted: list[Any]) -> bool | None:
        """Whether an input is asked for and has one of these values; None if nobody knows."""
        if name in self.hidden:
            return False
        if name in self._undecided or name not in self.stored:
            return None
        return is_one_of(self.stored[name], wanted)

    def _settle(self, name: str) -> None:
        """Fixes the choices of a variable, unless something that they depend on is wrong."""
        variable = self.variables[name]
        others = {other: self.live[other] for other in variable.depends if other in self.live}
        if is_dynamic(variable) and len(others) == len(variable.depends):
            settled = self.attempt(name, lambda: _settled(variable, others))
            self.variables[name] = settled or variable
            if settled is None:
                self.unsettled.add(name)

    def _clean(self, name: str) -> Any:
        """What is stored for what was given, or for the default."""
        variable = self.variables[name]
        given = self._raw.get(name, variable.default)
        kind, rest = self._reference_in(name, given) or (None, None)
        if kind is not None and kind != LITERAL:
            self.references.add(name)
            return given
        if not variable.is_sensitive(name):
            return variable.clean(given) if name in self._raw else variable.default_value()
        refuse_mask(given)
        with discretion(name, variable):
            stored = variable.clean(given if kind is None else rest)
            refuse_long(stored)
        return stored

    def _hide(self, name: str) -> Any:
        """What is stored for an input that is not asked for."""
        variable = self.variables[name]
        value = hidden_value(variable)
        if (self._reference_in(name, value) or (LITERAL,))[0] != LITERAL:
            self.references.add(name)
        if name not in self._raw or same_json(self._raw[name], value):
            return value  # what an earlier run has stored comes back with all the others
        if is_stored_as(variable, self._raw[name], value):
            return value
        raise Complaint([_not_asked_for(variable)])

    def _live_value(self, name: str) -> Any:
        if name in self.references:
            return self.stored[name]
        variable = self.variables[name]
        with discretion(name, variable):
            return live_value(variable, self.stored[name], is_hidden=name in self.hidden)


def _settled(variable: Variable, others: Mapping[str, Any]) -> Variable:
    try:
        return variable.settled(others)
    except Complaint:
        raise
    except Exception as error:  # a function that gives choices is job code
        sentence = ExceptionInfo.of(error, hidden=__file__).sentence.removesuffix(".")
        raise Complaint([f"The choices cannot be shown: {sentence}."]) from error


def visibility(
    variable: Variable, state_of: Callable[[str, list[Any]], bool | None]
) -> bool | None:
    """Whether a variable is asked for; None if what it looks at is not known.

    Args:
        variable: One with or without ``visible_when``.
        state_of: Tells for another input and its wanted values whether it has one of them.
    """
    states = {state_of(name, wanted) for name, wanted in variable.visibility.items()}
    if False in states:
        return False
    return None if None in states else True


def is_one_of(value: Any, wanted: Collection[Any]) -> bool:
    """Whether a JSON value is among others."""
    return any(same_json(value, one) for one in wanted)


def hidden_value(variable: Variable) -> Any:
    """What is stored for an input that is not asked for: its default, or nothing."""
    return copy(variable.empty) if variable.default is None else variable.default_value()


def live_value(variable: Variable, stored: Any, *, is_hidden: bool) -> Any:
    """What ``run()`` gets for a stored value; nothing is all right for what is not asked for."""
    if is_hidden and stored is None:
        return copy(variable.empty)
    return variable.restore(stored)


def may_differ(value: Any, before: Any) -> bool:
    """Whether somebody's code has changed a value, or may have changed it inside."""
    # Addresses of netaddr have no items, but attributes that can be set.
    is_address = type(value).__module__.partition(".")[0] == "netaddr"
    is_whole = isinstance(value, str) or not hasattr(value, "__len__")
    return value is not before or is_address or not is_whole


def _not_asked_for(variable: Variable) -> str:
    conditions = " and ".join(
        f"{name} is {' or '.join(map(repr, wanted))}"
        for name, wanted in variable.visibility.items()
    )
    return f"is not asked for unless {conditions}."
