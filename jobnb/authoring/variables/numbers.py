"""Numbers as input. Each is taken as it stands or refused: none is rounded on the way."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, Unpack

from jobnb.authoring.variables.bounds import BoundedVariable
from jobnb.authoring.variables.variable import CommonArguments, Complaint, bound_faults, is_blank

if TYPE_CHECKING:
    from decimal import Decimal

NOT_WHOLE: Final = "Enter a whole number."
NOT_A_NUMBER: Final = "Enter a number."

MAX_DIGITS: Final = 4300
"""As many as Python writes out for a whole number."""

# Django's form field takes "12", "12.0" and 12.0 too, but also "1_000" and digits of any script.
_WHOLE: Final = re.compile(r"([+-]?[0-9]+)(\.0*)?")
_NUMBER: Final = re.compile(r"([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))(?:[eE][+-]?[0-9]+)?")


class IntegerVar(BoundedVariable):
    """A whole number, of any size; see ``BoundedVariable`` for the arguments."""

    kind = "a whole number"

    def _parse(self, raw: Any) -> int | None:
        if is_blank(raw):
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

    def _option_faults(self) -> Iterator[str]:
        yield from bound_faults(self, "min_value", "max_value")


class FloatVar(BoundedVariable):
    """A finite floating point number; see ``BoundedVariable`` for the arguments.

    A fraction becomes the nearest float there is; a whole number that none is equal to is refused.
    """

    kind = "a finite number"

    def _parse(self, raw: Any) -> float | None:
        if is_blank(raw):
            return None
        if isinstance(raw, bool) or not isinstance(raw, str | int | float):
            raise Complaint([NOT_A_NUMBER])
        if isinstance(raw, str):
            return _float_of_text(raw.strip())
        return _float_of_number(raw)

    def _read_bound(self, bound: Any) -> float | None:
        if isinstance(bound, str):
            raise Complaint([NOT_A_NUMBER])
        return self._parse(bound)

    def _shown(self, bound: float) -> str:
        return repr(bound).removesuffix(".0")


class DecimalVar(BoundedVariable):
    """A decimal number, exactly as it is written; ``run()`` gets a ``Decimal``.

    Args:
        min_value: The lowest that fits: a ``Decimal``, a number or text; None for no bound.
        max_value: The highest that fits, in the same way.
        max_decimal_places: Most digits after the point; None for any number of them.
        *common: As for every variable: label, description, default, required, widget.
        **named: The same by name.
    """

    options = ("min_value", "max_value", "max_decimal_places")
    kind = "a decimal number"

    def __init__(
        self,
        min_value: Any = None,
        max_value: Any = None,
        max_decimal_places: int | None = None,
        *common: Any,
        **named: Unpack[CommonArguments],
    ) -> None:
        super().__init__(min_value, max_value, *common, **named)
        self.max_decimal_places = max_decimal_places

    def _parse(self, raw: Any) -> Decimal | None:
        from decimal import Decimal

        if is_blank(raw):
            return None
        if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
            raise Complaint([NOT_A_NUMBER])
        if isinstance(raw, float):
            raw = float.__repr__(raw)  # 0.1 is meant as it is written
        if isinstance(raw, str):
            raw = _number_text(raw.strip())
        try:
            number = Decimal(raw)
        except ArithmeticError as error:  # an exponent that no Decimal has room for
            raise Complaint([_too_many_digits()]) from error
        if not number.is_finite():
            raise Complaint([NOT_A_NUMBER])
        if max(abs(number.adjusted()), len(number.as_tuple().digits)) > MAX_DIGITS:
            raise Complaint([_too_many_digits()])
        return number

    def _check(self, value: Decimal) -> Iterator[str]:
        yield from super()._check(value)
        exponent = value.as_tuple().exponent
        most = self.max_decimal_places
        if most is not None and isinstance(exponent, int) and -exponent > most:
            places = "place" if most == 1 else "places"
            yield f"Ensure that there are no more than {most} decimal {places}."

    def _store(self, value: Decimal) -> str:
        return str(value)

    def _revive(self, stored: Any) -> Decimal | None:
        return self._parse(stored)

    def _option_faults(self) -> Iterator[str]:
        yield from super()._option_faults()
        yield from bound_faults(self, "max_decimal_places", lowest=0)


def _number_text(text: str) -> str:
    if len(text) > MAX_DIGITS:
        raise Complaint([_too_many_digits()])
    if not _NUMBER.fullmatch(text):
        raise Complaint([NOT_A_NUMBER])
    return text


def _float_of_text(text: str) -> float:
    number = float(_number_text(text))
    if math.isinf(number):
        raise Complaint([f"{NOT_A_NUMBER} This one is too large."])
    if _WHOLE.fullmatch(text):
        return _unrounded(int(text.partition(".")[0]), number)
    mantissa = text.lower().partition("e")[0]
    if number == 0 and any(digit in mantissa for digit in "123456789"):
        raise Complaint([f"{NOT_A_NUMBER} This one is too close to 0."])
    return number


def _float_of_number(raw: float) -> float:
    try:
        number = float(raw)
    except OverflowError as error:
        raise Complaint([f"{NOT_A_NUMBER} This one is too large."]) from error
    if not math.isfinite(number):
        raise Complaint([NOT_A_NUMBER])
    return _unrounded(raw, number)


def _unrounded(whole: float, number: float) -> float:
    if whole != number:
        raise Complaint([f"{NOT_A_NUMBER} This one would be rounded to {int(number)}."])
    return number


def _too_many_digits() -> str:
    return f"{NOT_A_NUMBER} This one has too many digits."
