"""The first line that differs, in a few words."""

from __future__ import annotations

import pytest

from jobnb.reports.differing import first_difference, page_text

LONG = "x" * 500


@pytest.mark.parametrize(
    ("found", "wanted", "said"),
    [
        ("a\nb", "a\nb", ""),
        ("a\nB\nc", "a\nb\nc", ": 'B' instead of 'b'"),
        ("a\nb\nc", "a\nc", ": 'b' was added"),
        ("a\nc", "a\nb\nc", ": 'b' is missing"),
        ("", "a", ": 'a' is missing"),
        ("\x1b[31ma\0", "b", r": 'a\x00' instead of 'b'"),
        (f"{LONG}b", f"{LONG}c", f": '…{LONG[:30]}b' instead of '…{LONG[:30]}c'"),
        (f"b{LONG}", "c", f": 'b{LONG[:79]}…' instead of 'c'"),
    ],
)
def test_the_first_difference_is_told_in_a_few_words(found, wanted, said):
    assert first_difference(found, wanted) == said


def test_of_a_page_that_counts_which_is_read():
    assert page_text(b"<p title='x'>a &lt;b&gt;</p>") == "a <b>"
