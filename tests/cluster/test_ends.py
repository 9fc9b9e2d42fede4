"""However a job ends: the status is true, the reason is said, nothing that it wrote is lost."""

from __future__ import annotations

import pytest

from jobnb.errors import JobFailed
from jobnb.protocol import EntryKind, Reason, Status

pytestmark = pytest.mark.cluster

JOBS = """
import ctypes, os, signal, sys
from jobnb import jobs

class Ending(jobs.Job):
    how = jobs.StringVar()

    def before_start(self, task_id, args, kwargs):
        if kwargs["how"] == "before_start":
            raise ValueError("in before_start")

    def run(self, *, how):
        self.logger.info("logged before the end")
        print("printed before the end")
        print("no line end", end="")
        if how == "os._exit":
            os._exit(3)
        if how == "exit 0":
            os._exit(0)
        if how == "segfault":
            ctypes.string_at(0)
        if how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "sys.exit":
            sys.exit(4)
        if how == "raise":
            raise ValueError("broken <b>disk</b>")
        if how == "fail":
            self.fail("not good enough")
        return how

    def on_success(self, retval, task_id, args, kwargs):
        if retval == "on_success":
            raise ValueError("in on_success")

    def on_failure(self, exc, task_id, args, kwargs, einfo):
        if kwargs["how"] == "on_failure":
            raise ValueError("in on_failure")

    def after_return(self, status, retval, task_id, args, kwargs, einfo):
        if kwargs["how"] == "after_return":
            raise ValueError("in after_return")

jobs.register_jobs(Ending)
"""


@pytest.fixture(scope="module")
def ending(shared_project, shared_bench):
    shared_project.write("ending.py", JOBS)
    return shared_bench.get_job("Ending").options(check=False)


@pytest.mark.parametrize(
    ("how", "reason", "words"),
    [
        ("os._exit", Reason.EXIT_CODE, "exit code 3"),
        ("exit 0", Reason.EXIT_CODE, "exit code 0"),
        ("segfault", Reason.SIGNAL, "SIGSEGV"),
        ("kill", Reason.SIGNAL, "SIGKILL"),
        ("sys.exit", Reason.SYSTEM_EXIT, "sys.exit(4)"),
        ("raise", Reason.EXCEPTION, "ValueError: broken <b>disk</b>"),
        ("fail", Reason.FAIL_CALLED, "not good enough"),
        ("before_start", Reason.EXCEPTION, "in before_start"),
        ("on_success", Reason.EXCEPTION, "in on_success"),
        ("after_return", Reason.EXCEPTION, "in after_return"),
    ],
)
def test_a_failure_says_its_true_reason_and_the_worker_serves_the_next_run(
    ending, how, reason, words
):
    result = ending.run(how=how)

    assert (result.status, result.reason) == (Status.FAILURE, reason)
    assert words in result.detail
    assert ending.run(how="well").status is Status.SUCCESS


@pytest.mark.parametrize("how", ["os._exit", "segfault", "kill", "sys.exit", "raise", "fail"])
def test_all_that_was_written_before_the_end_is_kept(ending, how):
    result = ending.run(how=how)
    messages = [entry.message for entry in result.log]

    assert "logged before the end" in messages
    assert "printed before the end" in messages
    assert "no line end" in messages


@pytest.mark.parametrize("how", ["os._exit", "kill"])
def test_that_the_process_has_died_comes_after_all_that_it_has_said(ending, how):
    *_, before, last = [entry.message for entry in ending.run(how=how).log]

    assert before == "no line end"
    assert last.startswith("The process of the job ended")


def test_an_unhandled_exception_is_an_entry_with_the_authors_own_path_and_line(
    shared_project, ending
):
    result = ending.run(how="raise")
    [entry] = [entry for entry in result.log if entry.kind is EntryKind.TRACEBACK]

    assert str(shared_project.root / "jobs" / "ending.py") in entry.message
    assert 'raise ValueError("broken <b>disk</b>")' in entry.message
    assert result.traceback == entry.message
    assert result.record.error_count == 0


def test_run_raises_unless_the_run_succeeds(shared_bench, ending):
    with pytest.raises(JobFailed, match="ValueError: broken") as caught:
        shared_bench.get_job("Ending").run(how="raise")
    assert caught.value.result.status is Status.FAILURE


def test_an_edited_file_is_new_at_the_next_run(project, bench):
    path = project.write("ending.py", JOBS)
    before = bench.get_job("Ending").run(how="well")
    path.write_text(JOBS.replace("return how", "return how.upper()"))
    after = bench.get_job("Ending").run(how="well")

    assert (before.value, after.value) == ("well", "WELL")
    assert before.record.snapshot != after.record.snapshot
