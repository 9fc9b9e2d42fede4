"""What variables take, refuse and say."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from enum import IntEnum, StrEnum
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobnb.authoring.variables import (
    NOT_A_FLAG,
    NOT_TEXT,
    NOT_WHOLE,
    NUL_IN_TEXT,
    REQUIRED,
    BooleanVar,
    Complaint,
    IntegerVar,
    StringVar,
    Variable,
    declared_variables,
)
from jobnb.protocol.marks import LiveText


class Colour(StrEnum):
    RED = "red"


class Level(IntEnum):
    LOW = 1


def complaints(variable: Variable, raw: Any) -> list[str]:
    with pytest.raises(Complaint) as caught:
        variable.clean(raw)
    return caught.value.messages


class TestStringVar:
    @pytest.mark.parametrize(
        ("raw", "stored"),
        [
            ("x", "x"),
            ("  x y\t\n", "x y"),
            ("\u00a0x\u2003", "x"),
            ("a\nb", "a\nb"),
            (12, "12"),
            (-1.5, "-1.5"),
            (0, "0"),
            ("0", "0"),
            ("\ud800", "\ud800"),
            (Colour.RED, "red"),
        ],
    )
    def test_text_and_numbers_become_stripped_text(self, raw: Any, stored: str) -> None:
        cleaned = StringVar().clean(raw)

        assert cleaned == stored
        assert type(cleaned) is str

    @pytest.mark.parametrize("raw", [True, False, [], ["x"], {}, {"a": 1}, b"x", object()])
    def test_what_is_no_text_is_refused(self, raw: Any) -> None:
        assert complaints(StringVar(required=False), raw) == [NOT_TEXT]

    def test_a_number_too_long_to_write_out_is_refused(self) -> None:
        assert complaints(StringVar(), 10**5000) == [NOT_TEXT]

    @pytest.mark.parametrize("raw", [None, "", "   ", "\n"])
    def test_an_empty_value_is_refused_where_one_is_required(self, raw: Any) -> None:
        assert complaints(StringVar(), raw) == [REQUIRED]

    @pytest.mark.parametrize("raw", [None, "", "   "])
    def test_an_empty_value_of_an_optional_one_is_empty_text(self, raw: Any) -> None:
        assert StringVar(required=False).clean(raw) == ""

    @pytest.mark.parametrize("raw", ["ab", "abc", " abc ", "äöü"])
    def test_lengths_on_the_bounds_fit(self, raw: str) -> None:
        assert StringVar(min_length=2, max_length=3).clean(raw) == raw.strip()

    @pytest.mark.parametrize(
        ("variable", "raw", "message"),
        [
            (
                StringVar(min_length=3),
                "ab",
                "Ensure this value has at least 3 characters (it has 2).",
            ),
            (
                StringVar(max_length=3),
                "abcd",
                "Ensure this value has at most 3 characters (it has 4).",
            ),
            (
                StringVar(max_length=1),
                "ab",
                "Ensure this value has at most 1 character (it has 2).",
            ),
            (
                StringVar(max_length=0),
                "a",
                "Ensure this value has at most 0 characters (it has 1).",
            ),
            (StringVar(regex="^x"), "ax", "Invalid value. Must match regex: ^x"),
            (StringVar(), "a\0b", NUL_IN_TEXT),
        ],
    )
    def test_what_breaks_a_rule_is_refused_with_nautobots_words(
        self, variable: StringVar, raw: str, message: str
    ) -> None:
        assert complaints(variable, raw) == [message]

    def test_the_pattern_may_be_found_anywhere_in_the_text(self) -> None:
        assert StringVar(regex="[0-9]").clean("rack 7a") == "rack 7a"

    def test_every_broken_rule_is_named(self) -> None:
        assert len(complaints(StringVar(min_length=5, regex="^x"), "a")) == 2

    def test_an_empty_optional_value_is_not_held_against_the_rules(self) -> None:
        assert StringVar(min_length=5, regex="^x", required=False).clean("") == ""


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
    def test_what_is_no_whole_number_is_refused(self, raw: Any) -> None:
        assert complaints(IntegerVar(required=False), raw) == [NOT_WHOLE]

    @pytest.mark.parametrize(
        "raw", [pytest.param(10**5000, id="a number"), "9" * 5000, LiveText("1E+5000")]
    )
    def test_a_number_that_json_cannot_carry_is_refused(self, raw: Any) -> None:
        assert complaints(IntegerVar(), raw) == [f"{NOT_WHOLE} This one has too many digits."]

    @pytest.mark.parametrize("raw", [None, "", "  "])
    def test_an_empty_value_is_refused_where_one_is_required(self, raw: Any) -> None:
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
        self, variable: IntegerVar, raw: Any, message: str
    ) -> None:
        assert complaints(variable, raw) == [message]


class TestBooleanVar:
    @pytest.mark.parametrize("raw", [True, 1, "1", "true", "True", " TRUE ", "yes", "on", "On"])
    def test_these_are_true(self, raw: Any) -> None:
        assert BooleanVar().clean(raw) is True

    @pytest.mark.parametrize(
        "raw", [False, 0, "0", "false", "False", "no", "off", "OFF", "", " ", None]
    )
    def test_these_are_false(self, raw: Any) -> None:
        assert BooleanVar(default=True).clean(raw) is False

    @pytest.mark.parametrize("raw", ["maybe", "2", 2, -1, 1.0, math.nan, [], [1], {}, b"1"])
    def test_anything_else_is_refused(self, raw: Any) -> None:
        assert complaints(BooleanVar(), raw) == [NOT_A_FLAG]

    def test_it_is_never_required(self) -> None:
        assert BooleanVar(required=True).clean(None) is False


class TestDefaults:
    @pytest.mark.parametrize(
        ("variable", "stored"),
        [
            (StringVar(default="world"), "world"),
            (StringVar(default=7), "7"),
            (StringVar(required=False), ""),
            (IntegerVar(default=0), 0),
            (IntegerVar(default="12"), 12),
            (IntegerVar(required=False), None),
            (BooleanVar(default=True), True),
            (BooleanVar(default="off"), False),
            (BooleanVar(), False),
        ],
    )
    def test_a_missing_input_becomes_the_cleaned_default(
        self, variable: Variable, stored: Any
    ) -> None:
        assert variable.default_value() == stored

    def test_a_missing_input_without_default_is_refused_where_one_is_required(self) -> None:
        with pytest.raises(Complaint, match=REQUIRED):
            IntegerVar().default_value()

    def test_an_emptied_input_is_not_filled_with_the_default_again(self) -> None:
        assert IntegerVar(default=5, required=False).clean(None) is None


class TestRestore:
    @given(raw=st.text() | st.integers() | st.floats())
    def test_text_comes_back_as_it_was_cleaned(self, raw: Any) -> None:
        variable = StringVar(required=False)
        try:
            stored = variable.clean(raw)
        except Complaint:
            return

        assert variable.restore(json.loads(json.dumps(stored))) == stored
        assert variable.clean(stored) == stored

    @given(raw=st.integers() | st.integers().map(str) | st.integers().map(lambda n: f" {n}.0"))
    def test_a_number_comes_back_as_it_was_cleaned(self, raw: Any) -> None:
        variable = IntegerVar()
        stored = variable.clean(raw)

        assert variable.restore(json.loads(json.dumps(stored))) == stored
        assert stored == int(str(raw).removesuffix(".0"))

    @given(raw=st.floats() | st.text())
    def test_a_number_is_never_changed_silently(self, raw: Any) -> None:
        try:
            stored = IntegerVar(required=False).clean(raw)
        except Complaint:
            return

        assert stored is None or stored == Decimal(str(raw).strip())

    @given(raw=st.booleans())
    def test_a_flag_comes_back_as_it_was_cleaned(self, raw: bool) -> None:  # noqa: FBT001
        assert BooleanVar().restore(BooleanVar().clean(raw)) is raw

    def test_nothing_is_refused_where_a_value_is_required(self) -> None:
        with pytest.raises(Complaint, match=REQUIRED):
            IntegerVar().restore(None)


class TestDescribe:
    def test_it_says_all_that_a_form_must_know(self) -> None:
        described = IntegerVar(0, 9, "Count", "How many", "3", required=False).describe("count")

        assert (described.name, described.type, described.label) == ("count", "IntegerVar", "Count")
        assert (described.description, described.required) == ("How many", False)
        assert described.default == 3
        assert described.options == {"min_value": 0, "max_value": 9}

    def test_the_label_is_the_name_in_words_if_none_is_given(self) -> None:
        assert StringVar().describe("device_name").label == "Device name"

    def test_options_that_were_not_given_are_left_out(self) -> None:
        assert StringVar(regex="^x").describe("x").options == {"regex": "^x"}
        assert BooleanVar().describe("x").options == {}

    def test_an_authors_own_type_goes_by_the_one_it_builds_on(self) -> None:
        class Hostname(StringVar):
            pass

        assert Hostname().describe("host").type == "StringVar"

    def test_type_arguments_come_first_as_in_nautobot(self) -> None:
        variable = StringVar(1, 5, "^a", "Label", "Help", "ab", False, "a widget")  # noqa: FBT003

        assert (variable.min_length, variable.max_length, variable.regex) == (1, 5, "^a")
        assert (variable.label, variable.description) == ("Label", "Help")
        assert (variable.default, variable.required) == ("ab", False)
        assert variable.widget == "a widget"


class TestDeclaredVariables:
    def test_they_come_as_written(self) -> None:
        class One:
            b = StringVar()
            other = 3
            a = IntegerVar()

        assert list(declared_variables(One)) == ["b", "a"]

    def test_those_of_base_classes_come_first_and_keep_their_place(self) -> None:
        class Base:
            x = StringVar()
            y = StringVar()

        class Child(Base):
            z = StringVar()
            x = IntegerVar()  # type: ignore[assignment]

        assert list(declared_variables(Child)) == ["x", "y", "z"]
        assert isinstance(declared_variables(Child)["x"], IntegerVar)

    def test_none_in_a_subclass_removes_one(self) -> None:
        class Base:
            x = StringVar()
            y = StringVar()

        class Child(Base):
            x = None  # type: ignore[assignment]

        class Grandchild(Child):
            x = StringVar()  # type: ignore[assignment]

        assert list(declared_variables(Child)) == ["y"]
        assert list(declared_variables(Grandchild)) == ["x", "y"]


def test_a_complaint_reads_as_its_messages() -> None:
    assert str(Complaint(["One.", "Two."])) == "One. Two."
