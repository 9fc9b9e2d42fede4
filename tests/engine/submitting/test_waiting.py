"""The waiting room, with a launcher that only notes what it is given."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from jobnb.engine.submitting.waiting import PATIENCE, WaitingRoom
from jobnb.protocol import RunOrder, Status, WhenBusy
from jobnb.store.care.turns import Turns
from jobnb.store.values import EndOfRun
from tests.processes import eventually

LOCK = {"lock": "hello.Hello", "lock_limit": 1, "when_busy": WhenBusy.WAIT}


class NotingLauncher:
    """Hands nothing to anybody."""

    is_immediate = False

    def __init__(self) -> None:
        self.orders: list[RunOrder] = []

    def launch(self, order: RunOrder, job: str) -> None:
        self.orders.append(order)

    def queued_tasks(self) -> list:
        return []

    @property
    def runs(self) -> list[str]:
        return [order.run_id for order in self.orders]


@pytest.fixture
def house(database, results, make_presence):
    """A room with a clock that a test can move."""
    launcher, time = NotingLauncher(), [0.0]
    room = WaitingRoom(results, Turns(database), launcher, clock=lambda: time[0])
    yield SimpleNamespace(
        room=room, launcher=launcher, time=time, process=make_presence().process, results=results
    )
    room.close()


@pytest.fixture
def arrive(house, make_run):
    def make(**changes):
        run = make_run(house.process, **{**LOCK, **changes})
        order = RunOrder(run_id=run.run_id, attempt=1, database_uuid="u", database_url="x")
        house.room.hand_out(order, "Hello", house.results.get(run.run_id))
        return run

    return make


def test_a_run_without_a_lock_is_handed_out_at_once(house, arrive):
    run = arrive(lock=None, lock_limit=None, when_busy=None)

    assert house.launcher.runs == [run.run_id]
    assert house.room.runs == frozenset()


def test_a_run_that_must_wait_is_handed_out_when_the_other_has_ended(
    house, arrive, make_run, make_claim
):
    holder = make_claim(make_run(house.process, **LOCK), house.process)
    run = arrive()
    eventually(lambda: "Waits for run" in house.results.get(run.run_id).detail)
    assert house.launcher.runs == []
    house.results.end(holder.run_id, holder.token, EndOfRun(status=Status.SUCCESS))
    eventually(lambda: house.launcher.runs == [run.run_id])

    assert house.launcher.orders[0].turn == 1


def test_a_free_lock_is_left_to_the_one_that_waits_longest_but_not_for_ever(
    house, arrive, make_run
):
    make_run(house.process, **LOCK)  # nobody hands this one out
    run = arrive()
    eventually(lambda: house.results.get(run.run_id).detail == "Waits for its turn.")
    assert house.launcher.runs == []
    house.time[0] = PATIENCE

    eventually(lambda: house.launcher.runs == [run.run_id])


def test_a_run_that_is_cancelled_while_it_waits_leaves(house, arrive, make_run, make_claim):
    make_claim(make_run(house.process, **LOCK), house.process)
    run = arrive()
    house.results.request_cancel(run.run_id, "ada")

    eventually(lambda: house.room.runs == frozenset())
    assert house.launcher.runs == []


def test_the_thread_ends_with_the_last_one_who_waits(house, arrive, make_run, make_claim):
    holder = make_claim(make_run(house.process, **LOCK), house.process)
    arrive()
    thread = house.room._thread
    assert thread.is_alive()
    house.results.end(holder.run_id, holder.token, EndOfRun(status=Status.SUCCESS))

    eventually(lambda: not thread.is_alive())
