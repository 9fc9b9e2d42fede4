"""What a kernel takes beside an open panel: ``python -m tests.benchmarks.kernel_bench``.

In a real browser it prints the megabytes of a kernel after its first run on the default cluster,
beside those of one that has imported ``distributed`` only; and which share of a core a kernel takes
while a run logs 1,000 lines a second into its panel, and while that is open and nothing runs.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil
from playwright.sync_api import expect

from tests.browser.conftest import make_project
from tests.browser.lab import NotebookPage, open_browser, open_lab, open_notebook

SETTLING: Final = 7.0
"""Seconds until the spare forks of a run have gone, and nothing is left to do after it."""
STEADY: Final = """
import time
from jobnb import jobs

class Steady(jobs.Job):
    def run(self):
        begin, said = time.monotonic(), 0
        while True:
            wanted = int((time.monotonic() - begin) * 1000)
            for number in range(said, wanted):
                self.logger.info("line %d of the log, as long as lines of most logs are", number)
            said = max(said, wanted)
            time.sleep(0.01)

class Once(jobs.Job):
    def run(self):
        self.logger.info("once")

jobs.register_jobs(Steady, Once)
"""
PID: Final = "import os; os.getpid()"


def kernel_of(opened: NotebookPage, index: int) -> psutil.Process:
    """The kernel of a notebook in which that cell gives its process id."""
    return psutil.Process(int(re.findall(r"\d+", opened.result(index))[-1]))


def megabytes(process: psutil.Process) -> float:
    return process.memory_info().rss / 1e6


def share(process: psutil.Process, seconds: float) -> float:
    """Percent of a core that the process takes from now on, without its children."""
    begin, before = time.monotonic(), process.cpu_times()
    time.sleep(seconds)
    after = process.cpu_times()
    took = after.user + after.system - before.user - before.system
    return 100 * took / (time.monotonic() - begin)


@contextmanager
def notebooks() -> Iterator[tuple[NotebookPage, NotebookPage]]:
    """One with jobs, and one that has imported ``distributed`` only; the first cell says the id."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        make_project(root)
        (root / "jobs" / "steady.py").write_text(STEADY)
        runs = ['import jobnb; jobnb.run("Once")', 'jobnb.submit("Steady")', "_.cancel()"]
        with open_lab(root) as lab, open_browser(root / ".profile") as browser:
            bare = open_notebook(lab, browser, "bare", [f"import distributed; {PID}"])
            yield open_notebook(lab, browser, "ours", [PID, *runs]), bare


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="for which the CPU is watched")
    seconds = parser.parse_args().seconds
    with notebooks() as (ours, bare):
        before = megabytes(kernel_of(bare, 0))
        kernel = kernel_of(ours, 0)
        ours.run(1)
        expect(ours.cell(1)).to_contain_text("SUCCESS")
        print(f"memory: {megabytes(kernel):.0f} MB, {before:.0f} MB with distributed only")
        ours.run(2)
        expect(ours.cell(2).locator(".jobnb-found")).to_have_text(re.compile(r"^\d,\d"))
        print(f"at 1,000 lines/s: {share(kernel, seconds):.1f} % of a core")
        ours.run(3)
        expect(ours.cell(2)).to_contain_text("REVOKED")
        time.sleep(SETTLING)
        print(f"beside its panel, no run: {share(kernel, seconds):.1f} % of a core")


if __name__ == "__main__":
    main()
