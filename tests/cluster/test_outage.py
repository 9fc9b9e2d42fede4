"""A database server that goes away under a run and comes back."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobnb.protocol import Reason, Status
from tests.cluster.conftest import Project
from tests.processes import SECONDS, eventually, is_alive
from tests.servers import Server

pytestmark = pytest.mark.cluster

JOBS = """
import time
from pathlib import Path
from jobnb import jobs

class Talks(jobs.Job):
    mark = jobs.StringVar()

    def run(self, *, mark):
        number = 0
        while not Path(mark).exists():
            self.logger.info("%d %s", number, "x" * 20_000)
            Path(mark).with_name("progress").write_text(str(number))
            number += 1
            time.sleep(0.02)
        return number

jobs.register_jobs(Talks)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    # The path of a socket is short, and the server's system user must get in.
    with tempfile.TemporaryDirectory(prefix="jobnb-pg-", ignore_cleanup_errors=True) as folder:
        made = Server(Path(folder))
        yield made
        made.close()


@pytest.fixture
def project(make_project, server) -> Project:
    made = make_project(server.url)
    made.write("talks.py", JOBS)
    return made


def progress(mark: Path) -> int:
    return int(mark.with_name("progress").read_text() or 0)


def numbers_of(result) -> list[int]:
    return [int(entry.message.split(" ")[0]) for entry in result.log if "xxx" in entry.message]


def test_a_job_goes_on_while_the_server_is_away_and_no_line_is_lost(project, server, tmp_path):
    mark = tmp_path / "mark"
    with project.open() as bench:
        result = bench.get_job("Talks").submit(mark=str(mark))
        eventually(lambda: len(result.log) > 3)
        server.stop()
        before = progress(mark)
        eventually(lambda: progress(mark) > before + 100)  # 2 MB: far more than a pipe holds
        server.start()
        mark.touch()
        result.wait(SECONDS)

        assert result.status is Status.SUCCESS
        assert numbers_of(result) == list(range(result.value))


def test_a_job_whose_log_can_not_be_kept_for_too_long_is_stopped_and_says_so(
    project, server, tmp_path
):
    mark = tmp_path / "mark"
    with project.open(lost_after=2, beat_interval=0.2) as bench:
        result = bench.get_job("Talks").submit(mark=str(mark))
        pid = eventually(lambda: result.attempts and result.attempts[0].pid)
        eventually(lambda: len(result.log) > 3)
        server.stop()
        eventually(lambda: not is_alive(pid))
        last = progress(mark)
        server.start()
        eventually(lambda: result.status is Status.FAILURE)

        assert result.reason is Reason.SUPERVISOR_ERROR
        assert "could not be written any more" in result.detail
        assert result.detail in str(result.log)
        numbers = numbers_of(result)
        assert numbers == list(range(len(numbers)))
        assert len(numbers) > last - 60  # what was on its way when it was killed may be missing


def test_a_worker_that_comes_while_the_server_is_away_waits_for_it(
    project, server, cluster, tmp_path
):
    mark = tmp_path / "mark"
    mark.touch()
    with project.open(scheduler=cluster.address) as bench:
        result = bench.get_job("Talks").submit(mark=str(mark))
        server.stop()
        cluster.add_worker()
        [log] = project.root.glob("worker-*.log")
        eventually(lambda: "Trying again" in log.read_text())
        server.start()

        assert result.wait(SECONDS).status is Status.SUCCESS
