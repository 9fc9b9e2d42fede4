from __future__ import annotations

import pytest

from jobnb.engine.recording.loglimit import LAST_LINES, LEAST_ENTRIES, LogLimit
from jobnb.protocol import EntryKind, Limits
from jobnb.store.values import NewEntry


def entry(message="x", level="INFO", kind=EntryKind.LOG):
    return NewEntry(kind=kind, created=1.0, message=message, level=level)


def written(limit, entries):
    """The messages that pass, also when the log is closed."""
    passed = [item for one in entries for item in limit.admit([one])]
    return [item.message for item in [*passed, *limit.rest()]]


def test_without_limits_everything_is_written():
    entries = [entry(str(number)) for number in range(1000)]

    assert written(LogLimit(Limits()), entries) == [item.message for item in entries]


def test_a_log_that_is_exactly_full_has_no_mark():
    assert written(LogLimit(Limits(max_entries=3)), [entry("x")] * 3) == ["x"] * 3


@pytest.mark.parametrize("limits", [Limits(max_entries=3), Limits(max_output=30)])
def test_a_full_log_says_so_and_counts_what_it_drops(limits):
    said = written(LogLimit(limits), [entry("0123456789")] * 100)

    assert said[:3] == ["0123456789"] * 3
    assert said[3].startswith("The log is full: it may have ")
    assert said[4].startswith("… 97 more lines were dropped")
    assert said[5:] == ["0123456789"] * LAST_LINES


def test_the_limit_of_output_counts_bytes():
    limit = LogLimit(Limits(max_output=10))

    assert written(limit, [entry("ä" * 5)]) == ["ä" * 5]
    assert written(limit, [entry("ä")])[0].startswith(
        "The log is full: it may have messages of 10 bytes"
    )


@pytest.mark.parametrize(
    ("limits", "bound"),
    [
        (Limits(max_entries=3, max_output=9000), "3 entries (max_entries)."),
        (Limits(max_entries=9000, max_output=30), "messages of 30 bytes together (max_output)."),
    ],
)
def test_only_the_limit_that_was_reached_is_named(limits, bound):
    limit = LogLimit(limits)
    written(limit, [entry("0123456789")] * 100)

    assert limit.sentence == f"The log is full: it may have {bound}"


def test_a_flood_of_debug_lines_does_not_hide_an_error():
    flood = [entry(level="DEBUG")] * 500
    limit = LogLimit(Limits(max_entries=10))
    said = written(limit, [*flood, entry("bad", "ERROR"), entry("odd", "WARNING"), *flood])

    assert "bad" in said
    assert "odd" in said


def test_a_flood_of_errors_ends_at_the_reserve():
    said = written(LogLimit(Limits(max_entries=10)), [entry("bad", "ERROR")] * 1000)

    assert len(said) == 10 + 1 + LEAST_ENTRIES + 1 + LAST_LINES


def test_the_last_lines_of_a_flood_are_kept_and_cut():
    limit = LogLimit(Limits(max_entries=1))
    said = written(limit, [entry(f"{number} {'x' * 9000}") for number in range(50)])

    assert said[-1].startswith("49 xxx")
    assert len(said[-1]) < 2100
