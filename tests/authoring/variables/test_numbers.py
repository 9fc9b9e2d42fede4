"""Whole numbers, floats and decimals."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from enum import IntEnum
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobnb.authoring.variables import (
    NOT_A_NUMBER,
    NOT_WHOLE,
    REQUIRED,
    Complaint,
    DecimalVar,
    FloatVar,
    IntegerVar,
    Variable,
)
from jobnb.protocol.marks import LiveText

TOO_LARGE = f"{NOT_A_NUMBER} This one is too large."
TOO_MANY_DIGITS = f"{NOT_A_NUMBER} This one has too many digits."


class TestFloatVar:
    @pytest.mark.parametrize(
        ("raw", "stored"),
        [
            (1.5, 1.5),
            (12, 12.0),
            (" 1.5\n", 1.5),
            ("+.5", 0.5),
            ("5.", 5.0),
            ("1e3", 1000.0),
            ("-1.5E-3", -0.0015),
            ("0e5", 0.0),
            ("9007199254740992", 2.0**53),
            (2**53, 2.0**53),
            ("0.1", 0.1),
            ("5e-324", 5e-324),
            ("1e23", 1e23),
            ("9007199254740993.5", 2.0**53 + 2),
            ("0e99999999999999999999", 0.0),
        ],
    )
    def test_finite_numbers_however_written_are_taken(self, raw: Any, stored: float) -> None:
        cleaned = FloatVar().clean(raw)

        assert cleaned == stored
        assert type(cleaned) is float

    @pytest.mark.parametrize("raw", [-0.0, "-0", "-0.0"])
    def test_negative_zero_stays_one(self, raw: Any) -> None:
        stored = json.loads(json.dumps(FloatVar().clean(raw)))

        assert math.copysign(1, stored) == -1

    @pytest.mark.parametrize(
        "raw",
        [
            *(True, False, math.nan, math.inf, -math.inf, "nan", "inf", "Infinity", "1_000"),
            *("1,5", "1 5", "0x10", "١٢", "\uff11", "1e", "e5", ".", "-", "1.5.", [], {}, b"1", 1j),
            Decimal(1),
        ],
    )
    def test_what_is_no_finite_number_is_refused(self, complaints, raw: Any) -> None:
        assert complaints(FloatVar(required=False), raw) == [NOT_A_NUMBER]

    @pytest.mark.parametrize("raw", ["1e400", "-1e400", "9" * 400, 10**400])
    def test_what_is_larger_than_any_float_is_refused(self, complaints, raw: Any) -> None:
        assert complaints(FloatVar(), raw) == [TOO_LARGE]

    @pytest.mark.parametrize("raw", ["1e-400", "-0.001E-999"])
    def test_what_would_become_zero_is_refused(self, complaints, raw: Any) -> None:
        assert complaints(FloatVar(), raw) == [f"{NOT_A_NUMBER} This one is too close to 0."]

    @pytest.mark.parametrize(
        "raw",
        [
            *(2**53 + 1, "9007199254740993", "9007199254740993.0"),
            *("9007199254740993e0", "900719925474099.3e1", "9.007199254740993E+15"),
        ],
    )
    def test_a_whole_number_that_would_be_rounded_is_refused(self, complaints, raw: Any) -> None:
        assert complaints(FloatVar(), raw) == [
            f"{NOT_A_NUMBER} This one would be rounded to 9007199254740992."
        ]

    def test_text_of_very_many_digits_is_refused(self, complaints) -> None:
        assert complaints(FloatVar(), "0" * 5000) == [TOO_MANY_DIGITS]

    @pytest.mark.parametrize(
        ("variable", "raw", "message"),
        [
            (FloatVar(min_value=0), -0.5, "Ensure this value is greater than or equal to 0."),
            (FloatVar(max_value=0.5), 1, "Ensure this value is less than or equal to 0.5."),
        ],
    )
    def test_what_is_out_of_bounds_is_refused(self, complaints, variable, raw, message) -> None:
        assert complaints(variable, raw) == [message]

    def test_the_bounds_themselves_fit(self) -> None:
        assert FloatVar(0.5, 0.5).clean("0.5") == 0.5

    @given(number=st.floats(allow_nan=False, allow_infinity=False))
    def test_a_float_as_text_is_the_same_float(self, number: float) -> None:
        assert FloatVar().clean(repr(number)) == number


class TestDecimalVar:
    @pytest.mark.parametrize(
        ("raw", "stored"),
        [
            ("1.10", "1.10"),
            (" -5 ", "-5"),
            ("+.5", "0.5"),
            ("1e3", "1E+3"),
            ("-0", "-0"),
            ("0.00", "0.00"),
            (0.1, "0.1"),
            (0.12345678901234568, "0.12345678901234568"),
            (12, "12"),
            (10**400, str(10**400)),
            (Decimal("1.50"), "1.50"),
            ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
        ],
    )
    def test_it_is_stored_as_text_and_comes_back_exactly(self, raw: Any, stored: str) -> None:
        restored = DecimalVar().restore(DecimalVar().clean(raw))

        assert DecimalVar().clean(raw) == stored
        assert restored.as_tuple() == Decimal(stored).as_tuple()

    @pytest.mark.parametrize(
        "raw",
        [
            *(True, math.nan, math.inf, "nan", "sNaN", "Infinity", Decimal("NaN"), "1_0", "1,5"),
            *("\uff11", "\u0661", "1e", [], {}, b"1", 1j, Decimal("-Infinity")),
        ],
    )
    def test_what_is_no_number_is_refused(self, complaints, raw: Any) -> None:
        assert complaints(DecimalVar(required=False), raw) == [NOT_A_NUMBER]

    @pytest.mark.parametrize(
        "raw",
        [
            *("1e5000", "1e-5000", "0e9999", "9" * 5000, f"1e{'9' * 30}"),
            pytest.param(10**5000, id="a number"),
            Decimal("1e9999"),
        ],
    )
    def test_what_is_too_long_to_write_out_is_refused(self, complaints, raw: Any) -> None:
        assert complaints(DecimalVar(), raw) == [TOO_MANY_DIGITS]

    @pytest.mark.parametrize(
        ("variable", "raw", "message"),
        [
            (DecimalVar(min_value=0), "-0.1", "Ensure this value is greater than or equal to 0."),
            (DecimalVar(0, "0.1"), "0.11", "Ensure this value is less than or equal to 0.1."),
            (
                DecimalVar(max_decimal_places=2),
                "1.005",
                "Ensure that there are no more than 2 decimal places.",
            ),
            (
                DecimalVar(max_decimal_places=1),
                "1.50",
                "Ensure that there are no more than 1 decimal place.",
            ),
            (
                DecimalVar(max_decimal_places=0),
                "1.0",
                "Ensure that there are no more than 0 decimal places.",
            ),
        ],
    )
    def test_what_breaks_a_rule_is_refused(self, complaints, variable, raw, message) -> None:
        assert complaints(variable, raw) == [message]

    @pytest.mark.parametrize("raw", ["1.25", "100", "1e2", "-0.5"])
    def test_what_has_no_more_places_fits(self, raw: str) -> None:
        assert DecimalVar(max_decimal_places=2).clean(raw)

    def test_its_bounds_are_described_as_text(self) -> None:
        described = DecimalVar(Decimal("0.10"), 5, 2).describe("x")

        assert described.options == {
            "min_value": "0.10",
            "max_value": "5",
            "max_decimal_places": 2,
        }


@pytest.mark.parametrize(
    ("variable", "fault"),
    [
        (FloatVar("3"), "min_value must be a finite number, not '3'"),
        (FloatVar(max_value=math.inf), "max_value must be a finite number, not inf"),
        (FloatVar(True), "min_value must be a finite number, not True"),  # noqa: FBT003
        (FloatVar(2.5, 2), "min_value 2.5 is above max_value 2, so nothing fits"),
        (DecimalVar("x"), "min_value must be a decimal number, not 'x'"),
        (DecimalVar(""), "min_value must be a decimal number, not ''"),
        (DecimalVar(5, "4.9"), "min_value 5 is above max_value 4.9, so nothing fits"),
        (
            DecimalVar(max_decimal_places="2"),  # type: ignore[arg-type]
            "max_decimal_places must be a whole number, not '2'",
        ),
        (DecimalVar(max_decimal_places=-1), "max_decimal_places must be 0 or more, not -1"),
        (FloatVar(default="x"), f"its own check refuses the default 'x': {NOT_A_NUMBER}"),
        (IntegerVar(5, 1), "min_value 5 is above max_value 1, so nothing fits"),
    ],
)
def test_a_wrong_declaration_is_named(variable: Variable, fault: str) -> None:
    assert list(variable.faults()) == [fault]


@pytest.mark.parametrize(
    "variable", [FloatVar(0, 1.5), DecimalVar("0.1", Decimal(1), 2), IntegerVar(0, 0)]
)
def test_a_sound_declaration_has_no_fault(variable: Variable) -> None:
    assert list(variable.faults()) == []


def test_bounds_of_floats_are_described_as_numbers() -> None:
    assert FloatVar(0, 1.5).describe("x").options == {"min_value": 0, "max_value": 1.5}


def test_a_stored_value_that_is_no_number_is_refused() -> None:
    with pytest.raises(Complaint, match=NOT_A_NUMBER):
        DecimalVar().restore("x")


class Level(IntEnum):
    LOW = 1


class TestIntegerVar:
    @pytest.mark.parametrize(
        ("raw", "stored"),
        [
            (12, 12),
            (0, 0),
            (-3, -3),
            ("12", 12),
            (" 12\n", 12),
            ("+5", 5),
            ("-5", -5),
            ("007", 7),
            ("12.0", 12),
            ("12.", 12),
            (12.0, 12),
            (1e16, 10**16),
            (LiveText("1E+3"), 1000),
            (LiveText("12"), 12),
            (-0.0, 0),
            ("-0", 0),
            (10**400, 10**400),
            (str(10**400), 10**400),
            (Level.LOW, 1),
        ],
    )
    def test_whole_numbers_however_written_are_taken(self, raw: Any, stored: int) -> None:
        cleaned = IntegerVar().clean(raw)

        assert cleaned == stored
        assert type(cleaned) is int

    @pytest.mark.parametrize(
        "raw",
        [
            True,
            False,
            1.5,
            "1.5",
            "1e3",
            1e300,
            1e23,
            LiveText("1.5"),
            LiveText("2026-01-01"),
            math.nan,
            math.inf,
            -math.inf,
            "nan",
            "inf",
            "1_000",
            "1,000",
            "1 000",
            "0x10",
            "١٢",
            "\uff11\uff12",
            "²",
            "x",
            "-",
            ".",
            ".0",
            [],
            {},
            b"12",
            PurePosixPath("12"),
        ],
    )
    def test_what_is_no_whole_number_is_refused(self, raw: Any, complaints) -> None:
        assert complaints(IntegerVar(required=False), raw) == [NOT_WHOLE]

    @pytest.mark.parametrize(
        "raw", [pytest.param(10**5000, id="a number"), "9" * 5000, LiveText("1E+5000")]
    )
    def test_a_number_that_json_cannot_carry_is_refused(self, raw: Any, complaints) -> None:
        assert complaints(IntegerVar(), raw) == [f"{NOT_WHOLE} This one has too many digits."]

    @pytest.mark.parametrize("raw", [None, "", "  "])
    def test_an_empty_value_is_refused_where_one_is_required(self, raw: Any, complaints) -> None:
        assert complaints(IntegerVar(), raw) == [REQUIRED]

    @pytest.mark.parametrize("raw", [None, "", "  "])
    def test_an_empty_value_of_an_optional_one_is_none(self, raw: Any) -> None:
        assert IntegerVar(required=False).clean(raw) is None

    @pytest.mark.parametrize("raw", [0, 5])
    def test_the_bounds_themselves_fit(self, raw: int) -> None:
        assert IntegerVar(min_value=0, max_value=5).clean(raw) == raw

    @pytest.mark.parametrize(
        ("variable", "raw", "message"),
        [
            (IntegerVar(min_value=0), -1, "Ensure this value is greater than or equal to 0."),
            (IntegerVar(max_value=0), 1, "Ensure this value is less than or equal to 0."),
            (IntegerVar(min_value=3), "2", "Ensure this value is greater than or equal to 3."),
            (IntegerVar(max_value=-3), -2, "Ensure this value is less than or equal to -3."),
        ],
    )
    def test_what_is_out_of_bounds_is_refused_also_by_a_bound_of_zero(
        self, variable: IntegerVar, raw: Any, message: str, complaints
    ) -> None:
        assert complaints(variable, raw) == [message]
