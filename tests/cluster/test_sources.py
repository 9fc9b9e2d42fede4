"""Jobs from git repositories and apps, run on a real cluster."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobnb.errors import RepositoryError
from jobnb.protocol import SourceKind, Status
from jobnb.workbench import Workbench
from tests.cluster.conftest import Project
from tests.gitserver import Origin

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
    added = project.jobnb("repository", "add", str(origin.folder), "--ref", "main")
    listed = project.jobnb("repository", "list")
    ran = project.jobnb("run", "SyncDevices")
    synced = project.jobnb("sync")
    origin.folder.rename(origin.folder.with_name("away"))
    failed = project.jobnb("sync", "my_repo")
    removed = project.jobnb("repository", "remove", "my_repo")

    assert added.stdout.startswith("my_repo @ "), added.stderr
    assert "Begin" in listed.stdout
    assert ran.returncode == 0, ran.stderr
    assert ", as before: Begin" in synced.stdout
    assert (failed.returncode, removed.returncode) == (1, 0)
    assert "stays @ " in failed.stdout
