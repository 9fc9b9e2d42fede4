"""A file that is saved is the code of the next run, on every worker, and of no run before it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jobnb.handles import JobResult
from jobnb.protocol import Status
from jobnb.workbench import Workbench
from tests.cluster.conftest import Cluster, Project
from tests.processes import SECONDS, eventually

pytestmark = pytest.mark.cluster

WORKERS = ("left", "right")
JOB = """
import time
from pathlib import Path

import tools
from jobnb import jobs

class Live(jobs.Job):
    class Meta:
        task_queues = ("left", "right")

    gate = jobs.StringVar(required=False)

    def run(self, *, gate):
        self.logger.info("started")
        while gate and not Path(gate).exists():
            time.sleep(0.01)
        import imported_late
        return ["first", tools.WORD, imported_late.WORD]

jobs.register_jobs(Live)
"""
OTHER = """
from jobnb import jobs

class Other(jobs.Job):
    class Meta:
        task_queues = ("left", "right")

    def run(self):
        return __name__

jobs.register_jobs(Other)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("live")
    made = Project(root, f"sqlite:///{root / 'runs.sqlite'}")
    made.write("live.py", JOB)
    save(made, "tools.py", 'WORD = "first"')
    save(made, "imported_late.py", 'WORD = "first"')
    return made


@pytest.fixture(scope="module")
def bench(project: Project) -> Iterator[Workbench]:
    """Two plain workers, each with a queue of its own, so that a run can be sent to either."""
    cluster = Cluster(project)
    try:
        for name in WORKERS:
            cluster.add_worker("--resources", f"{name}=1")
        with project.open(scheduler=cluster.address) as opened:
            yield opened
    finally:
        cluster.close()


def save(project: Project, name: str, text: str) -> None:
    """Puts a whole new file in the place of the old one, as editors do."""
    new = project.root / "new"
    new.write_text(text)
    new.replace(project.root / "jobs" / name)


def on_each(bench: Workbench, job: str, **inputs: str) -> list[JobResult]:
    """One run on each worker, submitted at once."""
    handle = bench.get_job(job)
    return [handle.options(queue=name).submit(**inputs) for name in WORKERS]


def values(runs: list[JobResult]) -> list[object]:
    ended = [run.wait(SECONDS) for run in runs]
    assert len({run.record.worker for run in ended}) == len(WORKERS)
    return [run.value for run in ended]


def test_saved_files_run_on_every_worker_at_once_and_a_run_in_flight_keeps_its_own(
    project: Project, bench: Workbench, tmp_path: Path
) -> None:
    gate = tmp_path / "open"
    before = values(on_each(bench, "Live"))
    in_flight = on_each(bench, "Live", gate=str(gate))
    eventually(lambda: all(run.status is Status.STARTED for run in in_flight))
    eventually(lambda: all("started" in str(run.log) for run in in_flight))
    for name in ("live.py", "tools.py", "imported_late.py"):
        text = (project.root / "jobs" / name).read_text()
        save(project, name, text.replace('"first"', '"later"'))
    # One run at a time is enough for a worker's queue: these wait for those in flight.
    after = on_each(bench, "Live")
    gate.touch()

    assert before == [["first"] * 3] * 2
    assert values(in_flight) == [["first"] * 3] * 2
    assert values(after) == [["later"] * 3] * 2


def test_files_that_are_added_renamed_and_deleted_are_seen_on_every_worker(
    project: Project, bench: Workbench
) -> None:
    folder = project.root / "jobs"
    assert set(bench.catalog()) == {"Live"}
    save(project, "added.py", OTHER)
    added = values(on_each(bench, "Other"))
    (folder / "added.py").rename(folder / "renamed.py")
    renamed = values(on_each(bench, "Other"))
    (folder / "renamed.py").unlink()

    assert (added, renamed) == (["added"] * 2, ["renamed"] * 2)
    assert set(bench.catalog()) == {"Live"}
