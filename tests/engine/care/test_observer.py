from __future__ import annotations

import socket
import time
from datetime import UTC, datetime, timedelta

import pytest

from jobnb.engine.care import observer as observer_module
from jobnb.engine.care.observer import Observer
from jobnb.protocol import Reason, Status
from jobnb.store.care import workers as workers_module
from jobnb.store.care.workers import Workers
from jobnb.store.values import EndOfRun
from jobnb.store.writing import endings as endings_module


@pytest.fixture
def clock(monkeypatch):
    """The observer's own monotonic clock, moved by the test."""

    class Clock:
        now = 1000.0

        def monotonic(self) -> float:
            return self.now

    fake = Clock()
    monkeypatch.setattr(observer_module, "time", fake)
    return fake


@pytest.fixture
def observer(database, make_presence) -> Observer:
    return Observer(database, make_presence())


def look(observer, clock, seconds, step=5.0):
    """Lets the observer look every ``step`` seconds."""
    closed = []
    for _ in range(int(seconds / step)):
        clock.now += step
        closed += observer.tick(force=True)
    return closed


def test_a_run_is_lost_after_thirty_seconds_without_a_beat(
    observer, clock, results, elsewhere, make_run, make_claim
):
    run = make_run(elsewhere)
    make_claim(run, elsewhere)

    assert look(observer, clock, 30) == []
    assert look(observer, clock, 10) == [run.run_id]
    record = results.get(run.run_id)
    assert (record.status, record.reason) == (Status.LOST, Reason.WORKER_LOST)
    assert "far" in record.detail


def test_a_run_whose_worker_beats_is_not_lost(
    observer, clock, database, results, elsewhere, make_run, make_claim
):
    run = make_run(elsewhere)
    make_claim(run, elsewhere)
    for _ in range(10):
        Workers(database).beat(elsewhere.worker_id)
        look(observer, clock, 25)

    assert results.state(run.run_id).status is Status.STARTED


def test_an_observer_that_slept_itself_declares_nothing_lost(
    observer, clock, results, elsewhere, make_run, make_claim
):
    run = make_run(elsewhere)
    make_claim(run, elsewhere)
    look(observer, clock, 5)
    look(observer, clock, 3600, step=3600)

    assert results.state(run.run_id).status is Status.STARTED


def test_a_process_on_this_host_is_lost_when_its_lock_is_free_and_never_before(
    observer, clock, results, locked_worker, make_run, make_claim
):
    process, worker = locked_worker
    run = make_run(worker)
    make_claim(run, worker)

    assert look(observer, clock, 3600) == []
    process.kill()
    process.wait()
    assert observer.tick(force=True) == [run.run_id]


def test_a_run_that_nobody_attends_in_this_process_is_lost_at_once(
    database, make_presence, make_run, make_claim
):
    own = make_presence()
    run = make_run(own.process)
    make_claim(run, own.process)

    assert Observer(database, own).tick(force=True) == [run.run_id]


@pytest.mark.parametrize(
    ("embedded", "scheduler"), [(True, "inproc://1/2/3"), (False, "tcp://127.0.0.1:1")]
)
def test_a_waiting_run_is_given_up_when_its_owner_and_its_scheduler_are_gone(
    observer, clock, results, elsewhere, make_run, embedded, scheduler
):
    run = make_run(elsewhere, embedded=embedded, scheduler_id=f"{scheduler} Scheduler-1")

    assert look(observer, clock, 40) == [run.run_id]
    record = results.get(run.run_id)
    assert (record.status, record.reason) == (Status.REVOKED, Reason.NEVER_STARTED)


def test_a_waiting_run_whose_scheduler_listens_keeps_waiting(observer, clock, elsewhere, make_run):
    with socket.create_server(("127.0.0.1", 0)) as server:
        make_run(elsewhere, scheduler_id=f"tcp://127.0.0.1:{server.getsockname()[1]} Scheduler-1")

        assert look(observer, clock, 60) == []


