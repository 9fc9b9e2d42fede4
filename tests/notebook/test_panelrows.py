from __future__ import annotations

from jobnb.notebook.panelrows import MOST_BYTES, MOST_TEXT, MOST_WHOLE, newest_rows, row_of
from jobnb.protocol import EntryKind
from jobnb.store.values import Entry


def entry(message="hello", number=1, **changes):
    values = {"kind": EntryKind.LOG, "created": 1.23456, "level": "INFO", "grouping": "run"}
    return Entry(message=message, number=number, **(values | changes))


def test_an_entry_is_a_row():
    assert row_of(entry(object="sw-1")) == [1, 0, "INFO", 1.235, "run", "sw-1", "hello", 0]


def test_what_is_printed_is_told_from_what_is_logged():
    kinds = [
        row_of(entry(kind=kind, source=source))[1]
        for kind, source in [
            (EntryKind.CONSOLE, "stdout"),
            (EntryKind.CONSOLE, "stderr"),
            (EntryKind.TRACEBACK, "ValueError"),
            (EntryKind.DISPLAY, "DataFrame"),
        ]
    ]

    assert kinds == [1, 2, 3, 4]


def test_nothing_in_a_row_acts():
    hostile = "a\x1b[31mb\u202ec\x00\x07"
    row = row_of(entry(hostile, grouping=hostile, object=hostile))

    assert [row[4], row[5], row[6]] == ["ab\\u202ec\\x00\\x07"] * 3


def test_a_line_of_a_megabyte_travels_only_when_it_is_asked_for():
    long = entry("x" * 1_000_000)

    assert (len(row_of(long)[6]), row_of(long)[7]) == (MOST_TEXT, 1_000_000 - MOST_TEXT)
    assert len(row_of(long, MOST_WHOLE)[6]) == MOST_WHOLE


def test_of_many_long_lines_the_newest_are_sent():
    entries = [entry("x" * 3000, number) for number in range(1, 201)]
    rows = newest_rows(entries)

    assert rows[-1][0] == 200
    assert sum(len(row[6]) for row in rows) < MOST_BYTES + MOST_TEXT
    assert [row[0] for row in rows] == list(range(201 - len(rows), 201))
