"""A cleanup while runs work: it takes the old ones, and touches nothing that is needed."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from jobnb.protocol import Status
from tests.processes import SECONDS

pytestmark = pytest.mark.cluster

JOBS = """
import time
from jobnb import jobs

class Busy(jobs.Job):
    lines = jobs.IntegerVar(default=1)

    def run(self, *, lines):
        for number in range(lines):
            self.logger.info("line %d", number)
            time.sleep(0.01)
        self.create_file("report.txt", "the same every time")

jobs.register_jobs(Busy)
"""


@pytest.fixture
def busy(project, bench):
    project.write("busy.py", JOBS)
    return bench.get_job("Busy")


def test_runs_that_have_ended_go_and_the_one_that_works_loses_nothing(bench, busy):
    old = [busy.run() for _ in range(3)]
    working = busy.submit(lines=100)
    report = bench.cleanup(timedelta(0))

    assert report.removed.runs == len(old)
    assert working.wait(SECONDS).status is Status.SUCCESS
    messages = [entry.message for entry in working.log if entry.message.startswith("line")]
    assert messages == [f"line {number}" for number in range(100)]
    assert [file.read() for file in working.files] == [b"the same every time"]


def test_cleaning_all_the_time_disturbs_no_run(bench, busy):
    is_over = threading.Event()

    def sweep():
        while not is_over.is_set():
            bench.cleanup(timedelta(seconds=1), job="Nobody's")
            time.sleep(0.01)

    sweeper = threading.Thread(target=sweep)
    sweeper.start()
    try:
        ends = {busy.run(lines=3).status for _ in range(8)}
    finally:
        is_over.set()
        sweeper.join()
    assert ends == {Status.SUCCESS}


def test_a_dry_run_tells_what_would_go(project, busy):
    busy.run()
    told = project.jobnb("cleanup", "--older-than", "0s", "--dry-run")
    done = project.jobnb("cleanup", "--older-than", "0s", "--job", "Busy", "--status", "success")

    assert told.stdout.startswith("Would remove 1 run that ended before"), told.stderr
    assert done.stdout.startswith("Removed 1 run that ended before"), done.stderr
    assert project.jobnb("results").stdout == "No runs.\n"
