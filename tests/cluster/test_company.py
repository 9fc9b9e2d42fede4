"""Several users of one database in one process do nothing to each other."""

from __future__ import annotations

import signal
import threading

import pytest
from distributed import Client, LocalCluster

from jobnb.protocol import Reason, Status
from jobnb.settings import load_settings
from jobnb.workbench import Workbench
from tests.cluster.conftest import RecordingViewer
from tests.processes import SECONDS, eventually

pytestmark = pytest.mark.cluster

JOBS = """
import threading, time
from jobnb import jobs

class Slow(jobs.Job):
    seconds = jobs.IntegerVar(default=2)

    def run(self, *, seconds):
        time.sleep(seconds)

class FailsAndLingers(jobs.Job):
    def run(self):
        threading.Thread(target=self.linger).start()
        raise ValueError("the true failure")

    def linger(self):
        threading.main_thread().join(0.5)  # it never ends before this thread does
        self.logger.info("lingering")
        time.sleep(2)

jobs.register_jobs(Slow, FailsAndLingers)
"""


@pytest.fixture
def slow(project):
    project.write("slow.py", JOBS)
    return project


def test_a_workbench_that_closes_ends_its_own_runs_only(slow):
    with slow.open(workers=1) as second:
        with slow.open(workers=1) as first:
            ours = [first.get_job("Slow").submit(seconds=600) for _ in range(2)]
            theirs = [second.get_job("Slow").submit() for _ in range(2)]
            eventually(lambda: ours[0].status is theirs[0].status is Status.STARTED)
        ends = [second.result(result.id).reason for result in ours]

        assert ends == [Reason.OWNER_CLOSED] * 2
        assert [result.wait(SECONDS).status for result in theirs] == [Status.SUCCESS] * 2


def test_a_client_that_its_user_closes_leaves_a_stop_that_stops(slow):
    settings = load_settings(
        {"database_url": slow.database_url, "enable_new_jobs": True}, folder=slow.root
    )
    with LocalCluster(
        processes=False, n_workers=1, threads_per_worker=1, dashboard_address=":0"
    ) as cluster:
        client = Client(cluster, set_as_default=False)
        bench = Workbench(settings, RecordingViewer(), client)
        working, waiting = (bench.get_job("Slow").submit() for _ in range(2))
        eventually(lambda: working.status is Status.STARTED)
        client.close()
        waiting.wait(SECONDS)

        assert working.cancel().wait(SECONDS).status is Status.REVOKED
        assert (waiting.status, waiting.reason) == (Status.REVOKED, Reason.NEVER_STARTED)
        bench.close()


def test_a_cancel_that_comes_after_the_failure_changes_nothing(slow):
    with slow.open() as bench:
        result = bench.get_job("FailsAndLingers").submit()
        eventually(lambda: "lingering" in [entry.message for entry in result.log])
        result.cancel().wait(SECONDS)

        assert (result.status, result.reason) == (Status.FAILURE, Reason.EXCEPTION)


def test_a_program_that_ignores_its_children_still_hears_how_they_ended(slow):
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        with slow.open() as bench:
            result = bench.get_job("Slow").run()
    finally:
        signal.signal(signal.SIGCHLD, before)

    assert result.status is Status.SUCCESS


def test_a_closed_workbench_leaves_no_thread_of_ours(slow):
    before = {thread for thread in threading.enumerate() if thread.name.startswith("jobnb")}
    with slow.open() as bench:
        bench.get_job("Slow").submit()
    after = {thread for thread in threading.enumerate() if thread.name.startswith("jobnb")}

    assert after <= before
