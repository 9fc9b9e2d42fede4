"""Queues: who may take a run, what it waits for, and who goes first."""

from __future__ import annotations

import pytest

from jobnb.errors import RunRefused
from jobnb.protocol import Reason, Status
from tests.processes import SECONDS, eventually

pytestmark = pytest.mark.cluster

JOBS = """
import time
from pathlib import Path
from jobnb import jobs

class Plain(jobs.Job):
    def run(self):
        return "done"

class Measured(jobs.Job):
    def run(self):
        self.logger.info("here")
        for _ in range(1000):
            time.sleep(0.01)

class Graphics(jobs.Job):
    class Meta:
        task_queues = ("gpu", "cpu", "default")

    gate = jobs.StringVar(default="", required=False)

    def run(self, *, gate):
        Path(self.request.id).touch()
        while gate and not Path(gate).exists():
            time.sleep(0.01)
        return "done"

jobs.register_jobs(Plain, Measured, Graphics)
"""


@pytest.fixture
def queued(project):
    project.write("queued.py", JOBS)
    return project


@pytest.fixture(scope="module")
def refusing(shared_project, shared_bench):
    """For calls that leave nothing behind."""
    shared_project.write("queued.py", JOBS)
    return shared_bench


@pytest.mark.parametrize(
    ("job", "queue", "words"),
    [
        ("Graphics", "gpx", "has no queue 'gpx'. It has: 'gpu', 'cpu', 'default'"),
        ("Plain", "gpu", "has no queue 'gpu'. It has: 'default'"),
    ],
)
def test_an_undeclared_queue_is_refused_by_name(refusing, job, queue, words):
    with pytest.raises(RunRefused) as refused:
        refusing.get_job(job).options(queue=queue).submit()

    assert words in str(refused.value)
    assert len(refusing.results()) == 0


def test_the_default_cluster_takes_every_queue_that_a_job_declares(queued, bench):
    job = bench.get_job("Graphics")
    runs = [job.run(), job.options(queue="cpu").run(), job.options(queue="default").run()]

    assert [run.value for run in runs] == ["done"] * 3
    assert [run.record.queue for run in runs] == ["gpu", "cpu", None]


def test_a_run_waits_for_a_worker_of_its_queue_and_says_so(queued, cluster):
    cluster.add_worker()
    with queued.open(scheduler=cluster.address) as bench:
        run = bench.get_job("Graphics").submit()
        assert bench.get_job("Plain").run().status is Status.SUCCESS
        eventually(lambda: run.detail == "Waits for a worker of queue 'gpu'.")
        assert run.status is Status.PENDING
        cluster.add_worker("--resources", "gpu=1")

        assert run.wait(SECONDS).status is Status.SUCCESS
        assert run.detail == ""


def test_a_worker_takes_as_many_runs_of_a_queue_as_it_says(queued, cluster, tmp_path):
    cluster.add_worker("--resources", "gpu=1")
    gate = tmp_path / "open"
    with queued.open(scheduler=cluster.address) as bench:
        runs = [bench.get_job("Graphics").submit(gate=str(gate)) for _ in range(2)]
        eventually(lambda: runs[0].status is Status.STARTED)
        assert bench.get_job("Plain").run().status is Status.SUCCESS

        assert runs[1].status is Status.PENDING
        gate.touch()
        assert [run.wait(SECONDS).status for run in runs] == [Status.SUCCESS] * 2


def test_a_run_whose_queue_gets_no_worker_in_time_never_starts(queued, cluster):
    with queued.open(scheduler=cluster.address) as bench:
        job = bench.get_job("Graphics").options(queue_timeout=0.2, check=False)
        run = job.run()

        assert (run.status, run.reason) == (Status.REVOKED, Reason.NEVER_STARTED)
        assert run.detail == "It never started: no worker of queue 'gpu' came within 0.2 s."


def test_a_run_that_is_cancelled_while_its_queue_has_no_worker_is_taken_back(queued, cluster):
    with queued.open(scheduler=cluster.address) as bench:
        run = bench.get_job("Graphics").submit()
        eventually(lambda: run.detail)
        run.cancel()

        assert run.status is Status.REVOKED
        eventually(lambda: not bench.dispatch().launcher().queued_tasks())


def test_a_higher_priority_goes_first_and_equal_ones_in_order(queued, tmp_path):
    gate = tmp_path / "open"
    with queued.open(workers=1) as bench:
        job = bench.get_job("Graphics")
        first = job.submit(gate=str(gate))
        eventually(lambda: first.status is Status.STARTED)
        priorities = [0, 0, 10, -5, 10, 0, 0]
        runs = [job.options(priority=number).submit() for number in priorities]
        gate.touch()
        ended = [run.wait(SECONDS) for run in runs]

        order = sorted(range(len(runs)), key=lambda at: ended[at].started)
        assert order == [2, 4, 0, 1, 5, 6, 3]


def test_runs_of_two_kernels_start_in_the_order_of_their_submits(queued, cluster, tmp_path):
    cluster.add_worker("--resources", "gpu=1")
    gate = tmp_path / "open"
    with (
        queued.open(scheduler=cluster.address) as one,
        queued.open(scheduler=cluster.address) as two,
    ):
        first = one.get_job("Graphics").submit(gate=str(gate))
        eventually(lambda: first.status is Status.STARTED)
        runs = [bench.get_job("Graphics").submit() for bench in (one, two) * 3]
        gate.touch()
        started = [run.wait(SECONDS).started for run in runs]

    assert started == sorted(started)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"priority": 5000}, "wants a number from -1000 to 1000, not 5000"),
        ({"key": " "}, "wants 1 to 200 characters"),
        ({"key": "x" * 201}, "wants 1 to 200 characters"),
        ({"queue_timeout": 0}, "wants seconds above 0, not 0"),
    ],
)
def test_an_option_that_cannot_be_is_refused_before_anything_is_written(refusing, options, words):
    with pytest.raises(RunRefused, match=words):
        refusing.get_job("Graphics").options(**options).submit()

    assert len(refusing.results()) == 0


def test_a_run_that_is_cancelled_leaves_its_profile_too(queued, bench):
    run = bench.get_job("Measured").options(profile=True).submit()
    eventually(lambda: "here" in str(run.log))
    run.cancel().wait(SECONDS)

    assert run.status is Status.REVOKED
    assert [file.name for file in run.files] == ["Measured.pstats"]
