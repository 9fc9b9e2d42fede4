"""The clusters that a run may be given to, all started by Dask's own means."""

from __future__ import annotations

import asyncio
import os

import pytest
from distributed import Client, LocalCluster

from jobnb.engine.launching.launcher import DaskLauncher
from jobnb.errors import ClusterError
from jobnb.protocol import Reason, Status
from jobnb.settings import load_settings
from jobnb.workbench import Workbench
from tests.cluster.conftest import RecordingViewer
from tests.processes import SECONDS, eventually, is_alive, kill, read_until

pytestmark = pytest.mark.cluster

JOBS = """
import os, time
from pathlib import Path
from jobnb import jobs

class Where(jobs.Job):
    def run(self):
        return os.getppid()

class Marks(jobs.Job):
    folder = jobs.StringVar()

    def run(self, *, folder):
        os.close(os.open(Path(folder) / "started", os.O_CREAT | os.O_EXCL))
        (Path(folder) / "pids").write_text(f"{os.getpid()} {os.getppid()}")
        time.sleep(600)

jobs.register_jobs(Where, Marks)
"""


@pytest.mark.parametrize("processes", [False, True])
def test_a_client_of_the_user_is_used_and_not_closed(project, processes):
    project.write("where.py", JOBS)
    settings = load_settings(
        {"database_url": project.database_url, "enable_new_jobs": True, "templates": 0},
        folder=project.root,
    )
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=2, processes=processes, dashboard_address=":0"
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        bench = Workbench(settings, RecordingViewer(), client)
        parent = bench.get_job("Where").run().value
        bench.close()

        assert parent in client.run(os.getpid).values()
        assert client.status == "running"


def test_an_asynchronous_client_is_refused():
    async def give_it() -> None:
        async with Client(asynchronous=True, processes=False, dashboard_address=":0") as client:
            DaskLauncher(client, cluster=None, owned=False)

    with pytest.raises(ClusterError, match="asynchronous=False"):
        asyncio.run(give_it())


def test_a_process_whose_scheduler_goes_ends_without_a_word_of_dask(project, cluster):
    kernel = project.python(
        """
        from jobnb.engine.launching.clusters import reach

        launcher = reach(input())
        print("connected", flush=True)
        while launcher.is_connected:
            pass
        launcher.close()
        """
    )
    print(cluster.address, file=kernel.stdin, flush=True)
    read_until(kernel, "connected")
    [scheduler] = cluster.processes
    kill(scheduler.pid)

    assert kernel.stdout.read() == ""
    assert kernel.wait() == 0


def test_a_worker_that_its_nanny_starts_again_does_not_run_the_job_again(
    project, cluster, tmp_path
):
    project.write("where.py", JOBS)
    cluster._start("worker", cluster.address, "--nthreads", "1", "--no-dashboard")
    with project.open(scheduler=cluster.address) as bench:
        result = bench.get_job("Marks").submit(folder=str(tmp_path))
        marks = tmp_path / "pids"
        child, worker = map(int, eventually(lambda: marks.exists() and marks.read_text()).split())
        kill(worker)
        result.wait(SECONDS)

        assert (result.status, result.reason) == (Status.LOST, Reason.WORKER_LOST)
        assert not is_alive(child)
        assert bench.get_job("Where").run().status is Status.SUCCESS
        assert len(result.attempts) == 1


def test_more_runs_than_threads_wait_for_their_turn(project, cluster):
    project.write("where.py", JOBS)
    with project.open(scheduler=cluster.address) as bench:
        results = [bench.get_job("Where").submit() for _ in range(10)]
        assert {result.status for result in results} == {Status.PENDING}
        cluster.add_worker("--nthreads", "1")
        for result in results:
            result.wait(SECONDS)

        assert {result.status for result in results} == {Status.SUCCESS}
        starts = [result.started for result in results]
        assert starts == sorted(starts)
