from __future__ import annotations

import threading
import time

from jobnb.engine.doorbell import DOORBELL
from jobnb.engine.updates import Update
from jobnb.errors import StoreUnreachable
from jobnb.notebook.pump import Pump
from jobnb.protocol import EntryKind, Status
from jobnb.store.values import Entry
from jobnb.store.watching import RunState
from tests.processes import eventually

DEADLINE = 10


class Run:
    """A run that gives one entry at each look, and ends with the third."""

    def __init__(self, *faults: Exception) -> None:
        self.id = "run"
        self.record = None
        self._faults = list(faults)

    def peek(self, after: int, *, newest: int | None) -> Update:
        if self._faults:
            raise self._faults.pop()
        status = Status.SUCCESS if after == 2 else Status.STARTED
        state = RunState(status=status, last_entry=after + 1, cancel_requested=False)
        entry = Entry(kind=EntryKind.LOG, created=0, message="x", number=after + 1)
        return Update(entries=[entry], state=state, last=after + 1)


class Endless(Run):
    """One that never ends."""

    def peek(self, after: int, *, newest: int | None) -> Update:
        state = RunState(status=Status.STARTED, last_entry=0, cancel_requested=False)
        return Update(entries=[], state=state, last=0)


class Seen:
    newest = 10

    def __init__(self, fault: Exception | None = None) -> None:
        self.looks = 0
        self.is_detached = False
        self.numbers: list[int] = []
        self.closed = threading.Event()
        self._fault = fault

    def detach(self) -> None:
        self.is_detached = True

    def update(self, update: Update) -> None:
        self.looks += 1
        if self._fault is not None:
            raise self._fault
        self.numbers += [entry.number for entry in update.entries]

    def close(self, record) -> None:
        self.closed.set()


def pump_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "jobnb-pump"]


def finish() -> None:
    for thread in pump_threads():
        thread.join(DEADLINE)


def test_a_view_is_shown_every_entry_once_and_then_the_end():
    view = Seen()
    Pump().add(view, Run())

    assert view.closed.wait(DEADLINE)
    assert view.numbers == [1, 2, 3]


def test_one_thread_serves_all_views_and_ends_with_the_last():
    pump, views = Pump(), [Seen(), Seen()]
    for view in views:
        pump.add(view, Run())
    assert len(pump_threads()) == 1

    finish()

    assert all(view.closed.is_set() for view in views)
    assert pump_threads() == []


def test_a_thread_that_has_ended_is_replaced():
    pump, second = Pump(), Seen()
    pump.add(Seen(), Run())
    finish()
    pump.add(second, Run())

    assert second.closed.wait(DEADLINE)


def test_a_view_waits_for_a_database_that_is_away_for_a_moment():
    view = Seen()
    Pump().add(view, Run(StoreUnreachable("away")))

    assert view.closed.wait(DEADLINE)
    assert view.numbers == [1, 2, 3]


def test_a_broken_view_leaves_the_others_alone():
    pump, whole = Pump(), Seen()
    pump.add(Seen(ValueError("broken")), Run())
    pump.add(whole, Run())

    assert whole.closed.wait(DEADLINE)
    finish()
    assert pump_threads() == []


def test_who_has_waited_for_a_run_sees_its_end_at_once():
    pump, view, result = Pump(), Seen(), Run()
    pump.add(view, result)
    pump.settle(result)

    assert view.closed.is_set()
    assert view.numbers == [1, 2, 3]


def test_a_pump_that_rests_leaves_no_thread_and_says_so():
    finish()  # of those before
    pump, view = Pump(), Seen()
    pump.add(view, Endless())
    pump.rest()

    assert view.is_detached
    assert pump_threads() == []


def test_a_view_that_is_dropped_is_looked_at_no_more():
    pump, view, other = Pump(), Seen(), Seen()
    pump.add(view, Endless())
    pump.drop(view)
    pump.add(other, Run())

    assert pump.has_not(view)
    assert other.closed.wait(DEADLINE)
    finish()


def test_of_a_quiet_run_little_is_asked_and_the_doorbell_wakes():
    pump, view = Pump(), Seen()
    pump.add(view, Endless())
    begin = time.monotonic()
    eventually(lambda: view.looks >= 6)
    took = time.monotonic() - begin

    before = view.looks
    DOORBELL.ring("run")
    eventually(lambda: view.looks > before)
    pump.rest()
    assert took > 2  # 0.1, 0.2, 0.4, 0.8 and 1.0 seconds between them
