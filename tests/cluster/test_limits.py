"""A run that ends when it must, and says why."""

from __future__ import annotations

import signal

import pytest

from jobnb.errors import JobFailed
from jobnb.protocol import Reason, Status
from tests.processes import SECONDS, eventually, is_alive

pytestmark = pytest.mark.cluster

SLOW = """
import itertools, logging, os, re, signal, subprocess, threading, time
from jobnb import jobs

class Slow(jobs.Job):
    how = jobs.StringVar()

    class Meta:
        soft_time_limit = 0.3

    def run(self, *, how):
        try:
            getattr(self, how)()
        finally:
            self.logger.info("cleaned up")

    def sleep(self):
        time.sleep(600)

    def quick(self):
        pass

    def loop(self):
        while True:
            pass

    def logs(self):
        while True:
            self.logger.info("busy")

    def logs_twice(self):
        logging.basicConfig(force=True, level="INFO")
        self.logs()

    def thread(self):
        worker = threading.Thread(target=time.sleep, args=[600], daemon=True)
        worker.start()
        worker.join()

    def caught(self):
        try:
            time.sleep(600)
        except jobs.SoftTimeLimitExceeded:
            self.logger.info("caught")
            time.sleep(1.3)

    def locked(self):
        sum(itertools.repeat(0))

    def pattern(self):
        re.match(r"(a+)+$", "a" * 60 + "b")

    def helped(self):
        helper = subprocess.Popen(["sleep", "600"])
        self.logger.info("%d", helper.pid)
        helper.wait()

    def stubborn(self):
        while True:
            try:
                time.sleep(600)
            except BaseException:
                pass

    def on_failure(self, exc, task_id, args, kwargs, einfo):
        self.logger.info("on_failure got %s", type(exc).__name__)

jobs.register_jobs(Slow)
"""

GREEDY = """
import os, signal, subprocess, sys, time
from jobnb import jobs

class Greedy(jobs.Job):
    how = jobs.StringVar()

    class Meta:
        memory_limit = "300 MiB"

    def run(self, *, how):
        if how == "itself":
            kept = b"x" * 400_000_000
        if how == "its child":
            code = "import time; kept = b'x' * 400_000_000; time.sleep(600)"
            helper = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
            self.logger.info("%d", helper.pid)
        if how == "nearly":
            kept = b"x" * 260_000_000
            time.sleep(2)  # on a busy machine the memory is looked at less often
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(600)

class Modest(jobs.Job):
    class Meta:
        memory_limit = "300 MiB"

    def run(self):
        time.sleep(0.4)

jobs.register_jobs(Greedy, Modest)
"""

CHATTY = """
import time
from jobnb import jobs

class Chatty(jobs.Job):
    class Meta:
        max_entries = 50

    def run(self):
        for number in range(5000):
            self.logger.debug("line %d", number)
        self.logger.error("it matters")
        return "done"

class Fussy(jobs.Job):
    class Meta:
        max_output = "1 kB"
        on_log_limit = "fail"

    def run(self):
        try:
            while True:
                print("x" * 100)
                time.sleep(0.001)
        finally:
            self.logger.error("cleaned up")

jobs.register_jobs(Chatty, Fussy)
"""

DEAD = """
import ctypes, os, signal
from jobnb import jobs

class Dead(jobs.Job):
    how = jobs.StringVar()

    def run(self, *, how):
        if how == "crash":
            ctypes.string_at(0)
        if how == "exit":
            os._exit(3)
        os.kill(os.getpid(), signal.SIGKILL)

jobs.register_jobs(Dead)
"""


@pytest.fixture(scope="module")
def files(shared_project):
    for name, text in (("slow", SLOW), ("greedy", GREEDY), ("chatty", CHATTY), ("dead", DEAD)):
        shared_project.write(f"{name}.py", text)


@pytest.fixture(scope="module")
def limited(files, shared_bench):
    return shared_bench


@pytest.fixture
def hasty(files, shared_project):
    """A workbench that loses patience early."""
    with shared_project.open(cancel_grace=0.3) as bench:
        yield bench


def ended(bench, name, *, options=None, **inputs):
    job = bench.get_job(name).options(**(options or {}))
    return job.submit(**inputs).wait(SECONDS)


def messages(result):
    return [entry.message for entry in result.log]


