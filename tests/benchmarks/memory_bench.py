"""Whether memory stays flat while a run logs: ``python -m tests.benchmarks.memory_bench``.

Prints what each process holds after each tenth of the lines: the kernel, which reads every line and
keeps none; the worker, which with ``--external`` is a process of its own; the child of the job.
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


def measure(lines: int, *, external: bool) -> list[dict[str, float]]:
    """Megabytes of each process after each tenth of the lines of one run."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        root = Path(name)
        make_project(root)
        (root / "jobs" / "heavy.py").unlink()
        state = {"JOBNB_STATE_DIR": f"{root}/state", "JOBNB_CACHE_DIR": f"{root}/cache"}
        client, workers = None, {}
        if external:
            found = stack.enter_context(cluster(root, state))
            client = stack.enter_context(Client(scheduler_file=found, set_as_default=False))
            client.wait_for_workers(2, timeout=60)
            workers = client.run(os.getpid)

        def look(result: JobResult) -> dict[str, float]:
            attempt = result.attempts[-1]
            seen = {"kernel": megabytes(os.getpid()), "child": megabytes(attempt.pid or 0)}
            if workers:
                seen["worker"] = max(map(megabytes, workers.values()))
            return seen

        witness = Witness(lines, look)
        given = {
            "state_dir": f"{root}/state",
            "cache_dir": f"{root}/cache",
            "max_entries": 0,
            "max_output": 0,
        }
        settings = load_settings(given, environment={}, folder=root)
        with closing(Workbench(settings, witness, client)) as bench:
            bench.get_job("Hello").run()
            bench.get_job("Lines").run(count=lines)
        return witness.found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--external", action="store_true")
    arguments = parser.parse_args()
    found = measure(arguments.lines, external=arguments.external)
    names = list(found[0])
    print(f"| lines | {', MB | '.join(names)}, MB |\n| ---: |{' ---: |' * len(names)}")
    for number, seen in enumerate(found, 1):
        figures = " | ".join(f"{seen[name]:.1f}" for name in names)
        print(f"| {number * arguments.lines // TENTHS:,} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
