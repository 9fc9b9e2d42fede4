"""What the recorder does while the database is out of reach."""

from __future__ import annotations

import sqlite3
import threading
import time

import pytest

from jobnb.engine.recording import spool as spool_module
from jobnb.engine.recording.recorder import Recorder
from jobnb.errors import StoreUnreachable
from jobnb.protocol import LogEvent, Reason, Status
from jobnb.store.database import open_database
from jobnb.store.results import Results
from jobnb.store.values import EndOfRun
from tests.processes import SECONDS


@pytest.fixture
def database(tmp_path):
    """One that soon says that another process keeps it locked."""
    opened = open_database(f"sqlite:///{tmp_path / 'jobnb.sqlite3'}?timeout=0.01")
    yield opened
    opened.close()


@pytest.fixture
def intruder(tmp_path):
    """Another process, which may lock the database."""
    connection = sqlite3.connect(
        tmp_path / "jobnb.sqlite3", isolation_level=None, check_same_thread=False
    )
    yield connection
    connection.close()


@pytest.fixture
def run(make_presence, make_run, make_claim):
    owner = make_presence().process
    return make_claim(make_run(owner), owner)


@pytest.fixture
def make_recorder(results, run):
    return lambda patience: Recorder(results, run, lambda: None, patience=patience)


def say(recorder, *numbers):
    for number in numbers:
        recorder.log(LogEvent(1.0, "INFO", "run", str(number)))


def written(results: Results, run) -> list[str]:
    return [entry.message for entry in results.entries.read(run.run_id)]


def test_lines_wait_for_the_database_and_nobody_waits_for_them(
    results, run, make_recorder, intruder
):
    recorder = make_recorder(60)
    intruder.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    for number in range(20):
        say(recorder, number)
        recorder.flush()
    took = time.monotonic() - began
    assert written(results, run) == []
    intruder.execute("COMMIT")
    recorder.flush()

    assert took < 30
    assert written(results, run) == [str(number) for number in range(20)]


def test_it_is_tried_again_when_it_is_due_and_not_with_every_line(
    results, run, make_recorder, intruder
):
    recorder = make_recorder(60)
    intruder.execute("BEGIN IMMEDIATE")
    say(recorder, 1)
    recorder.flush()
    due = recorder.next_due
    say(recorder, 2)
    intruder.execute("COMMIT")
    recorder.flush_due(due - 0.01)
    assert written(results, run) == []
    recorder.flush_due(due)

    assert written(results, run) == ["1", "2"]


def test_what_may_wait_is_limited_and_then_the_job_waits(
    results, run, make_recorder, intruder, monkeypatch
):
    monkeypatch.setattr(spool_module, "SPOOL", 5)
    recorder = make_recorder(60)
    intruder.execute("BEGIN IMMEDIATE")
    say(recorder, 0)
    recorder.flush()
    say(recorder, 1, 2, 3, 4)
    full = threading.Thread(target=say, args=(recorder, 5))
    full.start()
    full.join(1)
    assert full.is_alive()
    intruder.execute("COMMIT")
    full.join(SECONDS)

    assert written(results, run) == list("012345")


def test_a_database_that_stays_away_ends_the_attempt_and_gets_the_rest_later(
    results, run, make_recorder, intruder
):
    recorder = make_recorder(0)
    say(recorder, 1)
    recorder.flush()
    intruder.execute("BEGIN IMMEDIATE")
    say(recorder, 2)
    recorder.flush()
    with pytest.raises(StoreUnreachable):
        recorder.flush()
    end = EndOfRun(status=Status.FAILURE, reason=Reason.SUPERVISOR_ERROR, detail="stopped")
    recorder.conclude(end)
    recorder.note("ERROR", "stopped")
    with pytest.raises(StoreUnreachable):
        recorder.write_end(end)
    intruder.execute("COMMIT")
    assert recorder.write_end(end)

    assert written(results, run) == ["1", "2", "stopped"]
    assert results.state(run.run_id).status is Status.FAILURE
