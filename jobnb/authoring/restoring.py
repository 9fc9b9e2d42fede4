"""Restoring: one pass over the stored inputs of a run, in the process that runs it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from jobnb.authoring.dependencies import reading_order
from jobnb.authoring.reading import hidden_value, is_one_of, live_value, visibility
from jobnb.authoring.variables import Complaint, Variable


class Restoration:
    """What ``run()`` gets for stored inputs.

    Attributes:
        live: Name to live value, of all that fit.
        problems: Name to what is wrong with it.
    """

    def __init__(
        self,
        variables: Mapping[str, Variable],
        stored: Mapping[str, Any],
        resolved: Collection[str],
    ) -> None:
        """Restores all of it.

        Args:
            variables: Those of the job, without dependency faults.
            stored: As it was cleaned; other names in it do not matter.
            resolved: Names whose values nobody has cleaned.
        """
        self.live: dict[str, Any] = {}
        self.problems: dict[str, list[str]] = {}
        self._stored = dict(stored)
        self._resolved = resolved
        self._hidden: set[str] = set()
        for name in reading_order(variables):
            try:
                self.live[name] = self._restore(name, variables[name])
            except Complaint as complaint:
                self.problems[name] = complaint.messages

    def _restore(self, name: str, variable: Variable) -> Any:
        is_hidden = visibility(variable, self._has_one_of) is False
        if is_hidden:
            self._hidden.add(name)
        if name in self._resolved:
            others = {other: self.live[other] for other in variable.depends if other in self.live}
            settled = variable.settled(others) if len(others) == len(variable.depends) else variable
            self._stored[name] = settled.clean(self._stored[name])
        elif name not in self._stored:
            self._stored[name] = hidden_value(variable) if is_hidden else variable.default_value()
        return live_value(variable, self._stored[name], is_hidden=is_hidden)

    def _has_one_of(self, name: str, wanted: list[Any]) -> bool:
        return name not in self._hidden and is_one_of(self._stored.get(name), wanted)
