"""A time of day that is set while runs work: no run is lost, ended early, or kept waiting by it."""

from __future__ import annotations

import pytest

from jobnb.protocol import Status
from tests.cluster.conftest import Project
from tests.processes import SECONDS, eventually

pytestmark = pytest.mark.cluster

JOBS = """
import time
from pathlib import Path
from jobnb import jobs

class Watches(jobs.Job):
    mark = jobs.StringVar()

    class Meta:
        time_limit = 600

    def run(self, *, mark):
        self.logger.info("it is %d", time.time())
        while not Path(mark).exists():
            time.sleep(0.02)
        self.logger.info("it is %d", time.time())

class Again(jobs.Job):
    class Meta:
        max_retries = 1
        retry_delay = 2

    def run(self):
        if self.request.retries == 0:
            raise RuntimeError("once")
        return "done"

jobs.register_jobs(Watches, Again)
"""

# Imported by every Python of these tests before anything else.
CLOCK = """
import datetime, time
from pathlib import Path

offset = Path(__file__).with_name("offset")
true = time.time

def read():
    try:
        return true() + float(offset.read_text() or 0)
    except (OSError, ValueError):
        return true()

class Settable(datetime.datetime):
    __slots__ = ()

    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(read(), tz)

time.time, datetime.datetime = read, Settable
"""


@pytest.fixture
def clock(tmp_path):
    """A folder for ``PYTHONPATH``, and what sets the clock of all that have it."""
    folder = tmp_path / "clock"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(CLOCK)
    return folder, lambda hours: (folder / "offset").write_text(str(3600 * hours))


@pytest.fixture
def project(make_project, tmp_path) -> Project:
    """On SQLite alone: no clock of the database is used."""
    made = make_project(f"sqlite:///{tmp_path / 'jobnb.sqlite3'}")
    made.write("watches.py", JOBS)
    return made


def start(project, cluster, clock, job, *arguments):
    """A worker whose clock can be set, a kernel of the same, and what it submits."""
    quick = {"JOBNB_BEAT_INTERVAL": "0.2", "JOBNB_LOST_AFTER": "2", "PYTHONPATH": str(clock)}
    cluster.add_worker(**quick)
    kernel = project.python(
        f"""
        import jobnb
        result = jobnb.submit({job!r}, {", ".join(arguments)})
        print(result.id, flush=True)
        result.wait()
        print(result.status, result.value, flush=True)
        """,
        JOBNB_SCHEDULER=cluster.address,
        **quick,
    )
    return kernel, kernel.stdout.readline().strip()


def test_a_run_works_on_whatever_the_clock_says(project, cluster, clock, tmp_path):
    folder, set_clock = clock
    mark = tmp_path / "mark"
    kernel, run_id = start(project, cluster, folder, "Watches", f"mark={str(mark)!r}")
    with project.open(beat_interval=0.2, lost_after=2) as bench:
        result = bench.result(run_id)
        eventually(lambda: len(result.log) >= 2)
        for hours, beats in ((1, 5), (-1, 10)):
            set_clock(hours)
            eventually(lambda least=beats: bench.results() and _beats(bench, least))
            assert result.status is Status.STARTED
        mark.touch()
        said, _ = kernel.communicate(timeout=SECONDS)

        assert said.startswith("SUCCESS")
        first, second = [int(e.message[6:]) for e in result.log if e.message.startswith("it is")]
        assert 3500 < abs(second - first) < 3700
        assert [entry.number for entry in result.log] == list(range(1, len(result.log) + 1))
        assert "-" not in result._repr_mimebundle_()["text/plain"].split("entries")[0]


def _beats(bench, count):
    """Whether every process has beaten so often."""
    with bench.database().read() as connection:
        [least] = connection.exec_driver_sql(
            "SELECT min(beat) FROM jobnb_worker WHERE ended IS NULL"
        ).one()
    return least >= count


def test_an_attempt_that_is_due_comes_although_the_clock_is_set_back(project, cluster, clock):
    folder, set_clock = clock
    kernel, run_id = start(project, cluster, folder, "Again")
    with project.open() as bench:
        eventually(lambda: bench.result(run_id).status is Status.RETRY)
        set_clock(-1)
    said, _ = kernel.communicate(timeout=SECONDS)

    assert said == "SUCCESS done\n"
