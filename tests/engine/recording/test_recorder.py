from __future__ import annotations

import json
import math
import time

import pytest

from jobnb.engine.recording.lines import PATIENCE
from jobnb.engine.recording.recorder import Recorder
from jobnb.protocol import (
    ConsoleEvent,
    DisplayEvent,
    EntryKind,
    LogEvent,
    LogEvents,
    Reason,
    Status,
)
from jobnb.protocol.masking import Masker
from jobnb.store.values import EndOfRun

SECRET = "hunter2000"


@pytest.fixture
def run(results, make_presence, make_run, make_claim):
    owner = make_presence().process
    return make_claim(make_run(owner), owner)


@pytest.fixture
def recorder(results, run):
    made = Recorder(results, run, lambda: None, patience=1)
    made.secrecy.mask(Masker([SECRET]))
    return made


def entries_of(results, run):
    return results.entries.read(run.run_id)


def test_a_log_line_is_masked_in_all_its_parts(results, run, recorder):
    recorder.log(LogEvent(1.0, "INFO", f"g {SECRET}", f"m {SECRET}", f"o {SECRET}", f"s {SECRET}"))
    recorder.flush()
    [entry] = entries_of(results, run)

    parts = (entry.grouping, entry.message, entry.object, entry.source)
    assert parts == ("g ********", "m ********", "o ********", "s ********")


def test_printed_and_native_text_is_masked_however_it_is_cut(results, run, recorder):
    recorder.console(ConsoleEvent(1.0, "stdout", "a hunt"))
    recorder.console(ConsoleEvent(1.0, "stdout", "er2000\n"))
    recorder.native("stderr", b"b hunter")
    recorder.native("stderr", b"2000\n")
    recorder.flush()

    assert [entry.message for entry in entries_of(results, run)] == ["a ********", "b ********"]


def test_log_records_that_come_together_are_written_as_one_by_one(results, run, recorder):
    records = [LogEvent(float(n), "INFO", "run", f"m {n} {SECRET}", "o", "s") for n in range(2500)]
    recorder.console(ConsoleEvent(0.5, "stdout", "begun", records[0].thread))
    recorder.logs(LogEvents.of(records[:2]))
    recorder.logs(LogEvents.of(records[2:]))
    recorder.flush()
    first, *entries = [
        entry for after in range(0, 3000, 1000) for entry in results.entries.read(run.run_id, after)
    ]

    assert (first.message, first.partial) == ("begun", True)
    assert [entry.message for entry in entries] == [f"m {n} ********" for n in range(2500)]
    assert [entry.created for entry in entries] == [float(n) for n in range(2500)]
    assert {(e.kind, e.level, e.grouping, e.object, e.source, e.partial) for e in entries} == {
        (EntryKind.LOG, "INFO", "run", "o", "s", False)
    }


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf, 1e300, -1e300, 1.8e12])
def test_a_moment_that_no_date_can_be_becomes_the_one_when_it_is_heard(results, run, recorder, odd):
    before = time.time()
    for event in (
        LogEvents.of([LogEvent(moment, "INFO", "run", "m") for moment in (before, odd)]),
        ConsoleEvent(odd, "stdout", "printed\n"),
        DisplayEvent(odd, "run", "Table", {"text/plain": "shown"}),
    ):
        recorder.take(event)
    recorder.add_file("a.txt", b"a", odd)
    recorder.end(EndOfRun(status=Status.SUCCESS))
    moments = [entry.time for entry in entries_of(results, run)]
    moments += [file.created for file in results.files.of(run.run_id)]

    assert len(moments) == 5
    assert all(abs(moment.timestamp() - before) < 60 for moment in moments)


def test_half_a_secret_waits_for_its_other_half(results, run, recorder):
    recorder.console(ConsoleEvent(1.0, "stdout", "The password: hunt"))
    recorder.flush_due(time.monotonic() + PATIENCE + 0.01)
    recorder.console(ConsoleEvent(1.0, "stdout", "er2000\n"))
    recorder.flush()

    messages = [entry.message for entry in entries_of(results, run)]
    assert messages == ["The password: ", "********"]


