"""Many lines, many threads, huge lines: nothing is lost, nothing is torn, memory stays flat."""

from __future__ import annotations

import os
import threading

import psutil
import pytest

from jobnb.protocol import EntryKind
from tests.processes import SECONDS, eventually

pytestmark = pytest.mark.cluster

JOBS = """
import os, resource, signal, threading, time
from jobnb import jobs

class Lines(jobs.Job):
    count = jobs.IntegerVar()

    def run(self, *, count):
        for number in range(count):
            self.logger.info("line %d", number)
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

class Threads(jobs.Job):
    def run(self):
        def work(name):
            for number in range(500):
                self.logger.info("%d-%d", name, number)
                print(f"p{name}-{number}")
        threads = [threading.Thread(target=work, args=(name,)) for name in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

class Huge(jobs.Job):
    def run(self):
        main, go = threading.main_thread().ident, threading.Event()

        def signaller():
            for number in range(20):
                go.wait()
                go.clear()
                time.sleep(number / 100)
                signal.pthread_kill(main, signal.SIGUSR2)

        threading.Thread(target=signaller, daemon=True).start()
        caught = 0
        for number in range(20):
            try:
                go.set()
                self.logger.info("x" * 5_000_000 + "end")
                while True:
                    # A signal just before a long sleep begins would be heard after it only.
                    time.sleep(0.01)
            except BaseException:
                caught += 1
        self.logger.info("after")
        return caught

class Mixed(jobs.Job):
    def run(self):
        for number in range(1000):
            print("print", number)
            self.logger.info("log %d", number)

jobs.register_jobs(Lines, Threads, Huge, Mixed)
"""


@pytest.fixture
def volume(project, bench):
    project.write("volume.py", JOBS)
    return bench


def messages(result, kind=EntryKind.LOG):
    return [entry.message for entry in result.log if entry.kind is kind]


def test_a_hundred_thousand_lines_are_kept_in_order_and_memory_stays_flat(volume):
    job = volume.get_job("Lines")
    small = job.run(count=1000).value
    process = psutil.Process(os.getpid())
    before = process.memory_info().rss
    result = job.run(count=100_000)
    volume._viewer.entries.clear()
    after = process.memory_info().rss
    lines = [text for text in messages(result) if text.startswith("line ")]

    assert lines == [f"line {number}" for number in range(100_000)]
    assert [entry.number for entry in result.log] == list(range(1, len(result.log) + 1))
    assert result.value - small < 5_000  # kilobytes
    assert (after - before) / 1e6 < 150  # the viewer of this test keeps every entry


def test_every_line_of_ten_threads_is_kept(volume):
    result = volume.get_job("Threads").run()
    logged = {text for text in messages(result) if "-" in text}
    printed = set(messages(result, EntryKind.CONSOLE))

    assert logged == {f"{name}-{number}" for name in range(10) for number in range(500)}
    assert printed == {f"p{name}-{number}" for name in range(10) for number in range(500)}


def test_signals_in_the_middle_of_huge_lines_tear_nothing(volume):
    result = volume.get_job("Huge").run()
    huge = [text for text in messages(result) if text.startswith("x")]

    assert result.value == 20
    assert huge
    assert set(huge) == {"x" * 5_000_000 + "end"}
    assert "after" in messages(result)


def test_prints_and_log_lines_keep_their_order(volume):
    result = volume.get_job("Mixed").run()
    found = [entry.message for entry in result.log if entry.message.split()[0] in ("print", "log")]

    assert found == [f"{kind} {number}" for number in range(1000) for kind in ("print", "log")]


def test_a_second_viewer_sees_every_line_from_the_first_on(volume):
    result = volume.get_job("Lines").submit(count=20_000)
    seen = []
    watcher = threading.Thread(
        target=lambda: [seen.extend(update.entries) for update in result.live.updates()]
    )
    eventually(lambda: len(result.log) > 10)
    watcher.start()
    watcher.join(SECONDS)

    assert [entry.number for entry in seen] == list(range(1, len(result.log) + 1))
