"""A laptop that sleeps: everything stops, everything wakes up together, and nothing is lost."""

from __future__ import annotations

import os
import signal
import time

import psutil
import pytest

from tests.processes import SECONDS, eventually

pytestmark = pytest.mark.cluster

JOBS = """
import time
from jobnb import jobs

class Naps(jobs.Job):
    def run(self):
        for number in range(20):
            self.logger.info("step %d", number)
            time.sleep(0.1)
        return "rested"

jobs.register_jobs(Naps)
"""
QUICK = {"JOBNB_BEAT_INTERVAL": "0.2", "JOBNB_LOST_AFTER": "0.5"}

KERNEL = """
import jobnb
result = jobnb.submit("Naps")
print(result.id, flush=True)
result.wait(60)
print(result.status, result.detail, result.value, flush=True)
"""


def sleep_together(programs, seconds):
    """Stops the programs with all that they have started, and lets all go on at once."""
    heads = [psutil.Process(program.pid) for program in programs]
    members = [*heads, *(child for head in heads for child in head.children(recursive=True))]
    for member in members:
        os.kill(member.pid, signal.SIGSTOP)
    time.sleep(seconds)
    for member in members:
        os.kill(member.pid, signal.SIGCONT)


@pytest.mark.parametrize("where", ["detached", "embedded"])
def test_no_run_is_lost_when_all_wake_up_together(project, request, where):
    project.write("naps.py", JOBS)
    programs, environment = [], dict(QUICK)
    if where == "detached":
        cluster = request.getfixturevalue("cluster")
        cluster.add_worker(**QUICK)
        environment["JOBNB_SCHEDULER"] = cluster.address
        programs += cluster.processes
    kernel = project.python(KERNEL, **environment)
    run_id = kernel.stdout.readline().strip()
    with project.open() as bench:
        eventually(lambda: len(bench.result(run_id).log) >= 3)
    sleep_together([*programs, kernel], 2.5)
    told, _ = kernel.communicate(timeout=SECONDS)

    assert "SUCCESS  rested" in told
    with project.open() as bench:
        messages = [entry.message for entry in bench.result(run_id).log]
    steps = [message for message in messages if message.startswith("step")]
    assert steps == [f"step {number}" for number in range(20)]