def test_a_log_line_between_the_halves_of_a_secret_shows_neither(results, run, recorder):
    recorder.console(ConsoleEvent(1.0, "stdout", "It is hunt", 7))
    recorder.log(LogEvent(1.0, "INFO", "run", "in between", thread=7))
    recorder.console(ConsoleEvent(1.0, "stdout", "er2000\n", 7))
    recorder.flush()

    messages = [entry.message for entry in entries_of(results, run)]
    assert messages == ["It is ", "in between", "********"]


def test_what_was_no_half_of_a_secret_is_shown_when_its_line_ends(results, run, recorder):
    recorder.console(ConsoleEvent(1.0, "stdout", "To the hunt"))
    recorder.flush_due(time.monotonic() + PATIENCE + 0.01)
    due = recorder._lines.next_due
    recorder.console(ConsoleEvent(2.0, "stdout", "\n"))
    recorder.flush()

    assert due is None
    assert [entry.message for entry in entries_of(results, run)] == ["To the ", "hunt"]


def test_lines_without_a_secret_stay_as_they_are(results, run, recorder):
    for message in ("one", f"two {SECRET}", "three"):
        recorder.log(LogEvent(1.0, "INFO", "run", message))
    recorder.flush()

    assert [entry.message for entry in entries_of(results, run)] == ["one", "two ********", "three"]


def test_the_end_of_a_run_is_masked_in_all_its_parts(results, run, recorder):
    end = EndOfRun(
        status=Status.FAILURE,
        reason=Reason.EXCEPTION,
        detail=f"ValueError: {SECRET}",
        value=json.dumps({"token": [SECRET, 1]}),
        value_problem=f"p {SECRET}",
        exc_type="ValueError",
        exc_message=SECRET,
        traceback=f"line 1\nValueError: {SECRET}",
    )
    recorder.log(LogEvent(1.0, "INFO", "run", SECRET))
    recorder.end(end)
    record = results.get(run.run_id)

    assert SECRET not in str((record, entries_of(results, run)))
    assert json.loads(record.value) == {"token": ["********", 1]}
    assert (record.detail, record.exc_message) == ("ValueError: ********", "********")
    assert len(entries_of(results, run)) == 2


def test_the_name_of_a_file_is_masked_and_its_content_is_not(results, run, recorder):
    recorder.add_file(f"{SECRET}.txt", SECRET.encode(), 1.0)

    [file] = results.files.of(run.run_id)
    assert file.name == "********.txt"
    assert results.files.read(run.run_id, file.name) == SECRET.encode()


def test_without_a_masker_everything_is_written_as_it_is(results, run):
    recorder = Recorder(results, run, lambda: None, patience=1)
    recorder.log(LogEvent(1.0, "INFO", "run", SECRET))
    recorder.end(EndOfRun(status=Status.SUCCESS, value='"x"'))

    assert entries_of(results, run)[0].message == SECRET
    assert results.get(run.run_id).value == '"x"'


def test_the_process_id_of_a_silent_child_is_written_soon(results, run, recorder):
    recorder.note_pid(4242)
    recorder.flush_due(recorder.next_due)

    assert [attempt.pid for attempt in results.attempts.of(run.run_id)] == [4242]
    assert recorder.next_due is None


def test_the_first_line_takes_the_process_id_along(results, run, recorder):
    recorder.note_pid(4242)
    later = recorder.next_due
    recorder.log(LogEvent(1.0, "INFO", "run", "hello"))

    assert recorder.next_due < later
    recorder.flush_due(recorder.next_due)
    assert [attempt.pid for attempt in results.attempts.of(run.run_id)] == [4242]


def test_what_is_said_just_before_the_end_is_written_with_it(results, run, recorder):
    recorder.log(LogEvent(1.0, "INFO", "run", "hello"))
    first = recorder.next_due
    recorder.await_end()
    recorder.native("stderr", b"more\n")
    recorder.flush_due(first)

    assert entries_of(results, run) == []
    assert recorder.end(EndOfRun(status=Status.SUCCESS))
    assert [entry.message for entry in entries_of(results, run)] == ["hello", "more"]


def test_an_end_that_is_long_in_coming_is_not_waited_for(results, run, recorder):
    recorder.log(LogEvent(1.0, "INFO", "run", "hello"))
    recorder.await_end()
    recorder.flush_due(recorder.next_due)

    assert [entry.message for entry in entries_of(results, run)] == ["hello"]
