"""Measures the history with 100,000 runs beside the same with 1,000: ``make bench``.

Every figure is the lowest decile of rounds. In each round every question is put to both, so that a
machine that is busy for a while slows all of them: whatever else it does can only add to a time.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from jobnb.protocol import FAILED_STATES, EntryKind
from jobnb.store.database import Database, open_database, upgrade_database
from jobnb.store.results import Results
from jobnb.store.watching import EntryFilter
from tests.benchmarks.databases import SQLITE, empty_databases, two_databases
from tests.benchmarks.history import BEGIN, NEEDLE, RETIRED, STEP, fill

FEW = 1_000


class History:
    """One database, and what is asked of it."""

    def __init__(self, database: Database, runs: int) -> None:
        self.results = Results(database)
        self.middle = self.results.find(
            since=BEGIN + runs // 2 * STEP, until=BEGIN + (runs // 2 + 1) * STEP
        )[0]
        self.runs = runs
        self.day = {"since": self.middle.created, "until": self.middle.created + 1000 * STEP}
        self.hours = {"since": self.middle.created, "until": self.middle.created + 100 * STEP}
        self.newest = [record.run_id for record in self.results.find(limit=5)]


QUESTIONS: dict[str, Callable[[History], object]] = {
    "list the newest": lambda it: it.results.find(),
    "go on in the middle": lambda it: it.results.find(before=it.middle.run_id),
    "files of five": lambda it: it.results.files.first_of(it.newest, 3),
    "by job": lambda it: it.results.find(job_name="Audit"),
    "by user": lambda it: it.results.find(user="user3", limit=20),
    "failed": lambda it: it.results.find(statuses=FAILED_STATES),
    "failed of a job": lambda it: it.results.find(
        job_name="Audit", statuses=FAILED_STATES, limit=20
    ),
    "by job and user": lambda it: it.results.find(job_name="Audit", user="user3", limit=5),
    "failed of a user": lambda it: it.results.find(user="user3", statuses=FAILED_STATES, limit=5),
    "an old job": lambda it: it.results.find(job_name=RETIRED[0], limit=5),
    "an old user": lambda it: it.results.find(user=RETIRED[1], limit=5),
    "an old job of a new user": lambda it: it.results.find(job_name=RETIRED[0], user="user3"),
    "by time": lambda it: it.results.find(**it.day),
    "by job and time": lambda it: it.results.find(job_name="Audit", **it.day),
    "by an input": lambda it: it.results.find(inputs={"site": "site42"}, limit=5),
    "by a rare input": lambda it: it.results.find(inputs={"count": it.runs // 2}),
    "text in a time": lambda it: it.results.search_logs(NEEDLE, **it.hours),
    "open by its id": lambda it: it.results.get(it.middle.run_id[:8]),
    "state": lambda it: it.results.state(it.middle.run_id),
    "tail": lambda it: it.results.entries.tail(it.middle.run_id, 200),
    "page of a log": lambda it: it.results.entries.read(it.middle.run_id, 10),
    "warnings of a log": lambda it: it.results.entries.find(
        it.middle.run_id, EntryFilter(levels=("WARNING",), kinds=(EntryKind.TRACEBACK,))
    ),
    "text in one log": lambda it: it.results.search_logs(NEEDLE, run_id=it.middle.run_id),
    "usual duration": lambda it: it.results.usual_duration("Audit"),
}


def measure(small: History, large: History, rounds: int) -> list[tuple[str, float, float]]:
    """Name of each question to the milliseconds of its answer from each."""
    took: dict[tuple[str, History], list[float]] = {}
    for number in range(rounds):
        # What is asked second finds the processor as the first one has left it.
        turns = (small, large) if number % 2 else (large, small)
        for name, ask in QUESTIONS.items():
            for history in turns:
                begin = time.perf_counter()
                ask(history)
                took.setdefault((name, history), []).append(time.perf_counter() - begin)
    fast = {which: statistics.quantiles(times, n=10)[0] * 1000 for which, times in took.items()}
    return [(name, fast[name, small], fast[name, large]) for name in QUESTIONS]


@contextmanager
def history_of(url: str, runs: int, entries: int) -> Iterator[History]:
    """A history of so many runs: the one that the database has, or a new one."""
    upgrade_database(url)
    upgrade_database(url)
    database = open_database(url)
    if not Results(database).find(limit=1):
        begin = time.perf_counter()
        fill(database, runs, entries)
        took = time.perf_counter() - begin
        print(f"made {runs:,} runs, {runs * entries:,} entries in {took:.0f} s", flush=True)
    yield History(database, runs)
    database.close()


def show(urls: tuple[str, str], arguments: argparse.Namespace) -> None:
    """Prints what was measured with two databases."""
    with ExitStack() as stack:
        small, large = (
            stack.enter_context(history_of(url, runs, arguments.entries))
            for url, runs in zip(urls, (FEW, arguments.runs), strict=True)
        )
        for name, few, many in measure(small, large, arguments.rounds):
            print(f"{name:<24} {few:>9.2f} ms {many:>9.2f} ms {many / few:>6.2f} x", flush=True)
        begin = time.perf_counter()
        found = large.results.search_logs("in no log at all")
        print(
            f"text in all logs: read {found.entries:,} entries of {found.runs:,} runs "
            f"in {time.perf_counter() - begin:.1f} s"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--entries", type=int, default=100, help="of each run")
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--database", choices=["sqlite", "postgresql"])
    parser.add_argument(
        "--urls",
        nargs=2,
        metavar="URL",
        help="two databases with histories that this has made before, or empty ones",
    )
    arguments = parser.parse_args()
    if arguments.urls:
        show(tuple(arguments.urls), arguments)
        return
    with empty_databases(arguments.database) as servers:
        for kind, url in servers.items():
            print(f"{kind}; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
            with two_databases(None if kind == SQLITE else url) as urls:
                show(urls, arguments)


if __name__ == "__main__":
    main()
