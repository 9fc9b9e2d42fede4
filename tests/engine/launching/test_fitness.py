from __future__ import annotations

from io import BytesIO
from types import SimpleNamespace

import pytest

from jobnb.engine.launching.fitness import LOOKING, Fitness
from jobnb.errors import ClusterError

HERE = "tcp://127.0.0.1:1 Scheduler-1"


class Cluster:
    """A client as Dask's, of workers that are known by what they say."""

    status = "running"

    def __init__(self, **workers):
        self.workers = workers
        self.looks = 0
        self.asked = []

    def scheduler_info(self, n_workers):
        self.looks += 1
        return {"workers": dict(self.workers)}

    def run(self, function, call, arguments, *, workers, on_error):
        self.asked += sorted(workers)
        return {name: self.workers[name] for name in workers}


@pytest.fixture
def clock():
    return SimpleNamespace(now=100.0)


@pytest.fixture
def checking(clock):
    def check(cluster):
        fitness = Fitness(cluster, "call", lambda: clock.now)
        return lambda: fitness.check(BytesIO, HERE)

    return check


def test_workers_that_can_take_runs_are_asked_once(checking, clock):
    cluster = Cluster(one=None, two=None)
    check = checking(cluster)
    check()
    clock.now += LOOKING
    check()

    assert cluster.asked == ["one", "two"]


def test_many_submits_in_a_second_look_once_for_new_workers(checking, clock):
    cluster = Cluster(one=None)
    check = checking(cluster)
    for _ in range(3):
        check()
    assert cluster.looks == 1
    cluster.workers["two"] = None
    clock.now += LOOKING
    check()

    assert cluster.asked == ["one", "two"]


def test_a_worker_that_cannot_take_runs_is_named_at_each_submit(checking):
    check = checking(Cluster(one=None, two="it has another database"))
    for _ in range(2):
        with pytest.raises(ClusterError, match="two: it has another database"):
            check()


def test_a_worker_that_has_just_gone_is_no_matter(checking):
    cluster = Cluster(one=None, two=OSError("gone"))

    assert checking(cluster)() is None


def test_a_cluster_without_workers_passes_and_is_looked_at_again(checking):
    cluster = Cluster()
    check = checking(cluster)
    check()
    check()

    assert cluster.looks == 2


def test_a_lost_connection_is_said_at_once(checking):
    cluster = Cluster(one=None)
    cluster.status = "connecting"

    with pytest.raises(ClusterError, match="is closed, or was lost a moment ago"):
        checking(cluster)()
