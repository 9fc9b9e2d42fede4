"""Measures jobnb beside a bare Dask task, in one run: ``make bench``.

Every figure is a median over rounds that take turns, so that a busy machine slows all alike.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

from distributed import Client, LocalCluster

from jobnb.handles import JobResult, Viewer
from jobnb.settings import load_settings
from jobnb.workbench import Workbench

JOBS = """
from jobnb import jobs

class Hello(jobs.Job):
    def run(self):
        self.logger.info("hello")
        return 1

class Lines(jobs.Job):
    count = jobs.IntegerVar()
    def run(self, *, count):
        text = "x" * 100
        for number in range(count):
            self.logger.info(text)

jobs.register_jobs(Hello, Lines)
"""


class Nobody:
    """A viewer that shows nothing, and notes when the first line could be seen."""

    def __init__(self) -> None:
        self.first_line = 0.0

    def open(self, result: JobResult, *, cancels: bool) -> Nobody:
        self.first_line = 0.0
        return self

    def show(self, result: JobResult) -> None:
        """Nothing to do."""

    def settle(self, result: JobResult) -> None:
        """Nothing to do."""

    def update(self, update) -> None:
        if update.entries and not self.first_line:
            self.first_line = time.perf_counter()

    def close(self, record) -> None:
        """Nothing to do."""

    detach = close


def seconds(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def one() -> int:
    return 1


class Bench:
    def __init__(self, root: Path, client: Client, rounds: int) -> None:
        (root / "jobs").mkdir()
        (root / "jobs" / "bench.py").write_text(textwrap.dedent(JOBS))
        settings = load_settings(
            {"database_url": f"sqlite:///{root}/bench.sqlite3", "workers": 2},
            environment={},
            folder=root,
        )
        self.viewer: Viewer = Nobody()
        self.rounds = rounds
        self.client = client
        self.bench = Workbench(settings, self.viewer, None)

    def hello(self) -> list[tuple[str, float, str]]:
        job = self.bench.get_job("Hello")
        job.run()
        first, whole, bare = [], [], []
        for _ in range(self.rounds):
            begin = time.perf_counter()
            job.run()
            whole.append(time.perf_counter() - begin)
            first.append(self.viewer.first_line - begin)
            bare.append(seconds(lambda: self.client.submit(one, pure=False).result()))
        floor = statistics.median(bare)
        return [
            ("bare client.submit().result()", floor * 1000, "ms"),
            ("run() to the first line", statistics.median(first) * 1000, "ms"),
            ("run() to the end", statistics.median(whole) * 1000, "ms"),
            ("run() to the end / bare", statistics.median(whole) / floor, "x"),
        ]

    def at_once(self, count: int) -> list[tuple[str, float, str]]:
        job = self.bench.get_job("Hello")

        def ours() -> None:
            for result in [job.submit() for _ in range(count)]:
                result.wait()

        def bare() -> None:
            self.client.gather([self.client.submit(one, pure=False) for _ in range(count)])

        return [
            (f"bare, {count} at once", count / seconds(bare), "tasks/s"),
            (f"runs, {count} at once, 2 workers", count / seconds(ours), "runs/s"),
        ]

    def lines(self, count: int) -> list[tuple[str, float, str]]:
        job = self.bench.get_job("Lines")
        took = seconds(lambda: job.run(count=count))
        return [(f"{count:,} log lines, stored and read", count / took, "lines/s")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalCluster(processes=False, n_workers=1, threads_per_worker=2) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        bench = Bench(Path(folder), client, arguments.rounds)
        rows = [*bench.hello(), *bench.at_once(100)]
        for count in (1_000, 10_000, 100_000):
            rows += bench.lines(count)
        bench.bench.close()
    for name, figure, unit in rows:
        print(f"{name:<42} {figure:>12,.1f} {unit}")


if __name__ == "__main__":
    main()
