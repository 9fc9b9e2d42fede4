from __future__ import annotations

import gc

import pytest

from jobnb.protocol import EntryKind
from jobnb.store.watching import EntryFilter


def test_entries_are_read_in_pages(results, started, line):
    claim = started()
    results.append(claim.run_id, claim.token, [line(str(number)) for number in range(1, 11)])
    page = results.entries.read(claim.run_id, after=3, limit=4)

    assert [item.message for item in page] == ["4", "5", "6", "7"]
    assert results.entries.read(claim.run_id, after=10) == []


@pytest.fixture
def garbage_looks():
    """Each look for garbage, which begins after every hundred new objects."""
    looks, before = [], gc.get_threshold()

    def note(phase, _info):
        if phase == "start":
            looks.append(phase)

    gc.set_threshold(100, 1000, 1000)
    gc.callbacks.append(note)
    yield looks
    gc.callbacks.remove(note)
    gc.set_threshold(*before)


def test_a_page_is_made_without_a_look_for_garbage(results, started, line, garbage_looks):
    claim = started()
    results.append(claim.run_id, claim.token, [line("x") for _ in range(2000)])
    garbage_looks.clear()
    page = results.entries.read(claim.run_id, limit=2000)

    assert len(page) == 2000
    assert len(garbage_looks) < 10


def test_the_tail_is_in_order(results, started, line):
    claim = started()
    results.append(claim.run_id, claim.token, [line(str(number)) for number in range(1, 11)])

    assert [item.message for item in results.entries.tail(claim.run_id, 3)] == ["8", "9", "10"]
    assert len(results.entries.tail(claim.run_id, 100)) == 10


def test_each_run_has_a_stream_of_its_own(results, started, line):
    first, second = started(), started()
    results.append(first.run_id, first.token, [line("first")])
    results.append(second.run_id, second.token, [line("second")])

    assert [item.message for item in results.entries.read(first.run_id)] == ["first"]
    assert [item.number for item in results.entries.read(second.run_id)] == [1]


def test_entries_are_found_by_level_kind_and_text(results, started, line):
    claim = started()
    printed = line("Out of TIME", kind=EntryKind.CONSOLE, level=None, source="stdout")
    entries = [line("in time"), line("late", level="ERROR"), printed, line("x", object="Timer")]
    results.append(claim.run_id, claim.token, entries)

    def find(**wanted):
        return results.entries.find(claim.run_id, EntryFilter(**wanted))

    assert find() == [1, 2, 3, 4]
    assert find(levels=("ERROR",)) == [2]
    assert find(levels=("ERROR",), kinds=(EntryKind.CONSOLE,)) == [2, 3]
    assert find(text="TIME") == [1, 3, 4]
    assert find(text="time", levels=("INFO",)) == [1, 4]
    assert find(text="100%") == []
    wanted = EntryFilter(levels=("INFO",))
    assert results.entries.find(claim.run_id, wanted, after=1) == [4]
    assert results.entries.find(claim.run_id, wanted, limit=1) == [4]


def test_entries_are_read_by_their_numbers(results, started, line):
    claim = started()
    results.append(claim.run_id, claim.token, [line(str(number)) for number in range(5)])

    assert [entry.message for entry in results.entries.numbered(claim.run_id, [4, 2])] == ["1", "3"]
