"""What a job leaves running when it ends, and what of it is still heard."""

from __future__ import annotations

import signal

import pytest

from jobnb.protocol import Status
from tests.processes import SECONDS, eventually, is_alive, kill

pytestmark = pytest.mark.cluster

JOBS = """
import itertools, os, subprocess, threading, time
from pathlib import Path
from jobnb import jobs

class Leaves(jobs.Job):
    what = jobs.StringVar()

    def run(self, *, what):
        if what == "process":
            return subprocess.Popen(["sleep", "600"]).pid
        if what == "thread that ends":
            threading.Thread(target=self.late).start()
        if what == "thread that does not":
            threading.Thread(target=time.sleep, args=(600,)).start()
        if what == "thread, and waits":
            threading.Thread(target=time.sleep, args=(600,)).start()
            self.logger.info("waiting")
            time.sleep(600)
        return None

    def late(self):
        time.sleep(0.3)
        self.logger.info("late")
        print("late print")

class HoldsTheGil(jobs.Job):
    marks = jobs.StringVar()

    def run(self, *, marks):
        helper = subprocess.Popen(["sleep", "600"])
        Path(marks).write_text(f"{os.getpid()} {helper.pid}")
        sum(itertools.repeat(0))

jobs.register_jobs(Leaves, HoldsTheGil)
"""


@pytest.fixture
def leaves(project):
    project.write("leaves.py", JOBS)
    with project.open() as bench:
        yield bench.get_job("Leaves")


@pytest.fixture
def hasty(project):
    project.write("leaves.py", JOBS)
    with project.open(exit_grace=0.5) as bench:
        yield bench.get_job("Leaves")


def test_a_process_that_a_job_leaves_behind_ends_with_it(leaves):
    pid = leaves.run(what="process").value

    eventually(lambda: not is_alive(pid))


def test_what_a_thread_says_after_the_end_of_the_job_is_kept(leaves):
    result = leaves.run(what="thread that ends")

    assert result.status is Status.SUCCESS
    assert [entry.message for entry in result.log][-2:] == ["late", "late print"]


@pytest.mark.parametrize(
    ("what", "said", "status"),
    [
        ("thread, and waits", "waiting", Status.REVOKED),
        ("thread that does not", "Job completed", Status.SUCCESS),
    ],
    ids=["working", "ended"],
)
def test_a_job_that_is_told_to_stop_does_not_sit_out_its_threads(project, what, said, status):
    project.write("leaves.py", JOBS)
    with project.open(exit_grace=600.0) as bench:
        result = bench.get_job("Leaves").submit(what=what)
        eventually(lambda: any(entry.message == said for entry in result.log))
        result.cancel().wait(SECONDS)

        assert result.status is status


def test_a_thread_that_does_not_end_does_not_hold_the_worker_for_ever(hasty):
    result = hasty.run(what="thread that does not")

    assert result.status is Status.SUCCESS
    assert "it is killed" in result.log[-1].message
    assert result.attempts[0].exit_code == -signal.SIGKILL


def test_a_job_in_native_code_dies_with_its_worker(project, cluster, tmp_path):
    project.write("leaves.py", JOBS)
    marks = tmp_path / "marks"
    worker = cluster.add_worker()
    with project.open(scheduler=cluster.address) as bench:
        bench.get_job("HoldsTheGil").submit(marks=str(marks))
        pids = [
            int(word) for word in eventually(lambda: marks.exists() and marks.read_text()).split()
        ]
        kill(worker.pid)

        eventually(lambda: not any(map(is_alive, pids)))
