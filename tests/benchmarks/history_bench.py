"""Measures the history with 100,000 runs beside the same with 1,000: ``make bench``.

Every figure is the lower quartile of rounds in which small and large take turns: a busy machine
slows both alike, and most rounds by more than there is to measure.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from jobnb.protocol import FAILED_STATES
from jobnb.store.database import Database, open_database, upgrade_database
from jobnb.store.results import Results
from tests.benchmarks.history import BEGIN, NEEDLE, STEP, fill


class History:
    """One database, and what is asked of it."""

    def __init__(self, database: Database, runs: int) -> None:
        self.results = Results(database)
        self.middle = self.results.find(
            since=BEGIN + runs // 2 * STEP, until=BEGIN + (runs // 2 + 1) * STEP
        )[0]
        self.runs = runs
        self.day = {"since": self.middle.created, "until": self.middle.created + 1000 * STEP}


QUESTIONS: dict[str, Callable[[History], object]] = {
    "list the newest": lambda it: it.results.find(),
    "go on in the middle": lambda it: it.results.find(before=it.middle.run_id),
    "by job": lambda it: it.results.find(job_name="Audit"),
    "by user": lambda it: it.results.find(user="user3", limit=20),
    "failed": lambda it: it.results.find(statuses=FAILED_STATES),
    "failed of a job": lambda it: it.results.find(
        job_name="Audit", statuses=FAILED_STATES, limit=20
    ),
    "by time": lambda it: it.results.find(**it.day),
    "by job and time": lambda it: it.results.find(job_name="Audit", **it.day),
    "by an input": lambda it: it.results.find(inputs={"site": "site42"}, limit=5),
    "by a rare input": lambda it: it.results.find(inputs={"count": it.runs // 2}),
    "open by its id": lambda it: it.results.get(it.middle.run_id[:8]),
    "state": lambda it: it.results.state(it.middle.run_id),
    "tail": lambda it: it.results.entries.tail(it.middle.run_id, 200),
    "page of a log": lambda it: it.results.entries.read(it.middle.run_id, 10),
    "text in one log": lambda it: it.results.search_logs(NEEDLE, run_id=it.middle.run_id),
}


def measure(small: History, large: History, rounds: int) -> list[tuple[str, float, float]]:
    rows = []
    for name, ask in QUESTIONS.items():
        took: tuple[list[float], list[float]] = ([], [])
        for _ in range(rounds):
            for history, times in zip((small, large), took, strict=True):
                begin = time.perf_counter()
                ask(history)
                times.append(time.perf_counter() - begin)
        rows.append((name, *(statistics.quantiles(times, n=4)[0] * 1000 for times in took)))
    return rows


@contextmanager
def history_of(url: str, runs: int, entries: int) -> Iterator[History]:
    upgrade_database(url)
    database = open_database(url)
    begin = time.perf_counter()
    fill(database, runs, entries)
    print(f"made {runs:,} runs, {runs * entries:,} entries in {time.perf_counter() - begin:.0f} s")
    yield History(database, runs)
    database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--entries", type=int, default=100, help="of each run")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument(
        "--urls", nargs=2, metavar="URL", help="two empty databases; else SQLite files"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder, ExitStack() as stack:
        urls = arguments.urls or [f"sqlite:///{Path(folder) / name}" for name in ("s.db", "l.db")]
        small, large = (
            stack.enter_context(history_of(url, runs, arguments.entries))
            for url, runs in zip(urls, (1_000, arguments.runs), strict=True)
        )
        for name, few, many in measure(small, large, arguments.rounds):
            print(f"{name:<24} {few:>9.2f} ms {many:>9.2f} ms {many / few:>6.2f} x")
        begin = time.perf_counter()
        found = large.results.search_logs("in no log at all")
        print(
            f"text in all logs: read {found.entries:,} entries of {found.runs:,} runs "
            f"in {time.perf_counter() - begin:.1f} s"
        )


if __name__ == "__main__":
    main()
