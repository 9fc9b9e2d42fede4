from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from jobnb.engine.care.aftercare import Aftercare
from jobnb.engine.submitting.waiting import WaitingRoom
from jobnb.protocol import RunOrder, Status
from jobnb.store.care.turns import Turns
from jobnb.store.values import EndOfRun

HERE = "tcp://127.0.0.1:1 Scheduler-1"


class Launcher:
    """Connected to one scheduler; notes what it is to launch."""

    scheduler_id = HERE
    runs = frozenset()
    is_connected = True
    is_immediate = False

    def __init__(self):
        self.orders = []

    def launch(self, order, job):
        self.orders.append((order.run_id, job))

    def queued_tasks(self):
        return []


@pytest.fixture
def launcher():
    return Launcher()


@pytest.fixture
def aftercare(database, results, launcher):
    def order(record):
        return RunOrder(run_id=record.run_id, attempt=1, database_uuid="", database_url="")

    room = WaitingRoom(results, Turns(database), launcher)
    return Aftercare(results, launcher, order, room)


def test_a_run_that_waits_for_its_first_attempt_is_handed_out_for_its_owner(
    results, launcher, aftercare, elsewhere, make_run
):
    run = make_run(elsewhere, scheduler_id=HERE)

    assert aftercare.adopt(results.unfinished.all()[0])
    assert launcher.orders == [(run.run_id, "Hello")]


def test_a_run_that_waits_for_its_next_attempt_is_not_handed_out_before_that_is_due(
    results, launcher, aftercare, elsewhere, make_run, make_claim
):
    run = make_run(elsewhere, scheduler_id=HERE)
    due = datetime.now(UTC) + timedelta(seconds=600)
    again = EndOfRun(status=Status.RETRY, due=due)
    results.end(run.run_id, make_claim(run, elsewhere).token, again)

    assert aftercare.adopt(results.unfinished.all()[0])
    assert launcher.orders == []
