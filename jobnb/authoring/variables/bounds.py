"""Bounds: what all variables share whose values have an order, a lowest and a highest."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, ClassVar, Unpack

from jobnb.authoring.variables.variable import CommonArguments, Complaint, Variable


class BoundedVariable(Variable):
    """A value that may have to lie between two others of its type.

    Args:
        min_value: The lowest that fits, 0 included; None for no bound.
        max_value: The highest that fits, 0 included; None for no bound.
        *common: As for every variable: label, description, default, required, widget.
        **named: The same by name.
    """

    options: ClassVar[tuple[str, ...]] = ("min_value", "max_value")
    kind: ClassVar[str]
    """What a bound must be, in words."""

    def __init__(
        self,
        min_value: Any = None,
        max_value: Any = None,
        *common: Any,
        **named: Unpack[CommonArguments],
    ) -> None:
        super().__init__(*common, **named)
        self.min_value = min_value
        self.max_value = max_value

    @cached_property
    def _limits(self) -> tuple[Any, Any]:
        """Both bounds as live values; read once, as tables ask for them in every row."""
        return self._read_bound(self.min_value), self._read_bound(self.max_value)

    def _read_bound(self, bound: Any) -> Any:
        return self._parse(bound)

    def _check(self, value: Any) -> Iterator[str]:
        low, high = self._limits
        if low is not None and value < low:
            yield f"Ensure this value is greater than or equal to {self._shown(low)}."
        if high is not None and value > high:
            yield f"Ensure this value is less than or equal to {self._shown(high)}."

    def _shown(self, bound: Any) -> str:
        return str(self._store(bound))

    def _option_faults(self) -> Iterator[str]:
        faults = [
            fault
            for name in ("min_value", "max_value")
            if (fault := self._bound_fault(name, getattr(self, name)))
        ]
        yield from faults
        if faults:
            return
        low, high = self._limits
        if low is not None and high is not None and low > high:
            low, high = self._shown(low), self._shown(high)
            yield f"min_value {low} is above max_value {high}, so nothing fits"

    def _bound_fault(self, name: str, bound: Any) -> str:
        try:
            sound = bound is None or self._read_bound(bound) is not None
        except Complaint:
            sound = False
        return "" if sound else f"{name} must be {self.kind}, not {bound!r}"

    def _described_options(self) -> dict[str, Any]:
        low, high = self._limits
        bounds = {"min_value": low, "max_value": high}
        return super()._described_options() | {
            name: self._store(bound) for name, bound in bounds.items() if bound is not None
        }
