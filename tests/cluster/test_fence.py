"""A run that was declared lost and goes on: its child is stopped, its late words are refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jobnb.protocol import Status
from tests.processes import SECONDS, eventually, is_alive

pytestmark = pytest.mark.cluster

JOBS = """
import os, time
from jobnb import jobs

class Ticking(jobs.Job):
    def run(self):
        self.logger.info("%d", os.getpid())
        while True:
            self.logger.info("tick")
            time.sleep(0.01)

class Slow(jobs.Job):
    def run(self):
        self.logger.info("%d", os.getpid())
        time.sleep(600)

jobs.register_jobs(Ticking, Slow)
"""


def test_a_fenced_attempt_writes_nothing_more_and_its_child_is_killed(project, bench):
    project.write("ticking.py", JOBS)
    result = bench.get_job("Ticking").submit()
    eventually(lambda: len(result.log) > 5)
    pid = int(next(entry for entry in result.log if entry.grouping == "run").message)
    [attempt] = result.attempts
    bench.dispatch().results.declare_lost(result.id, attempt.token, "lost in a test")
    before = result.record, len(result.log)

    eventually(lambda: not is_alive(pid))
    eventually(lambda: not bench.dispatch().presence().attends(attempt.token))
    assert (result.record, len(result.log)) == before
    assert result.status is Status.LOST


def test_a_second_delivery_of_a_run_starts_nothing(project, bench):
    project.write("ticking.py", JOBS)
    result = bench.get_job("Slow").submit()
    eventually(lambda: result.status is Status.STARTED)
    dispatch = bench.dispatch()
    order = replace(dispatch._orders.probe, run_id=result.id)
    dispatch.launcher().launch(order, "Slow", tries=2)
    dispatch.launcher()._tasks[result.id].future.result()

    assert len(result.attempts) == 1
    assert result.status is Status.STARTED
    result.cancel().wait(SECONDS)
