"""Text of one line, and of many."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Any

import pytest

from jobnb.authoring.variables import (
    NOT_TEXT,
    NUL_IN_TEXT,
    REQUIRED,
    StringVar,
    TextVar,
)


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


class Colour(StrEnum):
    RED = "red"


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
    def test_what_is_no_text_is_refused(self, raw: Any, complaints) -> None:
        assert complaints(StringVar(required=False), raw) == [NOT_TEXT]

    def test_a_number_too_long_to_write_out_is_refused(self, complaints) -> None:
        assert complaints(StringVar(), 10**5000) == [NOT_TEXT]

    @pytest.mark.parametrize("raw", [None, "", "   ", "\n"])
    def test_an_empty_value_is_refused_where_one_is_required(self, raw: Any, complaints) -> None:
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
        self, variable: StringVar, raw: str, message: str, complaints
    ) -> None:
        assert complaints(variable, raw) == [message]

    def test_the_pattern_may_be_found_anywhere_in_the_text(self) -> None:
        assert StringVar(regex="[0-9]").clean("rack 7a") == "rack 7a"

    def test_every_broken_rule_is_named(self, complaints) -> None:
        assert len(complaints(StringVar(min_length=5, regex="^x"), "a")) == 2

    def test_an_empty_optional_value_is_not_held_against_the_rules(self) -> None:
        assert StringVar(min_length=5, regex="^x", required=False).clean("") == ""
