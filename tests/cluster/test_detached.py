"""The cluster of ``jobnb cluster start``: Dask's own processes, found by whoever needs them."""

from __future__ import annotations

import os
import re
import stat
import threading

import psutil
import pytest
from distributed import Client

from jobnb.engine.detached import DetachedCluster, find_cluster, start_cluster, stop_cluster
from jobnb.errors import ClusterError
from jobnb.protocol import Reason, Status
from jobnb.settings import Settings, load_settings, worker_environment
from jobnb.store.database import open_database
from jobnb.store.results import Results
from tests.cluster.conftest import Project
from tests.processes import eventually, is_alive, kill, read_until

pytestmark = pytest.mark.cluster

JOBS = """
import os, time
from jobnb import jobs

class Where(jobs.Job):
    def run(self):
        return os.getppid()

class Graphics(jobs.Job):
    class Meta:
        task_queues = ["gpu", "net"]

    def run(self):
        return "done"

class Sleeper(jobs.Job):
    seconds = jobs.IntegerVar()

    def run(self, *, seconds):
        print("asleep")
        time.sleep(seconds)
        return "awake"

jobs.register_jobs(Where, Graphics, Sleeper)
"""


@pytest.fixture
def project(tmp_path):
    """On SQLite alone: which database it is makes no difference to the cluster."""
    made = Project(tmp_path / "project", f"sqlite:///{tmp_path / 'jobnb.sqlite3'}")
    made.write("where.py", JOBS)
    return made


@pytest.fixture
def settings(project):
    return load_settings({"database_url": project.database_url, "workers": 2}, folder=project.root)


@pytest.fixture
def start(settings: Settings):
    """Starts the cluster of the project; it is stopped after the test."""
    yield lambda: start_cluster(settings, worker_environment(settings))
    stop_cluster(settings)


def family(cluster: DetachedCluster) -> list[int]:
    """Process ids of a cluster: scheduler, nanny, worker and whatever they started."""
    heads = [psutil.Process(process.pid) for process in (cluster.scheduler, cluster.worker)]
    return [p.pid for head in heads for p in (head, *head.children(recursive=True))]


def test_a_kernel_finds_the_cluster_by_itself(project, start):
    cluster, is_new = start()

    with project.open() as bench:
        parent = bench.get_job("Where").run().value

    assert is_new
    assert parent in family(cluster)


def test_a_run_outlives_the_kernel_that_started_it(project, start):
    start()
    kernel = project.python(
        """
        import jobnb
        print(jobnb.submit("Sleeper", seconds=2).id, flush=True)
        print("ready", flush=True)
        input()
        """
    )
    with kernel, project.open() as bench:
        run_id = read_until(kernel, "ready").split()[-2]
        eventually(lambda: bench.result(run_id).status == Status.STARTED)
        kill(kernel.pid)
        result = bench.result(run_id).wait()

    assert (result.status, result.value) == (Status.SUCCESS, "awake")


def test_its_worker_looks_after_runs_before_it_has_had_one(project, start, monkeypatch):
    monkeypatch.setenv("JOBNB_BEAT_INTERVAL", "0.2")
    kernel = project.python(
        """
        import jobnb
        result = jobnb.submit("Sleeper", seconds=600)
        while result.status != "STARTED":
            pass
        print(result.id, "works", flush=True)
        input()
        """
    )
    with kernel:
        run_id = read_until(kernel, "works").split()[-2]
        kill(kernel.pid)
    database = open_database(project.database_url)
    start()

    eventually(lambda: Results(database).get(run_id).status is Status.LOST)
    database.close()


def test_who_starts_it_again_gets_the_same_one(start):
    first, _ = start()
    second, is_new = start()

    assert (second, is_new) == (first, False)


