"""Numbers as input."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, Unpack

from jobnb.authoring.variables.variable import CommonArguments, Complaint, Variable, bound_faults

NOT_WHOLE: Final = "Enter a whole number."

# Django's form field takes "12", "12.0" and 12.0 too, but also "1_000" and digits of any script.
_WHOLE: Final = re.compile(r"([+-]?[0-9]+)(\.0*)?")


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
        yield from bound_faults(self, "min_value", "max_value")
