"""Text of many lines; that of one line is in ``tests/authoring/test_variables.py``."""

from __future__ import annotations

import math

import pytest

from jobnb.authoring.variables import StringVar, TextVar
from jobnb.authoring.variables.text import NOT_TEXT


def test_only_the_ends_are_stripped_and_lines_stay() -> None:
    assert TextVar().clean("\n  a\r\n\n  b\n ") == "a\r\n\n  b"


def test_the_label_comes_first_as_in_nautobot() -> None:
    assert TextVar("Notes", "Help").describe("x").label == "Notes"


def test_a_megabyte_is_taken() -> None:
    assert len(TextVar().clean("x" * 1_000_000)) == 1_000_000


@pytest.mark.parametrize(
    ("variable", "raw", "message"),
    [
        (TextVar(min_length=3), "ab", "Ensure this value has at least 3 characters (it has 2)."),
        (TextVar(max_length=1), "ab", "Ensure this value has at most 1 character (it has 2)."),
        (TextVar(regex="^x"), "ax", "Invalid value. Must match regex: ^x"),
    ],
)
def test_its_own_limits_hold_here_too(complaints, variable, raw, message) -> None:
    assert complaints(variable, raw) == [message]


def test_it_describes_its_limits() -> None:
    described = TextVar(min_length=0, max_length=9).describe("notes")

    assert (described.type, described.options) == ("TextVar", {"min_length": 0, "max_length": 9})


@pytest.mark.parametrize("raw", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_no_text_either(complaints, raw: float) -> None:
    assert complaints(StringVar(required=False), raw) == [NOT_TEXT]


def test_a_pattern_is_only_text_to_a_value() -> None:
    assert StringVar().clean("(a+)+$" + "a" * 40 + "!")  # at once: to search by it never ends
