"""What every variable is: its default, its check, and what is told of it."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobnb.authoring.variables import (
    REQUIRED,
    BooleanVar,
    Complaint,
    IntegerVar,
    StringVar,
    Variable,
    declared_variables,
)
from jobnb.authoring.variables.variable import first_few, is_blank, shortened


@pytest.mark.parametrize(
    "visible_when",
    [None, {"kind": "a"}, {"kind": ["a", 1, None, True]}, {"kind": ("a",), "on": False}],
)
def test_names_with_values_are_a_sound_visible_when(visible_when: Any) -> None:
    assert list(StringVar(visible_when=visible_when).faults()) == []


@pytest.mark.parametrize(
    ("visible_when", "fault"),
    [
        ("kind", "visible_when must map names of inputs to their values, not 'kind'"),
        ({}, "visible_when must map names of inputs to their values, not {}"),
        ({5: "a"}, "visible_when must map names of inputs to their values, not 5"),
        ({"kind": []}, "visible_when has no value for 'kind', so the variable is never asked for"),
        ({"kind": object}, "visible_when has <class 'object'> for 'kind'; give it as the input is"),
        ({"kind": ["a", math.nan]}, "visible_when has nan for 'kind'; give it as the input is"),
        ({"kind": {1: 2}}, "visible_when has {1: 2} for 'kind'; give it as the input is"),
    ],
)
def test_a_wrong_visible_when_is_named(visible_when: Any, fault: str) -> None:
    (found,) = StringVar(visible_when=visible_when).faults()

    assert found.startswith(fault)


def test_a_wrong_sensitive_is_named() -> None:
    assert list(StringVar(sensitive="yes").faults()) == [  # type: ignore[arg-type]
        "sensitive must be True, False or None, not 'yes'"
    ]


@pytest.mark.parametrize(
    ("raw", "expected"), [(None, True), (" \n", True), (0, False), ([], False)]
)
def test_only_no_value_and_blanks_are_blank(raw: Any, expected: Any) -> None:
    assert is_blank(raw) is expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x" * 100, "x" * 100),
        ("x" * 101, "x" * 100 + "..."),
        pytest.param(10**5000, "a number of type int", id="huge"),
    ],
)
def test_a_message_repeats_only_so_much_of_a_value(value: Any, text: str) -> None:
    assert shortened(value) == text


def test_messages_after_the_twentieth_are_counted() -> None:
    assert first_few(map(str, range(20))) == [str(number) for number in range(20)]
    assert first_few(map(str, range(22)))[-1] == "and 2 more."


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
