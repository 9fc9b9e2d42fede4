"""Measures a look at an unchanged catalog beside a bare ``os.scandir`` walk: ``make bench``.

Every figure is a median over rounds that take turns, so that a busy machine slows all alike.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from jobnb.catalogs.discovery import FolderSource, JobsCatalog
from jobnb.settings import Settings, child_environment

JOB = """
from jobnb import jobs

class Job{number}(jobs.Job):
    def run(self):
        return {number}

jobs.register_jobs(Job{number})
"""


def scan(folder: str) -> int:
    """A walk with one stat per file, and nothing else."""
    count = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            entry.stat()
            count += scan(entry.path) if entry.is_dir() else 1
    return count


def milliseconds(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return (time.perf_counter() - begin) * 1000


def edit_and_look(root: Path, number: int, look: Callable[[], object]) -> float:
    edited = root / "edited"
    edited.write_text(JOB.format(number=0).replace("return 0", f"return {number + 1000}"))
    edited.replace(root / "job0.py")
    return milliseconds(look)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        root, children = Path(place, "jobs"), []
        root.mkdir()
        for number in range(options.files):
            (root / f"job{number}.py").write_text(JOB.format(number=number))

        def environment() -> dict[str, str]:
            children.append(1)
            return child_environment()

        settings = Settings(jobs_root=root, cache_dir=Path(place, "cache"))
        catalog = JobsCatalog(root, [FolderSource(settings, environment)])
        first = milliseconds(catalog.current)
        time.sleep(0.1)  # until the files are no longer fresh
        catalog.current()
        looks, walks = [], []
        for _ in range(options.rounds):
            walks.append(milliseconds(lambda: scan(str(root))))
            looks.append(milliseconds(catalog.current))
        look, walk = statistics.median(looks), statistics.median(walks)
        print(f"{options.files} files, {options.rounds} rounds, medians")
        print(f"  os.scandir and a stat each   {walk:8.2f} ms")
        print(f"  unchanged catalog            {look:8.2f} ms  ({look / walk:.1f} times)")
        print(f"  children for all these looks {len(children) - 1:8d}")
        print(f"  first look                   {first:8.0f} ms")
        job = catalog.current()["Job0"]
        for what, look in (
            ("the edited job, for a run", lambda: catalog.current(job)),
            ("all jobs after an edit   ", catalog.current),
        ):
            edits = [edit_and_look(root, number, look) for number in range(5)]
            print(f"  {what}    {statistics.median(edits):8.0f} ms")
        catalog.close()


if __name__ == "__main__":
    main()
