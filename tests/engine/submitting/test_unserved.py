"""Runs whose queue has no worker, with a launcher that says whatever a test wants."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from jobnb.engine.launching.tasks import Task
from jobnb.engine.submitting.notices import Notices
from jobnb.engine.submitting.unserved import UnservedRuns
from jobnb.errors import StoreUnreachable
from jobnb.protocol import Reason, RunOrder, Status
from jobnb.store.care.turns import Turns


class Launcher:
    """Has tasks of a queue, and takes them back."""

    def __init__(self) -> None:
        self.tasks: list[Task] = []
        self.served: frozenset[str] = frozenset()

    def queued_tasks(self) -> list[Task]:
        return self.tasks

    def served_queues(self) -> frozenset[str]:
        return self.served

    def withdraw(self, task: Task) -> None:
        self.tasks.remove(task)


@pytest.fixture
def house(database, results, make_presence):
    """Runs with a clock that a test can move."""
    turns, time = Turns(database), [0.0]
    unserved = UnservedRuns(results, Notices(turns), clock=lambda: time[0])
    return SimpleNamespace(
        unserved=unserved,
        launcher=Launcher(),
        turns=turns,
        time=time,
        process=make_presence().process,
    )


@pytest.fixture
def launch(house, make_run):
    """Gives Dask a run of a queue that waits for its worker for two seconds at most."""

    def make() -> str:
        run_id = make_run(house.process, queue="gpu").run_id
        order = {"run_id": run_id, "queue": "gpu", "queue_timeout": 2.0}
        order = RunOrder(**order, attempt=1, database_uuid="u", database_url="x")
        house.launcher.tasks.append(Task(order, "Hello", 1))
        return run_id

    return make


def test_a_run_says_that_it_waits_until_a_worker_comes(house, launch, results):
    run_id = launch()
    house.unserved.look(house.launcher)
    assert results.get(run_id).detail == "Waits for a worker of queue 'gpu'."
    house.launcher.served = frozenset({"gpu"})
    house.unserved.look(house.launcher)

    assert results.get(run_id).detail == ""
    assert not house.unserved


def test_a_run_is_given_up_after_its_time(house, launch, results):
    run_id = launch()
    house.unserved.look(house.launcher)
    house.time[0] = 2.0
    house.unserved.look(house.launcher)
    record = results.get(run_id)

    assert (record.status, record.reason) == (Status.REVOKED, Reason.NEVER_STARTED)
    assert house.launcher.tasks == []
    assert not house.unserved


def test_a_run_that_somebody_cancels_is_taken_back(house, launch, results):
    results.request_cancel(launch(), "ada")
    house.unserved.look(house.launcher)

    assert house.launcher.tasks == []
    assert not house.unserved


def test_who_looks_at_one_run_gives_up_no_other(house, launch, results):
    mine, other = launch(), launch()
    house.unserved.judge(mine, house.launcher)
    house.time[0] = 2.0
    house.unserved.judge(mine, house.launcher)

    assert results.get(mine).status is Status.REVOKED
    assert results.get(other).status is Status.PENDING


def test_that_a_worker_came_is_said_when_the_database_is_back(house, launch, results, monkeypatch):
    run_id = launch()
    house.unserved.look(house.launcher)
    house.launcher.tasks.clear()

    def be_away(*_):
        raise StoreUnreachable("gone for a while")

    with monkeypatch.context() as outage:
        outage.setattr(house.turns, "say", be_away)
        with pytest.raises(StoreUnreachable):
            house.unserved.look(house.launcher)
    house.unserved.look(house.launcher)

    assert results.get(run_id).detail == ""
