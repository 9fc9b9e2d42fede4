"""Jobs from git repositories and apps, run on a real cluster."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jobnb.errors import RepositoryError
from jobnb.protocol import Reason, SourceKind, Status
from jobnb.workbench import Workbench
from tests.apps import install
from tests.cluster.conftest import Cluster, Project
from tests.gitserver import Origin
from tests.processes import SECONDS

pytestmark = pytest.mark.cluster


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    """A repository whose job returns what a sibling and a data file say, or raises."""
    made = Origin(tmp_path / "my-repo")
    made.write("__init__.py", "")
    made.write("helper.py", "VALUE = 'first'")
    made.write("jobs/__init__.py", "from jobnb import jobs\nfrom .sync import *\n")
    made.write("jobs/data.json", "[1, 2]")
    made.write(
        "jobs/sync.py",
        """
        from jobnb import jobs
        from my_repo.helper import VALUE

        class SyncDevices(jobs.Job):
            fails = jobs.BooleanVar()

            def run(self, fails):
                if fails:
                    raise ValueError("on purpose")
                return [VALUE, *self.load_json("data.json")]

        jobs.register_jobs(SyncDevices)
        """,
    )
    made.commit("Begin")
    return made


def test_a_job_of_a_repository_runs_at_its_commit(bench: Workbench, origin: Origin) -> None:
    added = bench.syncing.add(str(origin.folder), None, None, None)
    job = bench.catalog()["SyncDevices"]
    result = bench.get_job("my_repo.jobs.sync.SyncDevices").run()

    assert (result.status, result.value) == (Status.SUCCESS, ["first", 1, 2])
    assert (job.origin.kind, job.origin.name) == (SourceKind.GIT, "my_repo")
    assert result.record.origin.version == added.repository.commit.id
    assert bench.catalog().problems == ()


def test_a_traceback_names_the_commit_and_the_path_in_the_repository(
    bench: Workbench, origin: Origin
) -> None:
    commit = bench.syncing.add(str(origin.folder), None, None, None).repository.commit
    result = bench.get_job("SyncDevices").options(check=False).run(fails=True)

    assert f'"git:{commit.short}/my_repo/jobs/sync.py", line 10, in run' in result.traceback
    assert 'raise ValueError("on purpose")' in result.traceback


def test_a_sync_moves_the_pin_for_every_kernel_and_a_failed_one_does_not(
    project: Project, bench: Workbench, origin: Origin
) -> None:
    bench.syncing.add(str(origin.folder), None, None, None)
    origin.write("helper.py", "VALUE = 'second'")
    origin.commit("Go on")
    before = bench.get_job("SyncDevices").run().value
    (synced,) = bench.syncing.sync(None)
    origin.folder.rename(origin.folder.with_name("away"))
    report = bench.syncing.sync("my_repo")
    with project.open() as other:
        after = other.get_job("SyncDevices").run().value
        (listed,) = other.syncing.repositories()

    assert (before[0], after[0]) == ("first", "second")
    assert (synced.before.subject, synced.repository.commit.subject) == ("Begin", "Go on")
    assert [item.repository.name for item in report.failed] == ["my_repo"]
    assert listed.commit == synced.repository.commit
    assert "cannot be fetched" in listed.failure


def test_a_removed_repository_takes_its_jobs_along_and_leaves_its_runs(
    bench: Workbench, origin: Origin
) -> None:
    bench.syncing.add(str(origin.folder), None, None, None)
    result = bench.get_job("SyncDevices").run()
    bench.syncing.remove("my_repo")

    assert "SyncDevices" not in bench.catalog()
    assert bench.result(result.id).value == ["first", 1, 2]


def test_the_same_name_from_another_url_is_refused(
    bench: Workbench, origin: Origin, tmp_path: Path
) -> None:
    bench.syncing.add(str(origin.folder), None, None, None)
    other = Origin(tmp_path / "other")
    other.commit_job()

    with pytest.raises(RepositoryError, match="There is a repository 'my_repo' already, from"):
        bench.syncing.add(str(other.folder), None, "my_repo", None)


def test_the_command_line_adds_syncs_lists_and_removes(project: Project, origin: Origin) -> None:
    added = project.command("repository", "add", str(origin.folder), "--ref", "main")
    listed = project.command("repository", "list")
    ran = project.command("run", "SyncDevices")
    synced = project.command("sync")
    origin.folder.rename(origin.folder.with_name("away"))
    failed = project.command("sync", "my_repo")
    removed = project.command("repository", "remove", "my_repo")

    assert added.stdout.startswith("my_repo @ "), added.stderr
    assert "Begin" in listed.stdout
    assert ran.exit_code == 0, ran.stderr
    assert ", as before: Begin" in synced.stdout
    assert (failed.exit_code, removed.exit_code) == (1, 0)
    assert "stays @ " in failed.stdout


def test_the_job_of_an_app_runs_and_its_version_is_recorded(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, "acme-jobs", "1.4")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with project.open() as bench:
        result = bench.get_job("Audit").run()

    assert (result.status, result.value) == (Status.SUCCESS, "1.4")
    assert str(result.record.origin) == "acme-jobs 1.4"


def test_a_worker_with_another_version_refuses_the_run_and_names_both(
    project: Project, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder, version in (("here", "1.4"), ("there", "2.0")):
        (tmp_path / folder).mkdir()
        install(tmp_path / folder, "acme-jobs", version)
    monkeypatch.syspath_prepend(tmp_path / "here")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "here"))
    cluster.add_worker(PYTHONPATH=str(tmp_path / "there"))
    with project.open(scheduler=cluster.address) as bench:
        result = bench.get_job("Audit").submit().wait(SECONDS)

    assert (result.status, result.reason) == (Status.FAILURE, Reason.WORKER_UNFIT)
    assert "has acme-jobs 2.0, but the job was read from acme-jobs 1.4" in result.detail


def test_job_code_runs_in_children_only(project: Project, cluster: Cluster, tmp_path: Path) -> None:
    spied = tmp_path / "pids"
    project.write(
        "spy.py",
        f"""
        import os
        from jobnb import jobs

        with open({str(spied)!r}, "a") as file:
            file.write(f"{{os.getpid()}} ")

        class Spy(jobs.Job):
            def run(self):
                return os.getpid()

        jobs.register_jobs(Spy)
        """,
    )
    cluster.add_worker()
    with project.open(scheduler=cluster.address) as bench:
        value = bench.get_job("Spy").run().value

    pids = {value, *map(int, spied.read_text().split())}
    assert pids.isdisjoint({os.getpid(), *(process.pid for process in cluster.processes)})