@pytest.mark.parametrize("how", ["sleep", "loop", "logs", "logs_twice", "thread", "pattern"])
def test_the_soft_limit_raises_in_the_job_wherever_python_runs(limited, how):
    result = ended(limited, "Slow", how=how)

    assert (result.status, result.reason) == (Status.FAILURE, Reason.SOFT_TIME_LIMIT)
    assert result.detail == "The job took longer than its soft time limit of 0.3 s."
    assert "cleaned up" in messages(result)
    assert "on_failure got SoftTimeLimitExceeded" in messages(result)
    assert 0.3 <= result.duration < SECONDS


def test_a_job_may_catch_the_soft_limit_and_still_succeed(limited):
    result = ended(limited, "Slow", how="caught")

    assert result.status is Status.SUCCESS
    assert "caught" in messages(result)
    assert "has not heard of it" not in str(result.log)


def test_where_the_soft_limit_is_not_heard_the_log_says_so_and_the_hard_one_ends_it(hasty):
    result = ended(hasty, "Slow", how="locked", options={"time_limit": 2.5})

    assert (result.status, result.reason) == (Status.FAILURE, Reason.TIME_LIMIT)
    assert "its time limit of 2.5 s ends it" in str(result.log)
    assert result.detail.startswith("The job took longer than its time limit of 2.5 s.")


@pytest.mark.parametrize("how", ["helped", "stubborn"])
def test_the_hard_limit_ends_the_job_with_its_children(hasty, how):
    options = {"soft_time_limit": 0, "time_limit": 0.5}
    result = ended(hasty, "Slow", how=how, options=options)
    pids = [int(text) for text in messages(result) if text.isdigit()]

    assert (result.status, result.reason) == (Status.FAILURE, Reason.TIME_LIMIT)
    assert not any(map(is_alive, pids))


def test_a_hard_limit_that_is_not_above_the_soft_one_is_warned_of(limited):
    result = ended(limited, "Slow", how="quick", options={"soft_time_limit": 60, "time_limit": 50})

    warning = next(entry for entry in result.log if entry.grouping == "initialization")
    assert warning.level == "WARNING"
    assert warning.message == (
        "The hard time limit of 50.0 seconds is less than or equal to the soft time limit of 60.0 "
        "seconds. This job will fail silently after 50.0 seconds."
    )


@pytest.mark.parametrize("how", ["itself", "its child"])
def test_the_memory_of_a_job_and_all_it_started_is_limited(limited, how):
    result = ended(limited, "Greedy", how=how)

    assert (result.status, result.reason) == (Status.FAILURE, Reason.MEMORY_LIMIT)
    assert "more than their limit of 300 MiB" in result.detail
    pids = [int(text) for text in messages(result) if text.isdigit()]
    assert len(pids) == (how == "its child")
    eventually(lambda: not any(map(is_alive, pids)))


def test_a_job_below_its_memory_limit_is_left_alone(limited):

    assert ended(limited, "Modest").status is Status.SUCCESS


def test_a_sudden_death_near_the_memory_limit_is_probably_a_lack_of_memory(limited):
    result = ended(limited, "Greedy", how="nearly")

    assert (result.status, result.reason) == (Status.FAILURE, Reason.OUT_OF_MEMORY)
    assert "probably out of memory" in result.detail


def test_a_full_log_is_cut_with_a_mark_and_errors_are_still_heard(limited):
    result = ended(limited, "Chatty")
    said = messages(result)

    assert (result.status, result.value) == (Status.SUCCESS, "done")
    assert said.index("it matters") < said.index("line 4999")
    assert "line 4999" in said
    assert any("more lines were dropped" in text for text in said)
    assert len(said) < 100


def test_a_job_may_say_that_a_full_log_fails_the_run(limited):
    result = ended(limited, "Fussy")

    assert (result.status, result.reason) == (Status.FAILURE, Reason.LOG_LIMIT)
    assert "cleaned up" in messages(result)
    assert "max_output" in result.detail


@pytest.mark.parametrize(
    ("how", "code", "sentence"),
    [
        ("exit", 3, "exit code 3"),
        ("kill", -signal.SIGKILL, "killed by SIGKILL"),
        ("crash", -signal.SIGSEGV, "SIGSEGV (a crash in native code) at "),
    ],
)
def test_a_death_without_a_word_is_explained_in_log_summary_and_exception(
    limited, how, code, sentence
):
    with pytest.raises(JobFailed) as raised:
        limited.get_job("Dead").run(how=how)
    result = raised.value.result

    assert sentence in result.detail
    assert result.detail in str(raised.value)
    assert result.detail in messages(result)
    assert result.detail in result._repr_mimebundle_()["text/plain"]
    assert result.attempts[0].exit_code == code
