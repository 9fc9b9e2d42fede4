"""Runs that wait while their submitter, their scheduler, or Dask's memory of them goes."""

from __future__ import annotations

import os
import signal

import pytest
from distributed import Client

from jobnb.engine.launching import clusters, schedulers
from jobnb.errors import ClusterError
from jobnb.protocol import Reason, Status
from tests.cluster.conftest import Cluster, Project
from tests.processes import SECONDS, eventually, kill

pytestmark = pytest.mark.cluster

JOBS = """
import time
from pathlib import Path
from jobnb import jobs

class Waits(jobs.Job):
    mark = jobs.StringVar(required=False)

    def run(self, *, mark):
        while mark and not Path(mark).exists():
            time.sleep(0.02)
        return "done"

class Alone(Waits):
    class Meta:
        is_singleton = True
        when_busy = "wait"

class Drawn(Waits):
    class Meta:
        task_queues = ("gpu",)

jobs.register_jobs(Waits, Alone, Drawn)
"""
QUICK = {"JOBNB_BEAT_INTERVAL": "0.2"}


@pytest.fixture
def project(make_project, tmp_path) -> Project:
    """On SQLite alone: which database it is makes no difference here."""
    made = make_project(f"sqlite:///{tmp_path / 'jobnb.sqlite3'}")
    made.write("waits.py", JOBS)
    return made


def submitted(project, cluster, *runs, **inputs):
    """A kernel that has submitted a run of each of these jobs, and their ids."""
    code = f"""
        import jobnb, time
        for name in {runs}:
            print(jobnb.submit(name, **{inputs}).id, flush=True)
        time.sleep(600)
        """
    kernel = project.python(code, JOBNB_SCHEDULER=cluster.address)
    return kernel, [kernel.stdout.readline().strip() for _ in runs]


def test_a_run_at_a_scheduler_that_was_replaced_is_closed_by_whoever_looks(
    project, cluster, monkeypatch
):
    monkeypatch.setattr(schedulers, "FRESH", 0.0)
    kernel, [run_id] = submitted(project, cluster, "Waits")
    kill(kernel.pid)
    kernel.communicate()
    with project.open() as bench:
        bench.results()
        assert bench.result(run_id).status is Status.PENDING  # its scheduler has it
    replaced = replacement(project, cluster)
    try:
        with project.open() as bench:
            eventually(lambda: bench.results() and bench.result(run_id).status is Status.REVOKED)
            assert bench.result(run_id).reason is Reason.NEVER_STARTED
            assert "its scheduler are gone" in bench.result(run_id).detail
    finally:
        replaced.close()


def replacement(project, cluster) -> Cluster:
    """A new scheduler at the address of one that is killed."""
    cluster.close()
    (project.root / "scheduler.json").unlink()
    return Cluster(project, port=cluster.address.rpartition(":")[2])


def test_a_run_moves_with_its_kernel_to_the_scheduler_that_comes_back(project, cluster):
    with project.open(scheduler=cluster.address, beat_interval=0.2) as bench:
        result = bench.get_job("Waits").submit()
        replaced = replacement(project, cluster)
        try:
            replaced.add_worker(**QUICK)
            result.wait(SECONDS)

            assert (result.status, result.value) == (Status.SUCCESS, "done")
            assert result.record.scheduler_id == bench.dispatch().launcher().scheduler_id
        finally:
            replaced.close()


def test_a_kernel_closes_what_waits_at_a_dead_scheduler_and_finds_the_next_one(
    project, cluster, monkeypatch
):
    monkeypatch.setattr(clusters, "CONNECTING", 1)
    monkeypatch.setattr(schedulers, "FRESH", 0.0)
    with project.open(scheduler=cluster.address, beat_interval=0.2, lost_after=0.5) as bench:
        job, alone = bench.get_job("Waits"), bench.get_job("Alone")
        waiting = [job.submit(), alone.submit(), alone.submit()]  # the last one for its turn
        cluster.close()
        for run in waiting:
            run.wait(SECONDS)
        assert [run.status for run in waiting] == [Status.REVOKED] * 3
        assert {run.reason for run in waiting} == {Reason.NEVER_STARTED}
        with pytest.raises(ClusterError, match="Dask scheduler"):
            job.submit()
        replaced = replacement(project, cluster)
        try:
            replaced.add_worker(**QUICK)
            assert eventually(lambda: submitted_at_last(job)).wait(SECONDS).value == "done"
        finally:
            replaced.close()


def submitted_at_last(job):
    """A run, or None as long as the connection to the scheduler is still being given up."""
    try:
        return job.submit()
    except ClusterError:
        return None


def test_a_run_that_dask_has_forgotten_is_started_by_a_worker(project, cluster, tmp_path):
    mark = tmp_path / "mark"
    cluster.add_worker("--nthreads", "1", **QUICK)
    kernel, [first, second] = submitted(project, cluster, "Waits", "Waits", mark=str(mark))
    with project.open() as bench:
        eventually(lambda: bench.result(first).status is Status.STARTED)
        os.kill(kernel.pid, signal.SIGSTOP)  # or it would hand it out again
        with Client(cluster.address, set_as_default=False) as client:
            client.run_on_scheduler(forget, second)
        kill(kernel.pid)
        kernel.communicate()
        assert bench.result(second).status is Status.PENDING
        mark.touch()
        eventually(lambda: bench.result(second).status is Status.SUCCESS)


def forget(run_id, dask_scheduler):
    """What becomes of the tasks of a scheduler whose workers were all restarted."""
    keys = [key for key in dask_scheduler.tasks if run_id in str(key)]
    for client in list(dask_scheduler.clients):
        dask_scheduler.client_releases_keys(keys=keys, client=client)


def test_a_run_whose_kernel_died_while_it_waited_for_its_turn_is_started_by_a_worker(
    project, cluster, tmp_path
):
    mark = tmp_path / "mark"
    cluster.add_worker(**QUICK)
    kernel, [first, second] = submitted(project, cluster, "Alone", "Alone", mark=str(mark))
    with project.open() as bench:
        eventually(lambda: "Waits for" in bench.result(second).record.detail)
        kill(kernel.pid)
        kernel.communicate()
        mark.touch()
        eventually(lambda: bench.result(second).status is Status.SUCCESS)

        assert bench.result(first).record.ended <= bench.result(second).record.started


def test_a_run_whose_kernel_died_while_its_queue_had_no_worker_is_given_up_in_time(
    project, cluster
):
    cluster.add_worker(**QUICK, JOBNB_QUEUE_TIMEOUT="0.5")
    kernel, [first, second] = submitted(project, cluster, "Waits", "Drawn")
    with project.open() as bench:
        eventually(lambda: bench.result(first).status is Status.SUCCESS)
        assert bench.result(second).status is Status.PENDING
        kill(kernel.pid)
        kernel.communicate()
        eventually(lambda: bench.result(second).status is Status.REVOKED)

        detail = "It never started: no worker of queue 'gpu' came within 0.5 s."
        assert bench.result(second).detail == detail
