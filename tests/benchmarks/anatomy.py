"""What the time of one run is made of: ``make anatomy`` prints a table of its steps.

The run is one line of log on the default cluster, warm, in this very process, so that its steps can
be seen from outside: a few methods are wrapped, and the child says when it began and ended.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from jobnb.catalogs.describing.describer import Describer
from jobnb.catalogs.growing.gardener import Gardener
from jobnb.engine.attempts.attempt import Attempt
from jobnb.engine.attempts.hearing import Hearing
from jobnb.engine.attempts.supervisor import Supervisor
from jobnb.engine.dispatch import Dispatch
from jobnb.engine.launching.launcher import DaskLauncher
from jobnb.engine.recording.recorder import Recorder
from jobnb.handles.records.known import KnownJobs
from jobnb.settings import load_settings
from jobnb.store.database import upgrade_database
from jobnb.store.results import Results
from jobnb.workbench import Workbench
from tests.benchmarks.contestants import Nobody, make_project
from tests.benchmarks.databases import empty_databases

STEPS: list[tuple[str, type, str, str]] = [
    ("catalog: has a file changed, what do the records say", KnownJobs, "find_to_run", "took"),
    ("clean the inputs, in the child that describes", Describer, "clean", "took"),
    ("insert, if the job may run: one transaction", Results, "create", "took"),
    ("submit: hand the order to Dask", DaskLauncher, "launch", "took"),
    ("Dask: until the task begins", Supervisor, "supervise", "begin"),
    ("claim, with all that is known of the run: one transaction", Results, "claim", "took"),
    ("start: a child that has its order", Gardener, "begin", "took"),
    ("run: until the child has said all", Hearing, "_take", "last"),
    ("child gone: until its exit is known", Attempt, "_conclude", "begin"),
    ("log lines and end: one transaction", Recorder, "end", "took"),
    ("doorbell and display: until the caller knows", Dispatch, "peek", "end"),
]


class Clock:
    """When each of the wrapped methods began and ended last."""

    def __init__(self) -> None:
        self.spans: dict[str, list[list[float]]] = {}

    def watch(self, owner: type, name: str) -> None:
        original: Callable = getattr(owner, name)

        def timed(*args, **more):
            # Noted at once: who waits for a run may know of its end before all of this is over.
            span = [time.perf_counter()] * 2
            self.spans.setdefault(f"{owner.__name__}.{name}", []).append(span)
            try:
                return original(*args, **more)
            finally:
                span[1] = time.perf_counter()

        setattr(owner, name, timed)


def milliseconds(clock: Clock, end: float) -> list[float]:
    """The time of each step of the last run."""
    found, before = [], 0.0
    launched = clock.spans["DaskLauncher.launch"][-1][1]
    for _, owner, name, what in STEPS:
        spans = clock.spans.get(f"{owner.__name__}.{name}", [])
        if what == "took":
            took = sum(stop - begin for begin, stop in spans)
        elif what == "begin" and owner is Supervisor:
            took = max(0.0, spans[-1][0] - launched)
        elif what == "begin":
            took = spans[-1][0] - before
        elif what == "last":
            took = spans[-1][1] - clock.spans["Gardener.begin"][-1][1]
        else:
            took = end - clock.spans["Recorder.end"][-1][1]
        before = spans[-1][1]
        found.append(1000 * took)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--templates", type=int, default=4)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, empty_databases(arguments.database) as databases:
        root = Path(name)
        make_project(root)
        (root / "jobs" / "heavy.py").unlink()
        (url,) = databases.values()
        upgrade_database(url)
        given = {
            "database_url": url,
            "templates": arguments.templates,
            "enable_new_jobs": True,
        }
        settings = load_settings(given, environment={}, folder=root)
        clock, rows, wholes = Clock(), [], []
        for _, owner, method, _ in STEPS:
            clock.watch(owner, method)
        with closing(Workbench(settings, Nobody(), None)) as bench:
            job = bench.get_job("Hello")
            for number in range(arguments.rounds + 3):
                clock.spans.clear()
                begin = time.perf_counter()
                job.run()
                end = time.perf_counter()
                if number >= 3:
                    rows.append(milliseconds(clock, end))
                    wholes.append(1000 * (end - begin))
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{os.cpu_count()} cores, load {load}; medians of {arguments.rounds} runs\n")
    print("| step | ms |\n| --- | ---: |")
    for (title, *_), column in zip(STEPS, zip(*rows, strict=True), strict=True):
        print(f"| {title} | {statistics.median(column):.1f} |")
    print(f"| all, some of it at the same time | {statistics.median(wholes):.1f} |")


if __name__ == "__main__":
    main()
