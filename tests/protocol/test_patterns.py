"""Patterns are read and checked where they are said, long before a run needs them."""

from __future__ import annotations

import re

import pytest

from jobnb.protocol.patterns import DEFAULT_PATTERNS, LONGEST, MOST, joined, read_patterns


def test_patterns_are_read_as_nautobot_has_them():
    found = read_patterns([(re.compile("key-(.)", re.IGNORECASE | re.DOTALL), r"\1{replacement}")])

    assert found == (("(?is)key-(.)", r"\1{replacement}"),)


def test_patterns_are_read_from_json():
    assert read_patterns('[["a+", "{replacement}"]]') == (("a+", "{replacement}"),)


def test_the_default_patterns_pass_their_own_checks():
    assert read_patterns(DEFAULT_PATTERNS) == DEFAULT_PATTERNS


def test_each_pattern_of_several_lists_counts_once():
    assert joined([("a", "b"), ("c", "d")], [("a", "b")]) == (("a", "b"), ("c", "d"))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (5, "a list of up to 100 pairs"),
        ([("a", "b")] * (MOST + 1), "a list of up to 100 pairs"),
        (["abc"], "'abc' is no pair"),
        ([("a", 5)], "is no pair"),
        ([(re.compile(b"a"), "b")], "is no pair"),
        ([("a" * (LONGEST + 1), "b")], "is longer than 1000 characters"),
        ([("a", "b" * (LONGEST + 1))], "is longer than 1000 characters"),
        ([("", "b")], "is empty"),
        ([("(?x)a # comment\n b", "b")], "has a line break"),
        ([("a*", "b")], "finds nothing at all"),
        ([("(a", "b")], "is no regular expression: missing )"),
        ([("(a)", r"\2")], "is no regular expression: invalid group reference"),
        ([("(a)", r"\g<x>")], "is no regular expression: unknown group name"),
        ([("(" * 490 + "a" + ")" * 490, "b")], "is no regular expression: "),
        ([("(?:(?:a{999}){999}){999}", "b")], "repeats too much"),
        ([("(?x)a{9 9 9 9 9 9}", "b")], "repeats too much"),
        ("[", "Expecting value"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(value, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        read_patterns(value)


@pytest.mark.parametrize(
    "text",
    [
        r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        r"\b\d{4}[- ]?\d{4}[- ]?\d{4}[- ]?\d{4}\b",
        r"eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}",
        r"(?s)-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----",
        r"(?<=Bearer )\S+",
    ],
)
def test_patterns_that_people_have_pass(text):
    assert read_patterns([(text, "{replacement}")]) == ((text, "{replacement}"),)
