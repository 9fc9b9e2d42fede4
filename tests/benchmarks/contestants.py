"""Who is measured: bare Dask, the two floors, and jobnb embedded and on a cluster."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final

from distributed import Client

from jobnb.handles import JobResult
from jobnb.settings import Settings, load_settings
from jobnb.store.database import upgrade_database
from jobnb.workbench import Workbench
from tests.benchmarks.databases import SQLITE
from tests.benchmarks.floors import Floor
from tests.processes import eventually, kill_tree

BARE: Final = "bare client.submit"
JOBS: Final = """
from jobnb import jobs

class Hello(jobs.Job):
    def run(self):
        self.logger.info("x" * 100)
        return 1

class Lines(jobs.Job):
    count = jobs.IntegerVar()

    def run(self, *, count):
        text = "x" * 100
        for number in range(count):
            self.logger.info(text)
        return 1

class Paced(jobs.Job):
    def run(self):
        import time
        for number in range(30):
            self.logger.info("line %d", number, extra={"grouping": "paced"})
            time.sleep(0.1)

jobs.register_jobs(Hello, Lines, Paced)
"""

PANDAS: Final = """
import pandas
from jobnb import jobs

class Pandas(jobs.Job):
    def run(self):
        self.logger.info("x" * 100)
        return len(pandas.DataFrame({"a": [1]}))

jobs.register_jobs(Pandas)
"""


def one() -> int:
    return 1


class Nobody:
    """A viewer that shows nothing, and notes when it was given each line."""

    newest = None

    def __init__(self) -> None:
        self.delays: list[float] = []

    def open(self, result: JobResult, *, cancels: bool) -> Nobody:
        self.delays = []
        return self

    def show(self, result: JobResult) -> None:
        """Nothing to do."""

    settle = show

    def rest(self) -> None:
        """Nothing to do."""

    def update(self, update) -> None:
        now = time.time()
        self.delays += [now - entry.created for entry in update.entries]

    def close(self, record) -> None:
        """Nothing to do."""

    detach = close


class Bare:
    """``client.submit`` of a function that returns 1: no process, no log, no record."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def run(self, job: str = "hello", count: int = 1) -> None:
        assert self._client.submit(one, pure=False).result() == 1

    def many(self, count: int) -> None:
        self._client.gather([self._client.submit(one, pure=False) for _ in range(count)])


class OnFloor:
    """One of the floors."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def run(self, job: str = "hello", count: int = 1) -> None:
        assert self._floor.run(job, count) == 1

    def many(self, count: int) -> None:
        """So many at once."""
        submitted = [self._floor.submit() for _ in range(count)]
        assert {future.result() for _, future in submitted} == {1}


class Ours:
    """jobnb, as somebody uses it in Python."""

    def __init__(self, bench: Workbench, viewer: Nobody) -> None:
        self.bench, self.viewer = bench, viewer

    def run(self, job: str = "hello", count: int = 1) -> None:
        inputs = {"count": count} if job == "lines" else {}
        assert self.bench.get_job(job, at_once=True).run(**inputs).value == 1

    def many(self, count: int) -> None:
        job = self.bench.get_job("Hello")
        assert {result.wait().value for result in [job.submit() for _ in range(count)]} == {1}

    def delays(self) -> list[float]:
        """Seconds from the log call to whoever shows the line, at ten lines a second."""
        self.bench.get_job("Paced").run()
        return self.viewer.delays[1:-1]


@contextmanager
def cluster(folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """A scheduler and two workers with a thread each, by Dask's own commands; its address."""
    found = folder / "scheduler.json"
    base = [sys.executable, "-m", "dask"]
    commands = [
        [*base, "scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(found)],
        *[[*base, "worker", "--nthreads", "1", "--no-dashboard", "--scheduler-file", str(found)]]
        * 2,
    ]
    with ExitStack() as stack:
        for command in commands:
            log = stack.enter_context((folder / "cluster.log").open("ab"))
            process = subprocess.Popen(
                command,
                cwd=Path(__file__).parents[2],
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            stack.callback(kill_tree, process)
            eventually(found.exists)
        yield str(found)


@contextmanager
def contestants(databases: Mapping[str, str]) -> Iterator[dict[str, Bare | OnFloor | Ours]]:
    """All of them, warm, on one machine and in one cluster.

    Args:
        databases: What a database is called to the URL of one that is empty; ours are there once
            for each.
    """
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        root = Path(name)
        make_project(root)
        state = {"JOBNB_STATE_DIR": f"{root}/state", "JOBNB_CACHE_DIR": f"{root}/cache"}
        found = stack.enter_context(cluster(root, state))
        client = stack.enter_context(Client(scheduler_file=found, set_as_default=False))
        client.wait_for_workers(2, timeout=60)
        made: dict[str, Bare | OnFloor | Ours] = {BARE: Bare(client)}
        for database, url in databases.items():
            for way in ("exec", "fork"):
                where = f"{root}/floor.sqlite3" if database == SQLITE else url
                made[f"floor: {way}, {database}"] = OnFloor(Floor(client, way, where))
            upgrade_database(url)
            for where, given in (("embedded", None), ("external", client)):
                viewer = Nobody()
                bench = Workbench(_settings(root, url), viewer, given)
                stack.enter_context(closing(bench))
                made[f"{where}, {database}"] = Ours(bench, viewer)
        yield made


def _settings(root: Path, url: str) -> Settings:
    given = {
        "database_url": url,
        "workers": 2,
        "enable_new_jobs": True,
        "state_dir": f"{root}/state",
        "cache_dir": f"{root}/cache",
    }
    return load_settings(given, environment={}, folder=root)


def make_project(root: Path) -> None:
    """A folder with the jobs."""
    (root / "jobs").mkdir()
    (root / "jobs" / "bench.py").write_text(textwrap.dedent(JOBS))
    (root / "jobs" / "heavy.py").write_text(textwrap.dedent(PANDAS))
