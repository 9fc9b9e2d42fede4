"""What jobs do to their own process: handlers, forks, logging set up anew. Nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobnb.protocol import EntryKind, Status

pytestmark = pytest.mark.cluster

JOBS = """
import atexit, logging, logging.config, multiprocessing, os, signal, sys, tempfile, threading, time
from multiprocessing import shared_memory
from jobnb import jobs

class Habit(jobs.Job):
    which = jobs.StringVar()

    def run(self, *, which):
        return getattr(self, which)()

    def time_limit_of_its_own(self):
        def expired(number, frame):
            raise TimeoutError("this step took too long")
        signal.signal(signal.SIGALRM, expired)
        caught = 0
        for number in range(30):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0005 * (number + 1))
                for _ in range(5):
                    print("x" * 3_000_000)
                time.sleep(10)
            except TimeoutError:
                caught += 1
        self.logger.info("after %d", caught)
        return caught

    def logging_set_up_anew(self):
        logging.config.dictConfig({"version": 1})
        self.logger.info("after dictConfig")
        logging.getLogger().handlers.clear()
        self.logger.info("after clear")
        logging.basicConfig(force=True, level="ERROR")
        self.logger.info("after basicConfig")

    def odd_records(self):
        record = logging.makeLogRecord({"msg": "odd time", "created": float("nan"), "levelno": 20})
        logging.getLogger().handle(record)
        record = logging.makeLogRecord({"msg": "odd name", "name": None, "levelno": 20})
        logging.getLogger().handle(record)
        self.logger.info("after")

    def words_after_the_end(self):
        def second():
            time.sleep(0.2)
            self.logger.info("thread of a thread")
        atexit.register(lambda: self.logger.info("exit function"))
        threading.Thread(target=lambda: threading.Thread(target=second).start()).start()

    def fork_that_comes_back(self):
        pid = os.fork()
        if pid:
            os.waitpid(pid, 0)
        return "came back"

    def fork_that_exits(self):
        pid = os.fork()
        if not pid:
            sys.exit(7)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def fork_in_a_fork(self):
        pid = os.fork()
        if not pid:
            files = [tempfile.TemporaryFile() for _ in range(60)]
            grandchild = os.fork()
            if not grandchild:
                for file in files:
                    os.fstat(file.fileno())
                os._exit(0)
            os._exit(os.waitstatus_to_exitcode(os.waitpid(grandchild, 0)[1]))
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def descriptors_closed(self):
        self.logger.info("before")
        os.closerange(3, 256)
        files = [tempfile.TemporaryFile() for _ in range(20)]
        self.logger.info("logged without a pipe")
        print("plain")
        os._exit(max(file.seek(0, 2) for file in files))

    def shared_memory_left_behind(self):
        memory = shared_memory.SharedMemory(create=True, size=100)
        return memory.name

    def left_unfinished(self):
        import ctypes
        global kept
        kept = open(1, "w", closefd=False)
        kept.write("flushed")
        print("python")
        ctypes.CDLL(None).puts(b"native")
        atexit.register(lambda: self.logger.info("at exit"))
        class Cycle:
            def __init__(this):
                this.me = this
            def __del__(this):
                os.write(1, b"collected")
        Cycle()

    def process_pool(self):
        with multiprocessing.get_context("fork").Pool(2) as pool:
            return sum(pool.map(abs, range(-10, 0)))

jobs.register_jobs(Habit)
"""

ASKED = """
import os, signal
from jobnb import jobs

heard = []
signal.signal(signal.SIGUSR1, lambda number, frame: heard.append(number))

class Asked(jobs.Job):
    def run(self):
        os.kill(os.getpid(), signal.SIGUSR1)
        return len(heard)

jobs.register_jobs(Asked)
"""


@pytest.fixture(scope="module")
def habit(shared_project, each_shared_bench):
    shared_project.write("habit.py", JOBS)
    return each_shared_bench.get_job("Habit").options(check=False)


def logged(result):
    return [entry.message for entry in result.log if entry.kind is EntryKind.LOG]


def test_a_handler_that_raises_in_the_middle_of_a_line_tears_nothing(habit):
    result = habit.run(which="time_limit_of_its_own")
    printed = [entry for entry in result.log if entry.kind is EntryKind.CONSOLE]
    text = "".join(e.message if e.partial else e.message + "\n" for e in printed)

    assert (result.status, result.value) == (Status.SUCCESS, 30)
    assert {len(line) % 3_000_000 for line in text.split("\n")} == {0}
    assert "after 30" in logged(result)


def test_a_handler_that_a_file_has_set_at_its_import_hears_each_run(
    shared_project, each_shared_bench
):
    shared_project.write("asked.py", ASKED)
    asked = each_shared_bench.get_job("Asked").options(check=False)
    ends = [(result.status, result.value) for result in (asked.run() for _ in range(3))]

    assert ends == [(Status.SUCCESS, 1)] * 3


def test_logging_that_is_set_up_anew_does_not_silence_the_job(habit):
    lines = logged(habit.run(which="logging_set_up_anew"))

    assert lines[1:4] == ["after dictConfig", "after clear", "after basicConfig"]


def test_odd_log_records_are_kept(habit):
    result = habit.run(which="odd_records")

    assert result.status is Status.SUCCESS
    assert logged(result)[1:4] == ["odd time", "odd name", "after"]


def test_the_last_words_of_threads_and_exit_functions_are_kept(habit):
    result = habit.run(which="words_after_the_end")

    assert logged(result)[-2:] == ["thread of a thread", "exit function"]


def test_what_a_job_leaves_unfinished_is_finished_at_its_exit(habit):
    result = habit.run(which="left_unfinished")
    messages = [entry.message for entry in result.log]

    assert {"python", "at exit"} <= set(messages)
    for word in ("native", "flushed", "collected"):
        assert word in "".join(messages)


@pytest.mark.parametrize(
    ("which", "value"),
    [
        ("fork_that_comes_back", "came back"),
        ("fork_that_exits", 7),
        ("fork_in_a_fork", 0),
        ("process_pool", 55),
    ],
)
def test_a_job_may_fork(habit, which, value):
    result = habit.run(which=which)

    assert (result.status, result.value) == (Status.SUCCESS, value)
    assert [entry.message for entry in result.log] == ["Running job", "Job completed"]


def test_a_job_that_closes_our_pipe_gets_nothing_of_ours_into_its_files(habit):
    result = habit.run(which="descriptors_closed")

    assert (result.status, result.detail.endswith("exit code 0.")) == (Status.FAILURE, True)
    messages = [entry.message for entry in result.log]
    assert messages[1] == "before"
    assert {"INFO logged without a pipe", "plain"} <= set(messages)


def test_shared_memory_that_a_job_forgets_is_removed(habit):
    name = habit.run(which="shared_memory_left_behind").value

    assert not Path("/dev/shm", name).exists()
