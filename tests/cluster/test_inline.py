"""In a child or inline: one behaviour, and an inline run leaves its process as it was."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import traceback
from pathlib import Path

import pytest

from jobnb.errors import JobFailed, RunRefused
from jobnb.protocol import EntryKind, Reason, Status
from tests.processes import eventually

pytestmark = pytest.mark.cluster

JOBS = """
import os, sys, time
from pathlib import Path
from jobnb import jobs

class Ending(jobs.Job):
    how = jobs.StringVar()

    def before_start(self, task_id, args, kwargs):
        if kwargs["how"] == "before_start":
            raise ValueError("in before_start")

    def run(self, *, how):
        self.logger.info("logged before the end", extra={"grouping": "here"})
        print("printed before the end")
        self.create_file("report.txt", "all is well")
        Path("scratch.txt").write_text("x")
        print("no line end", end="")
        if how == "sys.exit":
            sys.exit(4)
        if how == "raise":
            raise ValueError("broken disk")
        if how == "fail":
            self.fail("not good enough")
        if how == "sleep":
            time.sleep(600)
        if how == "object":
            return object()
        return {"how": how}

    def after_return(self, status, retval, task_id, args, kwargs, einfo):
        self.logger.info("after_return %s", status)

jobs.register_jobs(Ending)
"""


@pytest.fixture(scope="module")
def job(shared_project, shared_bench):
    shared_project.write("ending.py", JOBS)
    return shared_bench.get_job("Ending")


@pytest.fixture(scope="module", params=["child", "inline"])
def ending(request, job):
    return job.options(check=False, inline=request.param == "inline")


@pytest.fixture(scope="module")
def inline(job):
    return job.options(inline=True)


@pytest.mark.parametrize(
    ("how", "status", "reason", "words"),
    [
        ("well", Status.SUCCESS, None, ""),
        ("sys.exit", Status.FAILURE, Reason.SYSTEM_EXIT, "sys.exit(4)"),
        ("raise", Status.FAILURE, Reason.EXCEPTION, "ValueError: broken disk"),
        ("fail", Status.FAILURE, Reason.FAIL_CALLED, "not good enough"),
        ("before_start", Status.FAILURE, Reason.EXCEPTION, "in before_start"),
    ],
)
def test_both_ways_end_for_the_same_reason(ending, how, status, reason, words):
    result = ending.run(how=how)

    assert (result.status, result.reason) == (status, reason)
    assert words in result.detail
    assert len(result.attempts) == 1


def test_both_ways_keep_all_that_was_said_in_order(ending):
    result = ending.run(how="well")
    said = [
        (entry.kind, entry.grouping, entry.message, entry.partial)
        for entry in result.log
        if "end" in entry.message or "after" in entry.message
    ]

    assert said == [
        (EntryKind.LOG, "here", "logged before the end", False),
        (EntryKind.CONSOLE, None, "printed before the end", False),
        (EntryKind.CONSOLE, None, "no line end", True),
        (EntryKind.LOG, "after_return", "after_return SUCCESS", False),
    ]
    assert [entry.number for entry in result.log] == list(range(1, len(result.log) + 1))


def test_both_ways_keep_value_and_files(ending):
    result = ending.run(how="well")

    assert result.value == {"how": "well"}
    assert [(file.name, file.read()) for file in result.files] == [("report.txt", b"all is well")]
    assert ending.run(how="object").record.value_problem


def test_both_ways_show_the_authors_own_path_and_line(shared_project, ending):
    result = ending.run(how="raise")
    [entry] = [entry for entry in result.log if entry.kind is EntryKind.TRACEBACK]

    assert f'File "{shared_project.root}/jobs/ending.py"' in result.traceback == entry.message
    assert 'raise ValueError("broken disk")' in result.traceback


@pytest.mark.parametrize("inline", [False, True], ids=["child", "inline"])
def test_both_ways_see_an_edited_file_at_the_next_run(project, bench, inline):
    project.write("ending.py", JOBS)
    ending = bench.get_job("Ending").options(inline=inline)
    ending.run(how="well")
    project.write("ending.py", JOBS.replace('{"how": how}', '"edited"'))

    assert ending.run(how="well").value == "edited"


def test_both_ways_can_be_cancelled_from_elsewhere(shared_project, shared_bench, ending):
    def cancel():
        [working] = eventually(lambda: shared_bench.results(status="started"))
        eventually(lambda: len(working.log) >= 3)
        shared_project.jobnb("cancel", working.id)

    thread = threading.Thread(target=cancel)
    thread.start()
    result = ending.run(how="sleep")
    thread.join()

    assert (result.status, result.reason) == (Status.REVOKED, Reason.CANCELLED)
    assert "Cancelled by" in result.detail
    assert "after_return REVOKED" in [entry.message for entry in result.log]


def test_inline_the_exception_of_the_author_comes_out_after_it_was_recorded(
    shared_project, shared_bench, inline
):
    with pytest.raises(ValueError, match="broken disk") as caught:
        inline.run(how="raise")

    innermost = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert innermost.filename == str(shared_project.root / "jobs" / "ending.py")
    assert caught.tb.tb_frame is not None
    assert shared_bench.results()[0].status is Status.FAILURE


def test_inline_an_exit_does_not_end_the_kernel(inline):
    with pytest.raises(JobFailed, match=r"sys.exit\(4\)"):
        inline.run(how="sys.exit")


def test_inline_it_is_this_process_and_everything_is_as_before(project, bench):
    project.write("ending.py", JOBS)
    inline = bench.get_job("Ending").options(inline=True)
    root, thread_names = logging.getLogger(), {thread.name for thread in threading.enumerate()}

    def state():
        handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGUSR2)]
        imports = [[*sys.path], [*sys.meta_path], [*sys.path_hooks], "ending" in sys.modules]
        return [sys.stdout, sys.stderr, root.level, [*root.handlers], Path.cwd(), handlers, imports]

    before = state()
    result = inline.run(how="well")

    assert result.attempts[0].pid == os.getpid()
    assert state() == before
    assert "jobnb-inline" not in {thread.name for thread in threading.enumerate()} - thread_names
    assert bench._parts._dispatch._custody is None


def test_inline_an_interrupt_cancels_and_comes_out(shared_bench, inline):
    def interrupt():
        eventually(lambda: len(shared_bench.results(status="started")) == 1)
        eventually(lambda: len(shared_bench.results()[0].log) >= 3)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        inline.run(how="sleep")
    thread.join()

    record = shared_bench.results()[0].record
    assert (record.status, record.reason) == (Status.REVOKED, Reason.CANCELLED)
    assert record.cancelled_by


def test_inline_there_is_no_submit(inline):
    with pytest.raises(RunRefused, match="call run"):
        inline.submit(how="well")
