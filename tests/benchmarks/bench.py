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
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from jobnb.store.database import open_database, upgrade_database
from jobnb.store.results import Results
from tests.benchmarks.beginnings import PROGRAMS, listing, seconds_from_nothing, seconds_to_prompt
from tests.benchmarks.contestants import BARE, Bare, OnFloor, Ours, contestants
from tests.benchmarks.databases import SQLITE, empty_databases
from tests.benchmarks.history import fill

BLOCK = 10
"""Runs of one contestant, one after the other, before the next one's turn."""

MANY = 200
"""Runs at once."""
FEW = 50
"""Of those who would take half a minute for so many: the rate is the same."""
HISTORY = 100_000
"""Runs."""
FLOOR = "floor: fork"
IN_DATABASE = ("floor: exec", FLOOR, "embedded", "external")
"""Who is there once for each database."""

Actions = dict[str, Callable[[], object]]


def rounds(actions: Actions, count: int, per: float = 1.0) -> dict[str, float]:
    """Name to the median of the seconds that each action takes, divided by ``per``.

    An action that gives a number has looked at the clock itself.
    """
    took: dict[str, list[float]] = {name: [] for name in actions}
    for number in range(count + 1):
        for name, action in actions.items():
            begin = time.perf_counter()
            own = action()
            seconds = own if isinstance(own, float) else time.perf_counter() - begin
            if number:  # the first round is for warming up
                took[name].append(seconds / per)
    return {name: statistics.median(values) for name, values in took.items()}


def block(run: Callable[[], object]) -> None:
    for _ in range(BLOCK):
        run()


def in_ms(figures: dict[str, float]) -> dict[str, float]:
    return {name: 1000 * value for name, value in figures.items()}


def per_second(amount: int, figures: dict[str, float]) -> dict[str, float]:
    return {name: amount / value for name, value in figures.items()}


class Measures:
    """Each method is a row of the table: unit, and the figures of each contestant."""

    def __init__(
        self,
        contestants: dict[str, Bare | OnFloor | Ours],
        databases: dict[str, str],
        count: int,
    ) -> None:
        self._all, self._databases, self._count = contestants, databases, count
        self._runs = {name: one.run for name, one in contestants.items()}

    def one_by_one(self, job: str) -> tuple[str, dict[str, float]]:
        blocks = {name: partial(block, partial(run, job)) for name, run in self._runs.items()}
        return "ms", in_ms(rounds(blocks, self._count, BLOCK))

    def at_once(self) -> tuple[str, dict[str, float]]:
        amounts = {name: FEW if "exec" in name else MANY for name in self._all}
        many = {name: partial(one.many, amounts[name]) for name, one in self._all.items()}
        took = rounds(many, self._count)
        return "/s", {name: amounts[name] / seconds for name, seconds in took.items()}

    def lines(self, amount: int) -> tuple[str, dict[str, float]]:
        runs = {
            name: partial(one.run, "lines", amount)
            for name, one in self._all.items()
            if not isinstance(one, Bare)
        }
        return "/s", per_second(amount, rounds(runs, self._count))

    def delay(self) -> tuple[str, dict[str, float]]:
        ours = {name: one for name, one in self._all.items() if isinstance(one, Ours)}
        return "ms", in_ms({name: statistics.median(one.delays()) for name, one in ours.items()})

    def history(self) -> tuple[str, dict[str, float]]:
        """The newest page; whoever asks needs no cluster."""
        with ExitStack() as stack:
            looks = {
                f"embedded, {name}": stack.enter_context(history_of(name, url)).find
                for name, url in self._databases.items()
            }
            return "ms", in_ms(rounds(looks, self._count * 20))

    def command(self) -> tuple[str, dict[str, float]]:
        """``jobnb results`` from its start to its end, with some runs to show."""
        with tempfile.TemporaryDirectory() as name:
            show = listing(Path(name))
            return "ms", in_ms(rounds({f"embedded, {SQLITE}": show}, self._count))

    def nothing(self) -> tuple[str, dict[str, float]]:
        begin = {name: partial(seconds_from_nothing, name) for name in PROGRAMS}
        return "ms", in_ms(rounds(begin, self._count))

    def prompt(self) -> tuple[str, dict[str, float]]:
        """The same, and until the process has ended, with all that it has started."""
        begin = {name: partial(seconds_to_prompt, name) for name in PROGRAMS}
        return "ms", in_ms(rounds(begin, self._count))


