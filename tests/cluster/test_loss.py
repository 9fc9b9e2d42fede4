"""Workers, kernels and schedulers that go: what the database says afterwards is true."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from jobnb.protocol import Reason, Status
from jobnb.workbench import Workbench
from tests.processes import SECONDS, eventually, is_alive, kill, read_until

pytestmark = pytest.mark.cluster

JOBS = """
import os, subprocess, time
from pathlib import Path
from jobnb import jobs

class Working(jobs.Job):
    marks = jobs.StringVar()
    seconds = jobs.IntegerVar(default=600)

    def run(self, *, marks, seconds):
        folder = Path(marks)
        # Fails if the body is executed twice.
        os.close(os.open(folder / "started", os.O_CREAT | os.O_EXCL))
        helper = subprocess.Popen(["sleep", "600"])
        (folder / "pids.new").write_text(f"{os.getpid()} {helper.pid}")
        (folder / "pids.new").rename(folder / "pids")
        for second in range(seconds * 10):
            self.logger.info("step %d", second)
            time.sleep(0.1)
        helper.kill()
        helper.wait()
        return "done"

jobs.register_jobs(Working)
"""


@pytest.fixture
def marks(tmp_path) -> Path:
    folder = tmp_path / "marks"
    folder.mkdir()
    return folder


def pids_of(marks: Path) -> list[int]:
    path = marks / "pids"
    eventually(path.exists)
    return [int(word) for word in path.read_text().split()]


def test_a_run_whose_worker_is_killed_ends_lost_and_never_runs_again(project, cluster, marks):
    project.write("working.py", JOBS)
    worker = cluster.add_worker()
    with project.open(scheduler=cluster.address) as bench:
        result = bench.get_job("Working").submit(marks=str(marks))
        pids = pids_of(marks)
        eventually(lambda: len(result.log) > 1)
    cluster.add_worker()
    kill(worker.pid)
    watched = project.jobnb("log", "-f", result.id)

    assert "step 0" in watched.stdout
    with project.open() as bench:
        lost = bench.result(result.id)
        assert (lost.status, lost.reason) == (Status.LOST, Reason.WORKER_LOST)
        assert len(lost.attempts) == 1
    eventually(lambda: not any(map(is_alive, pids)))


def test_a_run_outlives_the_kernel_that_started_it(project, cluster, marks):
    project.write("working.py", JOBS)
    cluster.add_worker()
    kernel = project.python(
        f"""
        import jobnb, time
        result = jobnb.submit("Working", marks={str(marks)!r}, seconds=2)
        print(result.id, flush=True)
        time.sleep(600)
        """,
        JOBNB_SCHEDULER=cluster.address,
    )
    run_id = kernel.stdout.readline().strip()
    pids_of(marks)
    kill(kernel.pid)
    kernel.communicate()

    watched = project.jobnb("log", "-f", run_id)
    with project.open() as bench:
        result = bench.result(run_id)
        assert (result.status, result.value) == (Status.SUCCESS, "done")
    assert [f"step {number}" in watched.stdout for number in range(20)] == [True] * 20


def test_runs_on_the_default_cluster_end_with_their_kernel_and_say_so(project, marks):
    project.write("working.py", JOBS)
    kernel = project.python(
        f"""
        import jobnb
        jobnb.configure(workers=1)
        first = jobnb.submit("Working", marks={str(marks)!r})
        second = jobnb.submit("Working", marks={str(marks)!r})
        print(first.id, second.id, flush=True)
        input()
        """
    )
    first, second = kernel.stdout.readline().split()
    pids = pids_of(marks)
    kernel.communicate("\n", timeout=SECONDS)

    with project.open() as bench:
        ends = [(bench.result(run).status, bench.result(run).reason) for run in (first, second)]
    assert ends == [(Status.REVOKED, Reason.OWNER_CLOSED)] * 2
    assert not any(map(is_alive, pids))


@pytest.mark.parametrize("ask", [Workbench.results, lambda bench: None], ids=["all", "each"])
def test_runs_of_a_killed_kernel_are_found_lost_or_never_started(project, marks, ask):
    project.write("working.py", JOBS)
    kernel = project.python(
        f"""
        import jobnb, time
        jobnb.configure(workers=1)
        first = jobnb.submit("Working", marks={str(marks)!r})
        second = jobnb.submit("Working", marks={str(marks)!r})
        print(first.id, second.id, flush=True)
        time.sleep(600)
        """
    )
    first, second = kernel.stdout.readline().split()
    pids = pids_of(marks)
    kill(kernel.pid)
    kernel.communicate()

    eventually(lambda: not any(map(is_alive, pids)))
    with project.open() as bench:
        ask(bench)
        ends = [(bench.result(run).status, bench.result(run).reason) for run in (first, second)]
        [attempt] = bench.result(first).attempts
    assert ends == [
        (Status.LOST, Reason.WORKER_LOST),
        (Status.REVOKED, Reason.NEVER_STARTED),
    ]
    remains = Path(tempfile.gettempdir()).glob(f"jobnb-{attempt.worker_id}")
    locks = Path(os.environ["JOBNB_STATE_DIR"], "workers").glob("*.lock")
    assert [*remains, *locks] == []


def test_a_stopped_worker_on_this_host_is_slow_and_not_lost(project, cluster, marks):
    project.write("working.py", JOBS)
    worker = cluster.add_worker()
    with project.open(scheduler=cluster.address, beat_interval=0.2, lost_after=0.5) as bench:
        result = bench.get_job("Working").submit(marks=str(marks), seconds=2)
        pids_of(marks)
        os.kill(worker.pid, signal.SIGSTOP)
        with pytest.raises(TimeoutError):
            result.wait(3)
        os.kill(worker.pid, signal.SIGCONT)

        assert result.wait(SECONDS).status is Status.SUCCESS


def test_the_default_cluster_outlives_a_long_stop(project):
    project.write(
        "hello.py",
        """
        from jobnb import jobs

        class Hello(jobs.Job):
            def run(self):
                return 1

        jobs.register_jobs(Hello)
        """,
    )
    kernel = project.python(
        """
        import jobnb
        print("first", jobnb.run("Hello").status, flush=True)
        input()
        print("second", jobnb.run("Hello").status, flush=True)
        """,
        DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL="1s",
        DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP="1s",
        DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT="1s",
        DASK_DISTRIBUTED__CLIENT__HEARTBEAT="200ms",
    )
    read_until(kernel, "first SUCCESS")
    os.kill(kernel.pid, signal.SIGSTOP)
    with pytest.raises(subprocess.TimeoutExpired):
        kernel.wait(timeout=6)
    os.kill(kernel.pid, signal.SIGCONT)
    rest, _ = kernel.communicate("\n", timeout=SECONDS)

    assert "second SUCCESS" in rest
    assert kernel.returncode == 0


@pytest.mark.parametrize("how", ["SIGTERM", "retire"])
def test_a_worker_that_shuts_down_stops_its_run_and_nobody_runs_it_again(
    project, cluster, marks, how
):
    project.write("working.py", JOBS)
    worker = cluster.add_worker()
    with project.open(scheduler=cluster.address) as bench:
        result = bench.get_job("Working").submit(marks=str(marks))
        pids = pids_of(marks)
        cluster.add_worker()
        client = bench.dispatch().launcher()._client
        client.wait_for_workers(2)
        if how == "SIGTERM":
            worker.terminate()
        else:
            [address] = [name for name, work in client.processing().items() if work]
            client.retire_workers([address])
        result.wait(SECONDS)

        assert (result.status, result.reason) == (Status.REVOKED, Reason.WORKER_CLOSED)
        assert len(result.attempts) == 1
        assert not any(map(is_alive, pids))
