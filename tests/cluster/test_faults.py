"""Disks, files and limits that fail: a clear error, nothing corrupt, and the doctor names it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from pathlib import Path

import pytest

from jobnb.engine.patience import _OUTAGES
from jobnb.errors import StoreVanished
from jobnb.protocol import Reason, Status
from tests.cluster.conftest import Project
from tests.processes import SECONDS, eventually, is_alive

pytestmark = pytest.mark.cluster

JOBS = """
import time
from jobnb import jobs

class Talks(jobs.Job):
    lines = jobs.IntegerVar(default=1)
    size = jobs.IntegerVar(default=10)
    seconds = jobs.FloatVar(default=0)

    def run(self, *, lines, size, seconds):
        began, number = time.monotonic(), 0
        while number < lines or time.monotonic() < began + seconds:
            self.logger.info("%d %s", number, "x" * size)
            number += 1
            time.sleep(0.005)

class Sleeps(jobs.Job):
    seconds = jobs.FloatVar()

    def run(self, *, seconds):
        time.sleep(seconds)

jobs.register_jobs(Talks, Sleeps)
"""
QUICK = {"beat_interval": 0.2, "lost_after": 0.5}


@pytest.fixture
def disk(tmp_path):
    """A small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("nobody may mount a disk here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def small(tmp_path, disk) -> Project:
    """A project with its database on the small disk."""
    (tmp_path / "project" / "jobs").mkdir(parents=True)
    project = Project(tmp_path / "project", f"sqlite:///{disk / 'jobnb.sqlite3'}")
    project.write("talks.py", JOBS)
    return project


@pytest.fixture
def local(tmp_path) -> Project:
    (tmp_path / "project" / "jobs").mkdir(parents=True)
    project = Project(tmp_path / "project", f"sqlite:///{tmp_path / 'jobnb.sqlite3'}")
    project.write("talks.py", JOBS)
    return project


def remount(disk, options):
    subprocess.run(["mount", "-o", f"remount,{options}", str(disk)], check=True)


def test_a_full_disk_stops_the_run_which_says_so_when_there_is_room_again(small, disk):
    with small.open(**QUICK) as bench:
        result = bench.get_job("Talks").submit(lines=10_000, size=10_000)
        pid = eventually(lambda: result.attempts and result.attempts[0].pid)
        eventually(lambda: not is_alive(pid))
        told = small.jobnb("doctor")
        remount(disk, "size=64m")
        result.wait(SECONDS)
        numbers = [entry.number for entry in result.log]
        again = bench.get_job("Talks").run()

    assert (told.returncode, "the disk is full" in told.stdout) == (1, True)
    assert "Make room" in told.stdout
    assert (result.status, result.reason) == (Status.FAILURE, Reason.SUPERVISOR_ERROR)
    assert "disk is full" in result.detail
    assert numbers == list(range(1, len(numbers) + 1))
    assert again.status is Status.SUCCESS
    database = sqlite3.connect(disk / "jobnb.sqlite3")
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


def test_a_database_on_a_read_only_disk_is_refused_with_what_to_do(small, disk):
    with small.open() as bench:
        bench.get_job("Talks").run()
    remount(disk, "ro")
    refused, told = small.jobnb("run", "Talks"), small.jobnb("doctor")
    remount(disk, "rw")
    again = small.jobnb("run", "Talks")

    assert (refused.returncode, told.returncode, again.returncode) == (1, 1, 0)
    assert "may be written to" in refused.stderr
    assert "PROBLEM database" in told.stdout
    assert f"The disk of {disk / 'jobnb.sqlite3'} is mounted read-only" in told.stdout


@pytest.mark.parametrize("job", ["Talks", "Sleeps"])
def test_a_database_deleted_under_a_run_stops_it_with_a_clear_error(local, job):
    with local.open(beat_interval=0.2) as bench:
        result = bench.get_job(job).submit(seconds=600)
        pid = eventually(lambda: result.attempts and result.attempts[0].pid)
        path = Path(local.database_url.removeprefix("sqlite:///"))
        for part in path.parent.glob("jobnb.sqlite3*"):
            part.unlink()
        eventually(lambda: not is_alive(pid))
        with pytest.raises(StoreVanished, match="was deleted or replaced"):
            result.wait(SECONDS)


def test_a_process_with_a_deleted_database_is_named_by_the_doctor(local):
    path = Path(local.database_url.removeprefix("sqlite:///"))
    with local.open() as bench:
        bench.results()
        for part in path.parent.glob("jobnb.sqlite3*"):
            part.unlink()
        told = local.jobnb("doctor")

    assert told.returncode == 1
    assert f"process {os.getpid()} has a deleted" in told.stdout


def test_a_database_that_was_moved_for_a_moment_has_lost_nothing_and_is_missed_once(local, caplog):
    path = Path(local.database_url.removeprefix("sqlite:///"))
    _OUTAGES.forget_all()  # those of earlier tests in this process
    with local.open(beat_interval=0.2) as bench:
        result = bench.get_job("Talks").submit(seconds=2)
        eventually(lambda: len(result.log) > 3)
        aside = path.rename(path.with_suffix(".aside"))
        eventually(lambda: len(_OUTAGES.cut_off) > 2)
        aside.rename(path)
        result.wait()
        eventually(lambda: not _OUTAGES.cut_off)

    told = [record.getMessage() for record in caplog.records if record.name.startswith("jobnb")]
    assert [text.partition(str(path))[2][:16] or text for text in told] == [
        " does not answer",
        "The database answers again.",
    ]
    texts = [entry.message for entry in result.log if entry.message.endswith("xxx")]
    assert result.status is Status.SUCCESS
    assert [text.split()[0] for text in texts] == [str(number) for number in range(len(texts))]


def test_a_process_without_free_descriptors_says_so_and_recovers(local):
    program = local.python(
        """
        import os, resource, sys, jobnb
        jobnb.run("Talks")
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, before[1]))
        try:
            jobnb.run("Talks")
        except jobnb.JobnbError as error:
            print("error", error)
        print("limited", flush=True)
        input()
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        print(jobnb.run("Talks").status)
        print("then", len(os.listdir("/proc/self/fd")))
        """
    )
    lines = []
    for line in program.stdout:
        lines.append(line)
        if line.startswith("limited"):
            break
    told = local.jobnb("doctor")
    rest, _ = program.communicate("\n", timeout=SECONDS)

    assert "Raise the limit of open files" in "".join(lines), lines
    assert told.returncode == 1
    assert "it can start no run" in told.stdout
    assert "SUCCESS" in rest
