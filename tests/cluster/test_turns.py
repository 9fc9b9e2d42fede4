"""Runs that may not work beside each other: refused, or one after the other."""

from __future__ import annotations

import pytest

from jobnb.errors import RunRefused
from jobnb.protocol import Reason, Status
from tests.processes import SECONDS, eventually, kill

pytestmark = pytest.mark.cluster

JOBS = """
import os, time
from pathlib import Path
from jobnb import jobs

class Base(jobs.Job):
    marks = jobs.StringVar()
    device = jobs.StringVar(default="sw1")

    def run(self, *, marks, device):
        gate = Path(marks)
        gate.mkdir(exist_ok=True, parents=True)
        (gate / f"{time.time_ns()} {self.request.id}").touch()
        inside = gate / "inside"
        os.close(os.open(inside, os.O_CREAT | os.O_EXCL))  # fails beside another
        while not (gate / "open").exists():
            time.sleep(0.01)
        inside.unlink()

class Single(Base):
    class Meta:
        is_singleton = True

class Queueing(Base):
    class Meta:
        is_singleton = True
        when_busy = "wait"

class PerDevice(Base):
    class Meta:
        concurrency_key = ("device",)

class Pair(Base):
    class Meta:
        max_concurrent = 2

    def run(self, *, marks, device):
        while not Path(marks, "open").exists():
            time.sleep(0.01)

jobs.register_jobs(Single, Queueing, PerDevice, Pair)
"""


@pytest.fixture
def gate(tmp_path):
    folder = tmp_path / "gate"
    folder.mkdir()
    return folder


@pytest.fixture
def working(project, bench):
    project.write("working.py", JOBS)
    return bench


def starts(gate):
    """The ids of the runs that have started, in that order."""
    return [path.name.split()[1] for path in sorted(gate.glob("[0-9]*"))]


def test_a_second_run_of_a_singleton_is_refused_with_the_name_of_the_first(working, gate):
    first = working.get_job("Single").submit(marks=str(gate))
    eventually(lambda: first.status is Status.STARTED)

    with pytest.raises(RunRefused, match="singleton and already running") as refused:
        working.get_job("Single").run(marks=str(gate))

    assert first.id[:8] in str(refused.value)
    assert len(working.results()) == 1
    (gate / "open").touch()
    assert first.wait(SECONDS).status is Status.SUCCESS
    assert working.get_job("Single").run(marks=str(gate)).status is Status.SUCCESS


def test_a_run_that_ignores_the_lock_works_beside_and_warns(working, gate, tmp_path):
    first = working.get_job("Single").submit(marks=str(gate))
    eventually(lambda: first.status is Status.STARTED)
    other = tmp_path / "other"
    other.mkdir()
    (other / "open").touch()

    beside = working.get_job("Single").options(ignore_singleton_lock=True).run(marks=str(other))

    assert "singleton will be ignored" in str(beside.log)
    assert first.status is Status.STARTED
    assert beside.options == {"ignore_singleton_lock": True}
    (gate / "open").touch()
    first.wait(SECONDS)


def test_a_run_that_others_outran_to_the_worker_fails_with_that_reason(project, gate):
    project.write("working.py", JOBS)
    with project.open(workers=1) as bench:
        blocker = bench.get_job("Pair").submit(marks=str(gate))
        late = bench.get_job("Single").submit(marks=str(gate))
        with project.open(workers=1) as other:
            job = other.get_job("Single").options(ignore_singleton_lock=True)
            first = job.submit(marks=str(gate.with_name("elsewhere")))
            eventually(lambda: first.status is Status.STARTED)
            (gate / "open").touch()
            late.wait(SECONDS)

            assert (late.status, late.reason) == (Status.FAILURE, Reason.BUSY)
            assert late.detail == "Job Single is a singleton and already running."
            assert late.attempts == []
            assert blocker.wait(SECONDS).status is Status.SUCCESS
            first.cancel().wait(SECONDS)


def test_a_waiting_run_that_others_outran_to_the_worker_gets_its_turn_again(project, gate):
    project.write("working.py", JOBS)
    with project.open(workers=1) as bench, project.open(workers=1) as other:
        blocker = bench.get_job("Pair").submit(marks=str(gate))
        late = bench.get_job("Queueing").submit(marks=str(gate))
        job = other.get_job("Queueing").options(ignore_singleton_lock=True)
        first = job.submit(marks=str(gate.with_name("elsewhere")))
        eventually(lambda: first.status is Status.STARTED)
        (gate / "open").touch()
        blocker.wait(SECONDS)
        eventually(lambda: late.live.peek() and f"Waits for run {first.id[:8]}" in late.detail)
        first.cancel()

        assert late.wait(SECONDS).status is Status.SUCCESS
        assert len(late.attempts) == 1


def test_runs_that_wait_start_one_after_the_other_in_the_order_of_their_submits(working, gate):
    (gate / "open").touch()
    job = working.get_job("Queueing")
    runs = [job.submit(marks=str(gate)) for _ in range(6)]
    ends = [run.wait(SECONDS).status for run in runs]

    assert ends == [Status.SUCCESS] * 6
    assert starts(gate) == [run.id for run in runs]