ROWS: dict[str, tuple[str, Callable[[Measures], tuple[str, dict[str, float]]]]] = {
    "hello": ("hello, warm", lambda self: self.one_by_one("hello")),
    "at_once": (f"{MANY} at once", Measures.at_once),
    "lines": ("1,000 log lines", lambda self: self.lines(1_000)),
    "lines_10": ("10,000 log lines", lambda self: self.lines(10_000)),
    "lines_100": ("100,000 log lines", lambda self: self.lines(100_000)),
    # From here on the forks of the floors have pandas to take along, whatever they do.
    "pandas": ("imports pandas, warm", lambda self: self.one_by_one("pandas")),
    "delay": ("line to viewer, at 10/s", Measures.delay),
    "nothing": ("from nothing", Measures.nothing),
    "prompt": ("from prompt to prompt", Measures.prompt),
    "command": ("`jobnb results`", Measures.command),
    "history": (f"newest of {HISTORY:,} runs", Measures.history),
}


@contextmanager
def history_of(name: str, url: str) -> Iterator[Results]:
    """A long history beside an empty database."""
    beside = f"{url}-history" if name == SQLITE else _in_schema(url)
    upgrade_database(beside)
    database = open_database(beside)
    fill(database, HISTORY, 1)
    yield Results(database)
    database.close()


def _in_schema(url: str) -> str:
    """A schema of its own in a PostgreSQL database that is for the benchmark only."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA history")
    return (
        make_url(url)
        .update_query_dict({"options": "-csearch_path=history"})
        .render_as_string(hide_password=False)
    )


def measure(
    names: Sequence[str], count: int, databases: dict[str, str]
) -> Iterator[tuple[str, str, dict[str, float]]]:
    """Name, unit and figures of the rows."""
    with contestants(databases) as all_of_them:
        measures = Measures(all_of_them, databases, count)
        for name in names:
            title, row = ROWS[name]
            yield title, *row(measures)


def show(databases: Sequence[str], rows: Iterator[tuple[str, str, dict[str, float]]]) -> None:
    """A table in Markdown; behind each figure how it compares to the fork floor beside it."""
    print(f"| | | {BARE} | {' | '.join(IN_DATABASE)} |")
    print(f"| --- | --- | ---: |{' ---: |' * len(IN_DATABASE)}")
    for title, unit, figures in rows:
        for database in databases:
            names = [f"{column}, {database}" for column in IN_DATABASE]
            if not any(name in figures for name in names):
                continue
            floor = figures.get(f"{FLOOR}, {database}")
            values = [figures.get(name) for name in (BARE, *names)]
            cells = [_cell(value, unit, floor) for value in values]
            print(f"| {title} | {database} | {' | '.join(cells)} |", flush=True)


def _cell(value: float | None, unit: str, floor: float | None) -> str:
    if value is None:
        return ""
    ratio = f" ({value / floor:.2f})" if floor and value != floor else ""
    return f"{_number(value)} {unit}{ratio}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--database", choices=["sqlite", "postgresql"])
    parser.add_argument("rows", nargs="*", metavar="row", help=f"of: {', '.join(ROWS)}")
    arguments = parser.parse_args()
    names = arguments.rows or list(ROWS)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{os.cpu_count()} cores, load {load}; medians of {arguments.rounds} rounds\n")
    with empty_databases(arguments.database) as databases:
        show(list(databases), measure(names, arguments.rounds, databases))


if __name__ == "__main__":
    main()
