"""A Stop that stops."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from jobnb.engine import following
from jobnb.errors import Interrupted
from jobnb.protocol import Reason, Status
from tests.processes import SECONDS, best_of_many, eventually, is_alive

pytestmark = pytest.mark.cluster

JOBS = """
import itertools, os, re, signal, subprocess, time
from pathlib import Path
from jobnb import jobs

class Stubborn(jobs.Job):
    how = jobs.StringVar()
    marks = jobs.StringVar(required=False)

    def run(self, *, how, marks):
        helper = subprocess.Popen(["sleep", "600"], start_new_session=how == "elsewhere")
        self.logger.info("%d %d", os.getpid(), helper.pid)
        try:
            if how in ("sleep", "elsewhere"):
                time.sleep(600)
            if how == "loop":
                while True:
                    pass
            if how == "swallow once":
                try:
                    time.sleep(600)
                except BaseException:
                    time.sleep(600)
            while how == "swallow":
                try:
                    time.sleep(600)
                except BaseException:
                    pass
            if how == "hold the GIL":
                sum(itertools.repeat(0))
            if how == "pattern":
                re.match(r"(a+)+$", "a" * 60 + "b")
            while how == "guarded":
                try:
                    time.sleep(0.01)
                except Exception:
                    pass
        finally:
            self.logger.info("cleaned up")

jobs.register_jobs(Stubborn)
"""


@pytest.fixture
def quick(project):
    """A workbench that loses patience early."""
    project.write("stubborn.py", JOBS)
    with project.open(cancel_grace=0.5, cancel_poll=0.05, workers=1) as bench:
        yield bench


def start(bench, how):
    result = bench.get_job("Stubborn").submit(how=how)
    entry = eventually(lambda: next((e for e in result.log if e.grouping == "run"), None))
    return result, [int(word) for word in entry.message.split()]


@pytest.mark.parametrize("how", ["sleep", "elsewhere", "loop", "guarded", "pattern"])
def test_a_cancelled_job_cleans_up_and_ends(quick, how):
    result, pids = start(quick, how)
    result.cancel().wait(SECONDS)

    assert (result.status, result.reason) == (Status.REVOKED, Reason.CANCELLED)
    assert "cleaned up" in [entry.message for entry in result.log]
    assert result.detail == f"Cancelled by {quick.settings.user}."
    assert not any(map(is_alive, pids))


@pytest.mark.parametrize("how", ["swallow once", "swallow", "hold the GIL"])
def test_a_job_that_ignores_the_cancel_is_ended_with_its_children(quick, how):
    result, pids = start(quick, how)
    result.cancel().wait(SECONDS)

    assert (result.status, result.reason) == (Status.REVOKED, Reason.CANCELLED)
    assert not any(map(is_alive, pids))
    assert "SIGTERM" in str(result.log)


def test_a_run_that_waits_is_revoked_at_once_and_never_starts(quick):
    first, _ = start(quick, "sleep")
    second = quick.get_job("Stubborn").submit(how="sleep")
    second.cancel()

    assert (second.status, second.reason) == (Status.REVOKED, Reason.CANCELLED)
    first.cancel().wait(SECONDS)
    assert second.attempts == []
    assert len(second.log) == 0


def test_an_interrupt_of_run_cancels_and_then_raises(quick):
    def interrupt():
        eventually(lambda: quick.results(status="STARTED") and len(quick.results()[0].log))
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(Interrupted) as raised:
        quick.get_job("Stubborn").run(how="sleep")
    thread.join()

    last = quick.results()[0]
    assert last.status is Status.REVOKED
    assert raised.value._render_traceback_() == [f"KeyboardInterrupt: {last} ended in REVOKED."]


@pytest.mark.parametrize("look", ["wait", "watch"])
def test_an_interrupt_of_a_wait_says_in_one_line_that_the_run_is_left_alone(
    quick, monkeypatch, look
):
    result, _ = start(quick, "sleep")
    interrupt = lambda *_: signal.raise_signal(signal.SIGINT)  # noqa: E731
    monkeypatch.setattr(following._Bell, "rings_within", interrupt)
    with pytest.raises(Interrupted) as raised:
        getattr(result, look)()
    monkeypatch.undo()

    said = f"KeyboardInterrupt: {result} is not waited for any more."
    assert raised.value._render_traceback_() == [said]
    assert result.status is Status.STARTED
    result.cancel().wait(SECONDS)


def test_another_process_cancels(project, quick):
    result, _ = start(quick, "sleep")
    said = project.jobnb("cancel", result.id, JOBNB_USER="ada")

    assert said.returncode == 0
    assert result.wait(SECONDS).detail == "Cancelled by ada."


def seconds_to_death(bench, how, cancel):
    """From the call to the moment when neither the job nor what it started lives."""
    result, pids = start(bench, how)
    began = time.monotonic()
    cancel(result)
    eventually(lambda: not any(map(is_alive, pids)))
    took = time.monotonic() - began
    result.wait(SECONDS)
    return took


def test_a_job_that_cooperates_is_dead_within_half_a_second(quick):
    def measure():
        return seconds_to_death(quick, "sleep", lambda result: result.cancel())

    assert best_of_many(measure, 0.5) < 0.5


def test_a_cancel_by_another_process_is_as_fast(project):
    project.write("stubborn.py", JOBS)
    with project.open(workers=1) as bench:  # nobody wakes the worker: it must look by itself
        results = bench.dispatch().results

        def measure():
            return seconds_to_death(bench, "sleep", lambda r: results.request_cancel(r.id, "bob"))

        assert best_of_many(measure, 0.5) < 0.5


def test_a_job_that_ignores_everything_is_dead_soon_after_its_grace(quick):
    grace = 2 * quick.settings.cancel_grace  # until SIGTERM, and again until SIGKILL

    def measure():
        return seconds_to_death(quick, "swallow", lambda result: result.cancel())

    assert grace <= best_of_many(measure, grace + 0.5) < grace + 0.5


def test_who_cancelled_and_when_is_kept_and_shown(project, quick):
    result, _ = start(quick, "sleep")
    project.jobnb("cancel", result.id, JOBNB_USER="bob")
    result.cancel().wait(SECONDS)
    record = result.record

    assert record.cancelled_by == "bob"
    assert record.started < record.cancel_requested < record.ended
    assert "by bob, " in result._repr_mimebundle_()["text/html"]
