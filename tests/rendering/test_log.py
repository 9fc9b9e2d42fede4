from __future__ import annotations

import pytest

from jobnb.protocol import EntryKind
from jobnb.rendering.log import entry_text, join_partial, line_html, shorten


def test_what_is_shown_begins_a_line_of_its_own(make_entry):
    table = make_entry("  a  b\n0 1  2", kind=EntryKind.DISPLAY, level=None, grouping="run")
    head, *rows = entry_text(table).split("\n")

    assert head.rstrip().endswith("run:")
    assert [row.strip() for row in rows] == ["a  b", "0 1  2"]
    assert rows[0].index("b") == rows[1].index("2")


def test_a_log_line_says_level_grouping_object_and_message(make_entry):
    line = entry_text(make_entry("is down", level="FAILURE", object="router1"))

    assert line.endswith("FAILURE  run: router1: is down")


def test_the_lines_of_one_message_stand_below_each_other(make_entry):
    first, second = entry_text(make_entry("one\ntwo")).split("\n")

    assert second.index("two") == first.index("run")


def test_a_printed_line_has_no_level(make_print):
    assert entry_text(make_print("printed")).split()[1:] == ["printed"]


def test_a_traceback_stands_as_it_is(make_entry):
    entry = make_entry("Traceback:\n  line\nValueError: x\n", kind=EntryKind.TRACEBACK)

    assert entry_text(entry) == "Traceback:\n  line\nValueError: x"


@pytest.mark.parametrize(("colour", "painted"), [(True, True), (False, False)])
def test_colours_are_only_for_who_wants_them(make_entry, colour, painted):
    assert ("\x1b[31m" in entry_text(make_entry(level="ERROR"), colour=colour)) is painted


def test_the_pieces_of_a_printed_line_are_joined(make_print, make_entry):
    entries = [
        make_print("a", 1, partial=True),
        make_print("b", 2, partial=True),
        make_print("c", 3),
        make_print("alone", 4, partial=True),
        make_entry("log", 5),
        make_print("end", 6, partial=True),
    ]

    assert [entry.message for entry in join_partial(entries)] == ["abc", "alone", "log", "end"]


def test_the_pieces_of_two_streams_are_not_joined(make_print):
    entries = [make_print("out", 1, partial=True), make_print("err", 2, source="stderr")]

    assert [entry.message for entry in join_partial(entries)] == ["out", "err"]


@pytest.mark.parametrize("field", ["message", "object", "grouping", "level"])
def test_nothing_of_an_entry_reaches_the_page_as_html(make_entry, field):
    page = line_html(make_entry(**{field: "<script>alert(1)</script>"}))

    assert "<script" not in page
    assert "&lt;script" in page


def test_an_entry_of_many_lines_is_shortened_for_a_cell(make_entry):
    assert len(shorten(make_entry("line\n" * 500_000)).message) < 20_000
