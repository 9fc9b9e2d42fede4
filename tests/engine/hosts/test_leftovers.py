from __future__ import annotations

import os
import subprocess
import tempfile
import time
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from jobnb.engine.hosts.leftovers import find_leftovers
from jobnb.settings import load_settings
from jobnb.store.care.workers import Workers

OLD = time.time() - 100 * 24 * 3600


@pytest.fixture(autouse=True)
def temporary(monkeypatch, tmp_path):
    """Nobody else's leftovers are seen."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()


@pytest.fixture
def find(database):
    """The paths of what is left over; snapshots that were not used for 90 days count."""

    def look(*in_use):
        before = time.time() - 90 * 24 * 3600
        found = find_leftovers(load_settings(), database, before, in_use)
        return [leftover.path for leftover in found]

    return look


@pytest.fixture
def make_snapshot(tmp_path):
    def make(name, used=OLD) -> Path:
        folder = tmp_path / "cache" / "snapshots" / name
        folder.mkdir(parents=True)
        (folder / "hello.py").write_text("x = 1\n")
        os.utime(folder, (used, used))
        return folder

    return make


def make_old(path: Path) -> Path:
    os.utime(path, (OLD, OLD))
    return path


def test_snapshots_go_that_were_not_used_for_long_and_that_no_run_needs(find, make_snapshot):
    old, needed = make_snapshot("old"), make_snapshot("needed")
    make_snapshot("young", time.time() - 3600)

    assert find("needed") == [old]
    assert needed.exists()


def test_a_snapshot_of_today_stays_whatever_is_asked(database, make_snapshot):
    make_snapshot("young", time.time() - 3600)

    assert [*find_leftovers(load_settings(), database, time.time() + 10, ())] == []


def test_a_lock_that_a_living_process_holds_stays(find, tmp_path, locked_worker):
    process, worker = locked_worker
    (tmp_path / "state" / "workers").mkdir(parents=True, exist_ok=True)
    lock = tmp_path / "state" / "workers" / f"{worker.worker_id}.lock"
    os.link(worker.lock_path, lock)
    make_old(lock)

    assert find() == []
    process.kill()
    process.wait()
    assert find() == [lock]


def test_a_lock_goes_when_its_process_is_dead(find, tmp_path):
    folder = tmp_path / "state" / "workers"
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder / f"{uuid.uuid4()}.lock"
    lock.touch()

    assert find() == []
    make_old(lock)
    assert find() == [lock]


def test_a_working_folder_goes_when_its_process_has_ended(find, database, make_presence):
    process = replace(make_presence().process, worker_id=str(uuid.uuid4()))
    Workers(database).register(process)
    folder = Path(tempfile.gettempdir()) / f"jobnb-{process.worker_id}"
    folder.mkdir()
    stranger = Path(tempfile.gettempdir()) / f"jobnb-{uuid.uuid4()}"
    stranger.mkdir()
    Workers(database).ended(process.worker_id)

    assert find() == [folder]


def test_of_a_killed_process_both_lock_and_folder_go_in_one_cleanup(
    find, database, tmp_path, locked_worker
):
    process, worker = locked_worker
    lock = tmp_path / "state" / "workers" / f"{worker.worker_id}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    os.link(worker.lock_path, lock)
    Path(tempfile.gettempdir(), f"jobnb-{worker.worker_id}").mkdir()
    process.kill()
    process.wait()
    make_old(lock)
    for left in find_leftovers(load_settings(), database, 0.0, ()):
        left.remove()

    assert not lock.exists()
    assert [*Path(tempfile.gettempdir()).iterdir()] == []


def test_a_describing_folder_goes_when_nobody_stands_in_it(find):
    folder = Path(tempfile.gettempdir()) / "jobnb-describe-x"
    folder.mkdir()
    make_old(folder)
    child = subprocess.Popen(["sleep", "600"], cwd=folder)

    assert find() == []
    child.kill()
    child.wait()
    assert find() == [folder]


def test_what_is_removed_is_gone_and_counted(database, find, make_snapshot):
    folder = make_snapshot("old")
    (folder / "hello.py").chmod(0o444)
    [leftover] = find_leftovers(load_settings(), database, time.time(), ())

    assert leftover.remove() == len("x = 1\n")
    assert not folder.exists()
