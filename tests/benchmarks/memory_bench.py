"""Whether memory stays flat: ``python -m tests.benchmarks.memory_bench``.

Prints what each process holds after each tenth of the lines of a run, or of many runs: the kernel,
which reads every line and keeps none; the child of the job; the worker, which is a process of its
own with ``--external``.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import psutil
from distributed import Client

from jobnb.handles import JobResult
from jobnb.settings import load_settings
from jobnb.workbench import Workbench
from tests.benchmarks.contestants import Nobody, cluster, make_project

TENTHS = 10


class Witness(Nobody):
    """A viewer that looks at some processes after each tenth of the lines."""

    def __init__(self, lines: int, look: Callable[[JobResult], dict[str, float]]) -> None:
        super().__init__()
        self._every, self._look = lines // TENTHS, look
        self._result: JobResult | None = None
        self._seen = 0
        self.found: list[dict[str, float]] = []

    def open(self, result: JobResult, *, cancels: bool) -> Witness:
        self._result, self._seen, self.found = result, 0, []
        return self

    def update(self, update) -> None:
        before = self._seen // self._every
        self._seen += len(update.entries)
        if self._result is not None and self._seen // self._every > before:
            self.found.append(self._look(self._result))


def megabytes(pid: int) -> float:
    """What a process holds; 0 if it is gone."""
    try:
        return psutil.Process(pid).memory_info().rss / 1e6
    except psutil.NoSuchProcess:
        return 0.0


class Process:
    """This process with a workbench on its default cluster, or on one that is external."""

    def __init__(self, stack: ExitStack, *, external: bool) -> None:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        make_project(root)
        (root / "jobs" / "heavy.py").unlink()
        places = {"state_dir": f"{root}/state", "cache_dir": f"{root}/cache"}
        self._client, self._workers = None, {}
        if external:
            state = {f"JOBNB_{name.upper()}": place for name, place in places.items()}
            found = stack.enter_context(cluster(root, state))
            self._client = stack.enter_context(Client(scheduler_file=found, set_as_default=False))
            self._client.wait_for_workers(2, timeout=60)
            self._workers = self._client.run(os.getpid)
        given = {**places, "max_entries": 0, "max_output": 0}
        self._settings = load_settings(given, environment={}, folder=root)

    def open(self, viewer: Nobody) -> Workbench:
        return Workbench(self._settings, viewer, self._client)

    def look(self) -> dict[str, float]:
        """Name of a process to its megabytes; of several workers the largest counts."""
        seen = {"kernel": megabytes(os.getpid())}
        if self._workers:
            seen["worker"] = max(map(megabytes, self._workers.values()))
        return seen


def over_lines(lines: int, *, external: bool) -> list[dict[str, float]]:
    """Megabytes of each process after each tenth of the lines of one run."""
    with ExitStack() as stack:
        process = Process(stack, external=external)

        def look(result: JobResult) -> dict[str, float]:
            return {**process.look(), "child": megabytes(result.attempts[-1].pid or 0)}

        witness = Witness(lines, look)
        with closing(process.open(witness)) as bench:
            bench.get_job("Hello").run()
            bench.get_job("Lines").run(count=lines)
        return witness.found


def over_runs(runs: int, *, external: bool) -> list[dict[str, float]]:
    """The same after each tenth of so many runs, which are at once."""
    found = []
    with ExitStack() as stack:
        process = Process(stack, external=external)
        with closing(process.open(Nobody())) as bench:
            job = bench.get_job("Hello")
            for _ in range(TENTHS):
                for result in [job.submit() for _ in range(runs // TENTHS)]:
                    result.wait()
                found.append(process.look())
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--lines", type=int, default=1_000_000)
    kind.add_argument("--runs", type=int, help="over so many runs, and not over the lines of one")
    parser.add_argument("--external", action="store_true")
    given = parser.parse_args()
    over, count = (over_runs, given.runs) if given.runs else (over_lines, given.lines)
    found = over(count, external=given.external)
    names = list(found[0])
    print(
        f"| {over.__name__[5:]} | {', MB | '.join(names)}, MB |\n| ---: |{' ---: |' * len(names)}"
    )
    for number, seen in enumerate(found, 1):
        figures = " | ".join(f"{seen[name]:.1f}" for name in names)
        print(f"| {number * count // TENTHS:,} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
