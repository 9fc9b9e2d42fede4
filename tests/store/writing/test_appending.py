from __future__ import annotations

import pytest

from jobnb.protocol import LEVELS, EntryKind
from jobnb.store.values import NewEntry


def test_entries_are_numbered_from_one_without_gaps(results, started, line):
    claim = started()
    ends = [results.append(claim.run_id, claim.token, [line()] * size) for size in (1, 3, 2)]

    assert ends == [1, 4, 6]
    assert [item.number for item in results.entries.read(claim.run_id)] == [1, 2, 3, 4, 5, 6]
    assert results.state(claim.run_id).last_entry == 6


@pytest.mark.parametrize(
    "entry",
    [
        NewEntry(
            kind=EntryKind.LOG,
            created=1700000000.123456,
            message="m",
            level="WARNING",
            grouping="g",
            object="router1",
            source="hello",
        ),
        NewEntry(kind=EntryKind.CONSOLE, created=0.5, message="", source="stdout", partial=True),
        NewEntry(kind=EntryKind.TRACEBACK, created=1.0, message="a\nb\t\\N\\.\n", source="OSError"),
    ],
    ids=["log", "console", "traceback"],
)
def test_an_entry_comes_back_as_it_went_in(results, started, entry):
    claim = started()
    results.append(claim.run_id, claim.token, [entry])
    (found,) = results.entries.read(claim.run_id)

    assert {name: getattr(found, name) for name in entry._fields} == entry._asdict()
    assert found.number == 1
    assert isinstance(found.kind, EntryKind)


def test_only_log_records_count(results, started, line):
    claim = started()
    batch = [line(level=level) for level in LEVELS for _ in range(LEVELS[level])]
    printed = [line(kind=EntryKind.CONSOLE, level=None), line(kind=EntryKind.TRACEBACK)]
    results.append(claim.run_id, claim.token, [*batch, *printed])
    results.append(claim.run_id, claim.token, [line(level="DEBUG")])

    assert results.get(claim.run_id).counts == LEVELS | {"DEBUG": LEVELS["DEBUG"] + 1}


def test_an_empty_batch_only_looks_at_the_fence(results, started, line):
    claim = started()
    results.append(claim.run_id, claim.token, [line()])

    assert results.append(claim.run_id, claim.token, []) == 1
    assert results.append(claim.run_id, "another", []) is None


def test_eight_threads_that_write_to_one_run_leave_no_gap(results, started, line, race):
    claim = started()
    batches = [[line(f"{thread}-{number}") for number in range(50)] for thread in range(8)]
    race(*(lambda own=own: results.append(claim.run_id, claim.token, own) for own in batches))
    entries = results.entries.read(claim.run_id)

    assert [item.number for item in entries] == list(range(1, 401))
    assert {item.message for item in entries} == {item.message for own in batches for item in own}
    assert results.get(claim.run_id).counts["INFO"] == 400


def test_hostile_text_does_not_harm_the_stream(results, started, line):
    hostile = "a\udce9\t\n\\N\\.\\\x1b'\"; DROP TABLE jobnb_entry; -- 🚀"
    claim = started()
    results.append(
        claim.run_id,
        claim.token,
        [line(hostile, grouping=hostile, object=hostile, source=hostile), line("\0"), line()],
    )
    first, second, third = results.entries.read(claim.run_id)

    stored = hostile.replace("\udce9", "\\udce9")
    assert {first.message, first.grouping, first.object, first.source} == {stored}
    assert second.message in {"\0", "\u2400"}
    assert third.message == "hello"


def test_a_line_and_its_grouping_may_have_five_megabytes(results, started, line):
    long = "ü" * 2_500_000
    claim = started()
    results.append(claim.run_id, claim.token, [line(long, grouping=long, object=long)])
    (entry,) = results.entries.read(claim.run_id)

    assert (entry.message, entry.grouping, entry.object) == (long, long, long)


@pytest.mark.cluster  # not for what it starts: for its size
def test_a_hundred_thousand_entries_come_back_in_order(results, started, line):
    claim = started()
    for start in range(0, 100_000, 1000):
        batch = [line(str(number)) for number in range(start, start + 1000)]
        results.append(claim.run_id, claim.token, batch)
    read, after = [], 0
    while page := results.entries.read(claim.run_id, after, 5000):
        read += [int(item.message) for item in page]
        after = page[-1].number

    assert read == list(range(100_000))
    assert results.get(claim.run_id).counts["INFO"] == 100_000


def test_a_batch_whose_answer_was_lost_is_not_stored_twice(results, started, line):
    claim, batch = started(), [line(), line()]
    first = results.append(claim.run_id, claim.token, batch, after=0)
    again = results.append(claim.run_id, claim.token, batch, after=0)

    assert (first, again) == (2, 2)
    assert len(results.entries.read(claim.run_id)) == 2