def test_many_who_start_it_at_once_get_one(start):
    found: list[tuple[DetachedCluster, bool]] = []
    threads = [threading.Thread(target=lambda: found.append(start())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({cluster.address for cluster, _ in found}) == 1
    assert sorted(is_new for _, is_new in found) == [False, False, False, True]


def test_stopping_it_leaves_no_process_and_no_folder(settings, start):
    cluster, _ = start()
    processes = family(cluster)

    assert stop_cluster(settings) == cluster
    eventually(lambda: not any(is_alive(pid) for pid in processes))
    assert find_cluster(settings) is None
    assert not cluster.folder.exists()


def test_stopping_what_is_not_there_does_nothing(settings):
    assert stop_cluster(settings) is None


def test_a_run_that_works_is_stopped_with_it_and_says_so(project, settings, start):
    start()
    with project.open() as bench:
        result = bench.get_job("Sleeper").options(check=False).submit(seconds=600)
        eventually(lambda: any(entry.message == "asleep" for entry in result.log))

        stop_cluster(settings)
        result.wait()

    assert result.status == Status.REVOKED
    assert result.reason == Reason.WORKER_CLOSED


def test_a_worker_that_dies_is_replaced(project, settings, start):
    cluster, _ = start()
    with project.open() as bench:
        first = bench.get_job("Where").run().value
        kill(first)
        second = bench.get_job("Where").run().value

    assert first != second
    assert second in family(cluster)


def test_one_that_was_killed_is_found_no_more_and_can_be_started_again(settings, start):
    first, _ = start()
    for pid in family(first):
        kill(pid)
    eventually(lambda: find_cluster(settings) is None)

    second, is_new = start()

    assert is_new
    assert second.address != first.address


def test_only_its_owner_is_let_in(start):
    cluster, _ = start()

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in cluster.folder.iterdir()}
    assert stat.S_IMODE(cluster.folder.stat().st_mode) == 0o700
    assert modes["key.pem"] == 0o600
    with pytest.raises(OSError, match=r"closed|Timed out"):
        Client(cluster.address.replace("tls://", "tcp://"), timeout=2, set_as_default=False)


def test_a_worker_gets_the_database_with_its_password(project, start, settings):
    environment = worker_environment(settings)

    assert environment["JOBNB_DATABASE_URL"] == settings.database_url


def test_a_scheduler_that_does_not_start_says_why(settings):
    environment = {**os.environ, "PYTHONPATH": "", "DASK_CONFIG": "/dev/null/x", "PYTHONHOME": "/"}

    with pytest.raises(ClusterError, match=r"The Dask scheduler ended \(1\). It said:"):
        start_cluster(settings, environment)
    assert find_cluster(settings) is None


def test_a_record_that_was_tampered_with_is_told(settings, start):
    cluster, _ = start()
    record = cluster.folder / "cluster.json"
    good = record.read_text()
    record.write_text("{}")

    with pytest.raises(ClusterError, match=r"cluster\.json is not what jobnb has written"):
        find_cluster(settings)
    record.write_text(good)


def test_the_command_line_starts_shows_and_stops_it(project):
    before = project.command("cluster", "status")
    started = project.jobnb("cluster", "start")
    again = project.command("cluster", "start")
    status = project.command("cluster", "status")
    ran = project.jobnb("run", "Where")
    stopped = project.jobnb("cluster", "stop")
    after = project.command("cluster", "stop")

    assert (before.exit_code, started.returncode, again.exit_code, status.exit_code) == (1, 0, 0, 0)
    assert before.stdout.startswith("There is none; jobs run on a cluster inside")
    assert started.stdout.startswith("Started: tls://127.0.0.1:")
    assert again.stdout.startswith("Was there already: tls://127.0.0.1:")
    assert "scheduler.log" in status.stdout
    assert ran.returncode == 0
    assert re.fullmatch(
        r"Stopped: tls://\S+, 2 runs at once, queues gpu, net \(process \d+\)\n", stopped.stdout
    )
    assert after.stdout == "There is none.\n"


def test_a_signal_for_a_process_that_is_gone_reaches_nobody(start, settings):
    cluster, _ = start()
    stop_cluster(settings)

    cluster.scheduler.terminate()
    cluster.scheduler.kill()

    assert not cluster.is_alive


def test_its_worker_serves_the_queues_that_the_jobs_declare(project, settings):
    try:
        said = project.jobnb("cluster", "start", "--workers", "1")
        with project.open() as bench:
            job = bench.get_job("Graphics")

            assert "queues gpu, net" in said.stdout
            assert [job.options(queue=name).run().value for name in ("gpu", "net")] == ["done"] * 2
    finally:
        stop_cluster(settings)
