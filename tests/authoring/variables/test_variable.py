"""What every variable declares besides its type."""

from __future__ import annotations

import math
from typing import Any

import pytest

from jobnb.authoring.variables import StringVar
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
