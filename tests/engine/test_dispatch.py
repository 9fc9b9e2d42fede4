"""Dispatch with launchers that a test makes: what becomes of runs when one loses its scheduler."""

from __future__ import annotations

import uuid

import pytest

from jobnb.catalogs.files.snapshots import manifest_digest
from jobnb.engine import dispatch as dispatch_module
from jobnb.engine.dispatch import Dispatch
from jobnb.engine.submitting.content import Source
from jobnb.errors import ClusterError
from jobnb.protocol import Cleaned, JobDescription, RunOrder, Snapshot, Status
from jobnb.settings import load_settings
from jobnb.store.catalog.records import JobRecords
from jobnb.store.values import Claim, EndOfRun
from tests.processes import eventually

JOB = JobDescription(
    class_path="hello.Hello",
    module="hello",
    class_name="Hello",
    name="Hello",
    grouping="",
    description="",
    file="hello.py",
    meta={"max_concurrent": 1, "when_busy": "wait"},
)


class NotingLauncher:
    """One connection to one scheduler, which lives on whatever becomes of the connection."""

    scheduler_id = "tcp://127.0.0.1:1 Scheduler-1"
    is_embedded = is_immediate = is_lost = False

    def __init__(self) -> None:
        self.orders: list[RunOrder] = []

    @property
    def is_connected(self) -> bool:
        return not self.is_lost

    @property
    def runs(self) -> frozenset[str]:
        return frozenset(order.run_id for order in self.orders)

    def check(self, probe) -> None:
        """Takes everything."""

    def launch(self, order, job, *, tries=1) -> None:
        if self.is_lost:
            raise ClusterError("Dask did not take it")
        self.orders.append(order)

    def renewed(self) -> None:
        """It stays the same scheduler."""

    def is_gone(self) -> bool:
        return False

    def done_tasks(self) -> list:
        return []

    queued_tasks = done_tasks

    def close(self) -> None:
        self.is_lost = True


@pytest.fixture
def launchers():
    """What is opened, one after the other: a launcher, or an error."""
    return [NotingLauncher()]


@pytest.fixture
def dispatch(database, launchers):
    made = iter(launchers)

    def make_launcher():
        launcher = next(made)
        if isinstance(launcher, Exception):
            raise launcher
        return launcher

    JobRecords(database).sync([JOB], enable_new=True, place="here")
    opened = Dispatch(database, load_settings({"beat_interval": 0.1}), make_launcher)
    yield opened
    opened.close()


@pytest.fixture
def submit(dispatch):
    source = Source(Snapshot(digest=manifest_digest(()), files=()), lambda _: b"")
    return lambda: dispatch.submit(JOB, Cleaned(inputs={}), source).run_id


@pytest.fixture
def begin(dispatch, results):
    """Begins a run as a supervisor of this process does; without one it would be found lost."""

    def begin(run_id):
        presence, token = dispatch.presence(), str(uuid.uuid4())
        presence.attend(token, run_id, lambda *_: None)
        claim = Claim(run_id=run_id, token=token, number=1, worker_id=presence.worker_id)
        assert results.claim(claim)
        return token

    return begin


def test_runs_that_wait_are_handed_out_by_the_next_launcher_however_long_it_takes(
    dispatch, launchers, submit, results, begin, monkeypatch
):
    monkeypatch.setattr(dispatch_module, "RECONNECTING", 0.0)
    launchers += [ClusterError("no network"), ClusterError("no network"), NotingLauncher()]
    first = submit()
    token = begin(first)
    second = submit()
    launchers[0].is_lost = True
    results.end(first, token, EndOfRun(status=Status.SUCCESS))
    eventually(lambda: dispatch.observe() or second in launchers[-1].runs)

    assert launchers[0].runs == {first}


def test_a_scheduler_that_cannot_be_reached_again_is_left_alone_for_a_while(
    dispatch, launchers, submit, begin
):
    launchers += [ClusterError("no network")]
    begin(submit())
    submit()
    launchers[0].is_lost = True
    for _ in range(3):
        dispatch._next_look = 0.0
        dispatch.observe()

    with pytest.raises(StopIteration):
        dispatch.launcher()
