"""Clean Up Files, on a real folder."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jobnb.errors import InvalidInput
from jobnb.testing import JobRun, assert_logged, try_job
from tests.jobs.examples import load

load("listing")
clean_up_files = load("clean_up_files")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two parts with an old and a new file each."""
    for part, size in (("big", 5000), ("small", 10)):
        for age in (1, 100):
            put(tmp_path / "files" / part / f"{age}.log", size=size, days=age)
    return tmp_path / "files"


def put(path: Path, *, size: int = 1, days: float = 100) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    changed = time.time() - days * 86_400
    os.utime(path, (changed, changed))
    return path


def left(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def clean_up(folder: Path, **inputs: Any) -> JobRun:
    return try_job(clean_up_files.CleanUpFiles, folder=str(folder), **inputs)


def test_unless_somebody_says_otherwise_nothing_is_removed(folder):
    run = clean_up(folder)

    assert run.value == {"found": 2, "removed": 0, "freed": 0}
    assert run.messages("SUCCESS")[0] == "Dry run: 2 files, 5.01 kB, would go"
    assert len(left(folder)) == 4


def test_old_files_are_removed(folder):
    run = clean_up(folder, dry_run=False)

    assert run.value == {"found": 2, "removed": 2, "freed": 5010}
    assert left(folder) == ["big/1.log", "small/1.log"]
    assert [line.split(",")[1] for line in run.files["old_files.csv"].decode().splitlines()] == [
        "bytes",
        "5000",
        "10",
    ]


def test_the_report_names_the_largest_part_first(folder):
    run = clean_up(folder)
    [table] = [entry.message for entry in run.log if entry.bundle]

    assert table.splitlines() == [
        "below the folder  files  size   of that old",
        "big               2      10 kB  5 kB",
        "small             2      20 B   10 B",
    ]


def test_only_names_that_fit_are_removed(folder):
    put(folder / "big" / "100.txt")
    clean_up(folder, dry_run=False, pattern="*.txt")

    assert "big/100.txt" not in left(folder)
    assert "big/100.log" in left(folder)


def test_the_newest_stay_in_each_folder(folder):
    put(folder / "big" / "200.log", days=200)
    put(folder / "big" / "300.log", days=300)
    clean_up(folder, dry_run=False, keep=2)

    assert left(folder) == ["big/1.log", "big/100.log", "small/1.log", "small/100.log"]


def test_what_links_lead_to_is_left_alone(folder, tmp_path):
    outside = put(tmp_path / "outside" / "100.log")
    (folder / "link").symlink_to(outside.parent)
    (folder / "file.log").symlink_to(outside)
    os.utime(folder / "file.log", (0, 0), follow_symlinks=False)
    clean_up(folder, dry_run=False)

    assert outside.exists()
    assert "file.log" in left(folder)


def test_a_file_that_is_written_to_meanwhile_stays(folder):
    job = clean_up_files.CleanUpFiles

    class Slow(job):
        def remove(self, old, start):
            (folder / "big" / "100.log").write_text("again in use")
            return super().remove(old, start)

    run = try_job(Slow, folder=str(folder), dry_run=False)

    assert run.detail == "1 of 2 files are still there"
    assert "big/100.log" in left(folder)
    assert_logged(run, "Stays: it was changed meanwhile", grouping="remove")


def test_a_file_that_cannot_go_is_named_and_the_others_go(folder):
    job = clean_up_files.CleanUpFiles

    class Late(job):
        def remove(self, old, start):
            (folder / "big" / "100.log").unlink()  # somebody else was faster
            return super().remove(old, start)

    run = try_job(Late, folder=str(folder), dry_run=False)

    assert run.value == {"found": 2, "removed": 1, "freed": 10}
    assert_logged(run, "Stays: No such file or directory", level="WARNING")


@pytest.mark.parametrize("where", [lambda: "/", lambda: "/etc", lambda: "~", Path.home])
def test_too_much_is_refused_before_it_starts(where: Callable[[], object]):
    with pytest.raises(InvalidInput, match="folder: name a folder further down"):
        clean_up(where())


def test_a_folder_that_is_not_there_is_named(tmp_path):
    run = clean_up(tmp_path / "gone")

    assert run.detail.endswith("/gone where the job runs")


def test_sizes_are_readable():
    assert [clean_up_files.readable(size) for size in (0, 999, 12_300, 5e6, 2e9, 3e15)] == [
        "0 B",
        "999 B",
        "12.3 kB",
        "5 MB",
        "2 GB",
        "3,000.0 TB",
    ]