def test_a_run_that_waits_for_another_says_so_and_blocks_no_thread(working, gate):
    first = working.get_job("Queueing").submit(marks=str(gate))
    eventually(lambda: first.status is Status.STARTED)
    waiting = [working.get_job("Queueing").submit(marks=str(gate)) for _ in range(3)]
    eventually(lambda: f"Waits for run {first.id[:8]}" in waiting[-1].detail)

    assert {run.status for run in waiting} == {Status.PENDING}
    (gate.with_name("free")).mkdir()
    (gate.with_name("free") / "open").touch()
    free = working.get_job("PerDevice").run(marks=str(gate.with_name("free")))
    assert free.status is Status.SUCCESS
    assert waiting[0].cancel().status is Status.REVOKED
    (gate / "open").touch()
    assert waiting[2].wait(SECONDS).status is Status.SUCCESS
    assert waiting[2].detail == ""


def test_runs_for_other_values_of_the_key_do_not_wait(working, gate):
    job = working.get_job("PerDevice")
    first = job.submit(marks=str(gate), device="sw1")
    other = job.submit(marks=str(gate.with_name("b")), device="sw2")
    eventually(lambda: (first.status, other.status) == (Status.STARTED, Status.STARTED))

    with pytest.raises(RunRefused, match=r'with \{"device":"sw2"\} is already running, once'):
        job.submit(marks=str(gate), device="sw2")
    for run in (first, other):
        run.cancel()
        run.wait(SECONDS)


def test_more_runs_than_may_work_at_once_are_refused(working, gate):
    job = working.get_job("Pair")
    runs = [job.submit(marks=str(gate)) for _ in range(2)]

    with pytest.raises(RunRefused, match="already running, 2 times"):
        job.submit(marks=str(gate))
    (gate / "open").touch()
    assert [run.wait(SECONDS).status for run in runs] == [Status.SUCCESS] * 2


def test_a_run_waits_for_one_of_another_kernel_and_starts_when_that_is_killed(project, gate):
    project.write("working.py", JOBS)
    kernel = project.python(
        f"""
        import jobnb, time
        print(jobnb.submit("Queueing", marks={str(gate)!r}).id, flush=True)
        time.sleep(600)
        """
    )
    first = kernel.stdout.readline().strip()
    eventually(lambda: starts(gate))
    with project.open(beat_interval=0.5, lost_after=5) as bench:
        waiting = bench.get_job("Queueing").submit(marks=str(gate.with_name("mine")))
        eventually(lambda: f"Waits for run {first[:8]}" in waiting.detail)
        kill(kernel.pid)
        kernel.communicate()
        eventually(lambda: waiting.status is Status.STARTED)

        assert bench.result(first).status is Status.LOST
        waiting.cancel()
        waiting.wait(SECONDS)


STARTER = """
import jobnb
from jobnb.errors import RunRefused
job = jobnb.get_job("Single")
print("ready", flush=True)
input()
try:
    print(job.submit(marks={marks!r}).id, flush=True)
    input()
except RunRefused as refused:
    print("refused", refused, flush=True)
"""


def test_of_eight_processes_that_start_a_singleton_at_once_one_does(project, gate):
    project.write("working.py", JOBS)
    kernels = [project.python(STARTER.format(marks=str(gate))) for _ in range(8)]
    for kernel in kernels:
        assert kernel.stdout.readline() == "ready\n"
    for kernel in kernels:
        kernel.stdin.write("\n")
        kernel.stdin.flush()
    said = [kernel.stdout.readline() for kernel in kernels]
    eventually(lambda: starts(gate))
    (gate / "open").touch()
    for kernel in kernels:
        kernel.communicate("\n", timeout=SECONDS)

    assert sum("is a singleton and already running" in line for line in said) == 7
    assert len(starts(gate)) == 1


def test_runs_of_four_kernels_that_must_wait_all_run_and_never_two_at_once(project, gate):
    project.write("working.py", JOBS)
    (gate / "open").touch()
    code = STARTER.replace('get_job("Single")', 'get_job("Queueing")').format(marks=str(gate))
    code = code.replace("print(job.submit(", "print(job.run(").replace("    input()\n", "")
    kernels = [project.python(code) for _ in range(4)]
    for kernel in kernels:
        assert kernel.stdout.readline() == "ready\n"
    for kernel in kernels:
        kernel.stdin.write("\n")
        kernel.stdin.flush()
    for kernel in kernels:
        kernel.communicate(timeout=SECONDS)

    with project.open() as bench:
        assert {run.status for run in bench.results()} == {Status.SUCCESS}
    assert len(starts(gate)) == 4


def test_a_run_that_waits_ends_with_the_default_cluster(project, gate):
    project.write("working.py", JOBS)
    with project.open() as bench:
        first = bench.get_job("Queueing").submit(marks=str(gate))
        eventually(lambda: first.status is Status.STARTED)
        waiting = bench.get_job("Queueing").submit(marks=str(gate))
    with project.open() as bench:
        record = bench.result(waiting.id).record

        assert (record.status, record.reason) == (Status.REVOKED, Reason.OWNER_CLOSED)


def test_a_run_whose_kernel_died_while_it_waited_is_started_by_another_one(project, cluster, gate):
    project.write("working.py", JOBS)
    cluster.add_worker()
    with project.open(scheduler=cluster.address, beat_interval=0.5, lost_after=5) as bench:
        first = bench.get_job("Queueing").submit(marks=str(gate))
        eventually(lambda: first.status is Status.STARTED)
        kernel = project.python(
            f"""
            import jobnb, time
            print(jobnb.submit("Queueing", marks={str(gate)!r}).id, flush=True)
            time.sleep(600)
            """,
            JOBNB_SCHEDULER=cluster.address,
        )
        waiting = bench.result(kernel.stdout.readline().strip())
        kill(kernel.pid)
        kernel.communicate()
        (gate / "open").touch()

        assert waiting.wait(SECONDS).status is Status.SUCCESS
        assert starts(gate) == [first.id, waiting.id]
