"""Another attempt: when it comes, who starts it, and that it comes once."""

from __future__ import annotations

import os
import signal

import pytest

from jobnb.protocol import Reason, Status
from tests.processes import SECONDS, eventually, is_alive, kill

pytestmark = pytest.mark.cluster

JOBS = """
import os, time
from pathlib import Path
from jobnb import jobs

class Flaky(jobs.Job):
    marks = jobs.StringVar()
    fails = jobs.IntegerVar(default=1)

    class Meta:
        max_retries = 2
        retry_delay = 0.2

    def run(self, *, marks, fails):
        number = self.request.retries + 1
        # Breaks if an attempt is executed twice.
        os.close(os.open(Path(marks, str(number)), os.O_CREAT | os.O_EXCL))
        self.logger.info("attempt %d", number)
        if number <= fails:
            raise ValueError(f"attempt {number} fails")
        return number

    def on_retry(self, exc, task_id, args, kwargs, einfo):
        self.logger.info("on_retry %s", exc)

    def on_failure(self, exc, task_id, args, kwargs, einfo):
        self.logger.info("on_failure %s", exc)

    def after_return(self, status, retval, task_id, args, kwargs, einfo):
        self.logger.info("after_return %s", status)

class Patient(Flaky):
    class Meta:
        max_retries = 1
        retry_delay = 2

class Distant(Flaky):
    class Meta:
        max_retries = 1
        retry_delay = 600

class Wandering(Flaky):
    class Meta:
        max_retries = 1
        retry_delay = 0.2
        retry_on = "lost"

    def run(self, *, marks, fails):
        value = super().run(marks=marks, fails=0)
        if value <= fails:
            Path(marks, "pid").write_text(str(os.getpid()))
            time.sleep(600)
        return value

jobs.register_jobs(Flaky, Patient, Distant, Wandering)
"""


@pytest.fixture
def marks(project, tmp_path):
    project.write("flaky.py", JOBS)
    folder = tmp_path / "marks"
    folder.mkdir()
    return folder


def said(result):
    return [entry.message for entry in result.log if entry.grouping not in ("supervision", "")]


def test_a_failed_attempt_is_followed_by_another_one(bench, marks):
    result = bench.get_job("Flaky").run(marks=str(marks))
    numbers = [entry.number for entry in result.log]

    assert (result.status, result.value) == (Status.SUCCESS, 2)
    assert [attempt.reason for attempt in result.attempts] == [Reason.EXCEPTION, None]
    assert "on_retry attempt 1 fails" in said(result)
    assert "after_return SUCCESS" in said(result)
    assert "after_return FAILURE" not in said(result)
    assert "Attempt 1 of 3 ended in FAILURE: ValueError: attempt 1 fails" in str(result.log)
    assert numbers == list(range(1, len(numbers) + 1))
    assert (result.detail, result.traceback) == ("", None)


def test_the_next_attempt_comes_when_it_is_due_and_not_with_the_next_beat(project, marks):
    with project.open(beat_interval=600, lost_after=1200) as bench:
        result = bench.get_job("Flaky").submit(marks=str(marks)).wait(SECONDS)

        assert result.value == 2


def test_the_failure_of_the_last_attempt_is_that_of_the_run(bench, marks):
    result = bench.get_job("Flaky").options(check=False).run(marks=str(marks), fails=9)

    assert (result.status, result.reason) == (Status.FAILURE, Reason.EXCEPTION)
    assert result.detail == "ValueError: attempt 3 fails"
    assert sorted(path.name for path in marks.iterdir()) == ["1", "2", "3"]
    assert [text for text in said(result) if text.startswith("on_")] == [
        "on_retry attempt 1 fails",
        "on_retry attempt 2 fails",
        "on_failure attempt 3 fails",
    ]


def test_a_run_that_waits_for_its_next_attempt_can_be_cancelled(bench, marks):
    result = bench.get_job("Distant").submit(marks=str(marks))
    eventually(lambda: result.status is Status.RETRY)
    assert "The next one is due in 600 s." in result.detail
    result.cancel()

    assert (result.status, result.reason) == (Status.REVOKED, Reason.CANCELLED)
    assert result.detail == f"Cancelled by {bench.settings.user} before its next attempt."
    assert len(result.attempts) == 1


def test_a_kernel_that_ends_closes_what_waits_for_its_next_attempt(project, marks):
    with project.open() as bench:
        run_id = bench.get_job("Distant").submit(marks=str(marks)).id
        eventually(lambda: bench.result(run_id).status is Status.RETRY)
        # The task of the first attempt ends after the attempt, and is forgotten then.
        eventually(lambda: bench.dispatch().observe() or not bench.dispatch().launcher().runs)
    with project.open() as bench:
        result = bench.result(run_id)

        assert (result.status, result.reason) == (Status.REVOKED, Reason.OWNER_CLOSED)


def test_the_next_attempt_comes_although_its_submitter_is_dead(project, cluster, marks):
    cluster.add_worker()
    kernel = project.python(
        f"""
        import jobnb, time
        print(jobnb.submit("Patient", marks={str(marks)!r}).id, flush=True)
        time.sleep(600)
        """,
        JOBNB_SCHEDULER=cluster.address,
    )
    run_id = kernel.stdout.readline().strip()
    with project.open() as bench:
        result = bench.result(run_id)
        eventually(lambda: result.status is Status.RETRY)
        kill(kernel.pid)
        kernel.communicate()
        eventually(lambda: result.status is Status.SUCCESS)

        assert result.value == 2
        assert len(result.attempts) == 2


def test_a_lost_attempt_is_followed_by_another_one_if_the_job_says_so(project, cluster, marks):
    worker = cluster.add_worker()
    with project.open(scheduler=cluster.address, beat_interval=0.5, lost_after=2) as bench:
        result = bench.get_job("Wandering").submit(marks=str(marks))
        eventually((marks / "pid").exists)
        cluster.add_worker()
        kill(worker.pid)
        result.wait(SECONDS)

        assert (result.status, result.value) == (Status.SUCCESS, 2)
        assert [item.reason for item in result.attempts] == [Reason.WORKER_LOST, None]


def test_an_attempt_declared_lost_that_wakes_up_is_killed_and_not_heard(project, cluster, marks):
    worker = cluster.add_worker()
    with project.open(scheduler=cluster.address, beat_interval=0.2, lost_after=0.5) as bench:
        result = bench.get_job("Wandering").submit(marks=str(marks), fails=2)
        pid = int(eventually(lambda: (marks / "pid").exists() and (marks / "pid").read_text()))
        move_away(bench, result.attempts[0].worker_id)
        os.kill(worker.pid, signal.SIGSTOP)
        eventually(lambda: bench.results() and result.status is Status.RETRY)
        result.cancel()
        before = result.record, len(result.log)
        os.kill(worker.pid, signal.SIGCONT)

        eventually(lambda: not is_alive(pid))
        assert (result.record, len(result.log)) == before


def move_away(bench, worker_id):
    """Lets a worker look as if it were on another host: only its beat tells that it lives."""
    with bench.database().write() as connection:
        change = f"UPDATE jobnb_worker SET boot_id = 'other' WHERE worker_id = '{worker_id}'"
        connection.exec_driver_sql(change)
