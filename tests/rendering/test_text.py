from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobnb.rendering.text import LONGEST_TEXT, clip, escape, excerpt, visible, width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("snow ☃ 漢字 é", "snow ☃ 漢字 é"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("3\xa0€", "3\xa0€"),
        ("全角\u3000空白", "全角\u3000空白"),
        ("\U0001f469\u200d\U0001f4bb", "\U0001f469\u200d\U0001f4bb"),
        ("younger than this Python: \U0001fae8", "younger than this Python: \U0001fae8"),
        ("two\u2028lines", "two\\u2028lines"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;http://evil\x07link\x1b]8;;\x07", "link"),
        ("\x1b[2J\x1b[H gone", " gone"),
        ("a\x00b", "a\\x00b"),
        ("bell\x07 back\x08", "bell\\x07 back\\x08"),
        ("evil\u202etxt.exe", "evil\\u202etxt.exe"),
        ("lone \ud800", "lone \\ud800"),
        ("\x9b31m", "\\x9b31m"),
    ],
)
def test_nothing_in_a_text_can_act_on_a_terminal(text, shown):
    assert visible(text) == shown


@given(st.text())
def test_whatever_the_text_nothing_that_acts_is_left(text):
    left = set(visible(text)) - set("\n\t\u200c\u200d")

    assert not {unicodedata.category(c) for c in left} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@given(st.text(alphabet="<>&\"'ab"))
def test_whatever_the_text_no_mark_of_html_is_left(text):
    assert not re.search(r"[<>\"']|&(?!(lt|gt|amp|quot|#x27);)", escape(text))


def test_a_very_long_line_is_cut_with_a_mark_and_the_others_are_not():
    shown = visible("short\n" + "x" * 1_000_000)

    assert shown.startswith("short\nxxx")
    assert shown.endswith("(998,000 more characters)")


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("漢字", 4), ("e\u0301", 1), ("", 0)])
def test_the_width_is_what_a_terminal_takes(text, columns):
    assert width(text) == columns


@pytest.mark.parametrize(
    ("text", "shown"), [("short", "short"), ("two\nlines", "two"), ("x" * 20, "x" * 9 + "…")]
)
def test_a_cell_of_a_table_holds_one_short_line(text, shown):
    assert clip(text, 10) == shown


def test_an_excerpt_keeps_the_beginning_and_the_end():
    cut = excerpt("begin\n" + "x\n" * 1_000_000 + "end")

    assert re.fullmatch(r"begin\n.*\n… 1,992,5\d\d more characters …\n.*\nend", cut, re.DOTALL)
    assert len(cut) <= LONGEST_TEXT


@pytest.mark.parametrize("length", [0, LONGEST_TEXT, LONGEST_TEXT + 1, 1_000_000])
def test_an_excerpt_of_an_excerpt_is_the_same(length):
    cut = excerpt("x" * length)

    assert excerpt(cut) == cut
