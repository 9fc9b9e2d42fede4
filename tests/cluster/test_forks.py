"""A kernel that forks: what it forks owns nothing of jobnb's, and keeps nothing of it alive."""

from __future__ import annotations

import textwrap

import pytest

from jobnb.protocol import Reason, Status
from tests.processes import SECONDS, eventually, is_alive, kill, kill_tree, read_until

pytestmark = pytest.mark.cluster

JOBS = """
import os, time
from pathlib import Path
from jobnb import jobs

class Slow(jobs.Job):
    marks = jobs.StringVar(required=False)

    def run(self, *, marks):
        if marks:
            Path(marks).write_text(str(os.getpid()))
        time.sleep(3)

jobs.register_jobs(Slow)
"""


PRELUDE = """
import multiprocessing, os, time
import jobnb
jobnb.configure(workers=1)
jobnb.results()
fork = multiprocessing.get_context("fork")
"""


def start(project, code: str):
    project.write("slow.py", JOBS)
    return project.python(PRELUDE + textwrap.dedent(code))


def test_a_forked_process_ends_and_ends_no_run(project):
    kernel = start(
        project,
        """
        first, second = jobnb.submit("Slow"), jobnb.submit("Slow")
        while first.status == "PENDING":
            time.sleep(0.05)
        process = fork.Process(target=int)
        process.start()
        process.join(20)
        print("alive", process.is_alive(), flush=True)
        print("ends", first.wait().status, second.wait().status, flush=True)
        """,
    )
    said, _ = kernel.communicate(timeout=SECONDS)

    assert "alive False" in said
    assert "ends SUCCESS SUCCESS" in said


def test_a_forked_process_that_looks_at_results_declares_nothing_lost(project):
    kernel = start(
        project,
        """
        result = jobnb.submit("Slow")
        while result.status == "PENDING":
            time.sleep(0.05)
        def look():
            jobnb.results()
            result.live.peek()
        process = fork.Process(target=look)
        process.start()
        process.join(20)
        print("ends", result.wait().status, process.exitcode, flush=True)
        """,
    )
    said, _ = kernel.communicate(timeout=SECONDS)

    assert "ends SUCCESS 0" in said


def test_a_forked_process_does_not_keep_the_job_of_a_dead_kernel_alive(project, tmp_path):
    marks = tmp_path / "marks"
    kernel = start(
        project,
        f"""
        result = jobnb.submit("Slow", marks={str(marks)!r})
        while not os.path.exists({str(marks)!r}):
            time.sleep(0.05)
        process = fork.Process(target=time.sleep, args=(60,))
        process.start()
        print("forked", process.pid, result.id, flush=True)
        time.sleep(60)
        """,
    )
    _, pid, run_id = read_until(kernel, "forked").splitlines()[-1].split()
    job = int(marks.read_text())
    kill(kernel.pid)

    eventually(lambda: not is_alive(job), 2)
    kill(int(pid))
    kill_tree(kernel)
    kernel.communicate()
    with project.open() as bench:
        bench.results()
        assert bench.result(run_id).reason is Reason.WORKER_LOST
        assert bench.result(run_id).status is Status.LOST