def test_two_looks_in_quick_succession_ask_the_database_once(observer, monkeypatch):
    asked = []
    monkeypatch.setattr(
        observer._results.unfinished, "all", lambda: asked.append(time.monotonic()) or []
    )
    observer.tick()
    observer.tick()

    assert len(asked) == 1


def test_a_worker_that_said_goodbye_needs_no_watching(
    observer, database, results, elsewhere, make_run, make_claim
):
    run = make_run(elsewhere)
    make_claim(run, elsewhere)
    Workers(database).ended(elsewhere.worker_id)

    assert observer.tick(force=True) == [run.run_id]


def test_all_runs_of_a_dead_process_are_found_at_once_by_every_observer(
    observer, database, make_presence, locked_worker, make_run, make_claim
):
    process, worker = locked_worker
    first, second, third = (make_run(worker) for _ in range(3))
    for run in (first, second):
        make_claim(run, worker)
    process.kill()
    process.wait()

    assert set(observer.tick(force=True)) == {first.run_id, second.run_id, third.run_id}
    late = make_run(worker)
    assert Observer(database, make_presence()).tick(force=True) == [late.run_id]


@pytest.mark.parametrize(("waits_on", "closed"), [(True, False), (False, True), (None, True)])
def test_who_is_connected_to_the_scheduler_decides_about_a_waiting_run(
    database, make_presence, elsewhere, make_run, waits_on, closed
):
    run = make_run(elsewhere)
    Workers(database).ended(elsewhere.worker_id)
    observer = Observer(database, make_presence(), lambda asked: waits_on)

    assert (observer.tick(force=True) == [run.run_id]) is closed


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_moved_by_an_hour_loses_no_run(
    observer, clock, database, results, elsewhere, make_run, make_claim, monkeypatch, hours
):
    run = make_run(elsewhere)
    claim = make_claim(run, elsewhere)
    moved = datetime.now(UTC) + timedelta(hours=hours)
    for module in (workers_module, endings_module):
        monkeypatch.setattr(module, "now", lambda: moved)
    for _ in range(8):
        Workers(database).beat(elsewhere.worker_id)
        look(observer, clock, 10)

    assert results.state(run.run_id).status is Status.STARTED
    assert results.end(claim.run_id, claim.token, EndOfRun(status=Status.SUCCESS))
    assert results.get(run.run_id).duration >= 0


@pytest.mark.parametrize("withheld", [(), ("password",)])
def test_an_attempt_whose_inputs_nobody_knows_any_more_is_given_up(
    database, make_presence, clock, results, elsewhere, make_run, make_claim, withheld
):
    run = make_run(elsewhere, options={"withheld": list(withheld)})
    claim = make_claim(run, elsewhere)
    due = datetime.now(UTC) + timedelta(hours=1)
    results.end(run.run_id, claim.token, EndOfRun(status=Status.RETRY, due=due))
    observer = Observer(database, make_presence(), lambda _run: True)
    look(observer, clock, 40)
    record = results.get(run.run_id)

    if withheld:
        assert (record.status, record.reason) == (Status.REVOKED, Reason.NEVER_STARTED)
        assert "its sensitive inputs (password) were known only to" in record.detail
    else:
        assert record.status is Status.RETRY


def test_a_run_of_this_process_is_given_up_when_its_scheduler_stays_away(
    database, results, clock, make_presence, make_run
):
    own = make_presence()
    run = make_run(own.process, scheduler_id="tcp://127.0.0.1:1 Scheduler-1")
    observer = Observer(database, own)

    assert look(observer, clock, 30) == []
    assert look(observer, clock, 10) == [run.run_id]
    assert results.get(run.run_id).detail.endswith("the Dask scheduler at which it waited is gone.")


def test_a_run_of_this_process_waits_for_as_long_as_its_scheduler_lives(
    database, results, clock, make_presence, make_run
):
    own = make_presence()
    make_run(own.process, scheduler_id="tcp://127.0.0.1:1 Scheduler-1")
    observer = Observer(database, own, adopt=lambda run: True)

    assert look(observer, clock, 120) == []
