"""The jobs folder: what belongs to it, and how its changes are seen."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

import pytest

from jobnb.catalogs.files import folder as folder_module
from jobnb.catalogs.files.folder import JobsFolder
from jobnb.catalogs.files.snapshots import SourceChanged
from jobnb.catalogs.files.walk import Bounds, Signature
from jobnb.errors import CatalogError, SnapshotError


@pytest.fixture
def folder(root: Path) -> JobsFolder:
    return JobsFolder(root, limit=10_000, bounds=Bounds(most=20))


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file counts as changed long ago."""
    monkeypatch.setattr(folder_module, "FRESH", -(10**18))


def paths(folder: JobsFolder) -> list[str]:
    return [file.path for file in folder.survey().snapshot.files]


def test_all_files_at_every_depth_belong_to_it(folder: JobsFolder, write) -> None:
    for name in ("b.py", "a/data.csv", "a/b/c.txt", "a.py"):
        write(name)

    assert paths(folder) == ["a.py", "a/b/c.txt", "a/data.csv", "b.py"]


def test_a_process_that_may_open_no_more_files_takes_no_folder_for_empty(folder, write) -> None:
    write("a.py")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, before[1]))
    try:
        with pytest.raises(CatalogError, match="Raise the limit of open files"):
            folder.survey()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

    assert paths(folder) == ["a.py"]


@pytest.mark.parametrize(
    "name",
    [
        ".hidden.py",
        ".git/config",
        ".ipynb_checkpoints/a.py",
        "__pycache__/a.cpython-311.pyc",
        "a.pyc",
        "a/__pycache__/x.py",
    ],
)
def test_hidden_files_and_caches_do_not_belong_to_it(name: str, folder: JobsFolder, write) -> None:
    write(name)

    assert paths(folder) == []


def test_a_virtual_environment_does_not_belong_to_it(folder: JobsFolder, write) -> None:
    write("env/pyvenv.cfg")
    write("env/lib/python/site-packages/big.py")

    assert paths(folder) == []


def test_a_folder_that_does_not_exist_has_no_files(tmp_path: Path) -> None:
    survey = JobsFolder(tmp_path / "nowhere", limit=1, bounds=Bounds(most=1)).survey()

    assert survey.snapshot.files == ()
    assert survey.problems == ()


def test_links_to_files_and_folders_inside_are_followed(
    folder: JobsFolder, root: Path, write
) -> None:
    write("real/a.py")
    (root / "b.py").symlink_to(root / "real" / "a.py")
    (root / "linked").symlink_to("real")

    assert paths(folder) == ["b.py", "linked/a.py", "real/a.py"]


@pytest.mark.parametrize("target", ["..", "../outside", "../outside/secret.py", "/etc/hostname"])
def test_links_that_lead_outside_are_left_out(
    target: str, folder: JobsFolder, root: Path, write
) -> None:
    write("../outside/secret.py")
    (root / "link").symlink_to(target)

    assert paths(folder) == []


@pytest.mark.parametrize("target", [".", "link", "nowhere", "../jobs"])
def test_links_in_circles_and_to_nowhere_are_left_out(
    target: str, folder: JobsFolder, root: Path, write
) -> None:
    write("a.py")
    (root / "link").symlink_to(target)

    assert paths(folder) == ["a.py"]


def test_a_pipe_in_the_folder_is_not_waited_for(folder: JobsFolder, root: Path) -> None:
    os.mkfifo(root / "pipe.py")

    assert paths(folder) == []


def test_a_name_that_is_no_text_is_named_and_left_out(folder: JobsFolder, root: Path) -> None:
    (root / os.fsdecode(b"caf\xe9.py")).write_text("x = 1")

    survey = folder.survey()

    assert survey.snapshot.files == ()
    assert [(p.file, p.message) for p in survey.problems] == [
        ("caf\\udce9.py", "has a name that is no UTF-8 text, so it is left out; rename it")
    ]


def test_a_file_that_cannot_be_read_is_named_and_left_out(
    folder: JobsFolder, write, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    write("a.py")
    monkeypatch.setattr(folder_module, "_read", refuse)

    survey = folder.survey()

    assert survey.snapshot.files == ()
    assert [(p.file, p.message) for p in survey.problems] == [
        ("a.py", "cannot be read: Permission denied")
    ]


def test_a_folder_that_cannot_be_read_is_named_and_left_out(
    folder: JobsFolder, root: Path, write, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = os.scandir

    def refuse(path: Path):
        if Path(path) == root / "private":
            raise PermissionError(13, "Permission denied")
        return original(path)

    write("a.py")
    write("private/b.py")
    monkeypatch.setattr(os, "scandir", refuse)

    survey = folder.survey()

    assert [file.path for file in survey.snapshot.files] == ["a.py"]
    assert [(p.file, p.message) for p in survey.problems] == [
        ("private/", "cannot be read: Permission denied")
    ]


def test_a_file_that_is_deleted_meanwhile_is_left_out(
    folder: JobsFolder, write, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = folder_module._read
    monkeypatch.setattr(folder_module, "_read", lambda path: (path.unlink(), original(path)))
    write("a.py")

    survey = folder.survey()

    assert survey.snapshot.files == ()
    assert survey.problems == ()


@pytest.mark.usefixtures("settled")
def test_a_file_that_has_not_changed_is_not_read_again(folder: JobsFolder, write) -> None:
    write("a.py")
    first = folder.survey()

    second = folder.survey()

    assert list(first.contents) == [first.snapshot.files[0].digest]
    assert second.contents == {}
    assert second.snapshot == first.snapshot


@pytest.mark.usefixtures("settled")
def test_an_edit_is_seen(folder: JobsFolder, write) -> None:
    write("a.py", "x = 1")
    first = folder.survey()
    write("a.py", "x = 1234")

    second = folder.survey()

    assert second.snapshot.digest != first.snapshot.digest
    assert second.snapshot.files[0].size == 8


@pytest.mark.usefixtures("settled")
def test_an_edit_of_the_same_size_with_the_old_time_is_seen(folder: JobsFolder, write) -> None:
    path = write("a.py", "x = 1")
    os.utime(path, (1, 1))
    first = folder.survey()
    write("a.py", "x = 2")
    os.utime(path, (1, 1))

    assert folder.survey().snapshot.digest != first.snapshot.digest


def test_an_edit_of_the_same_size_in_the_same_tick_of_the_clock_is_seen(
    folder: JobsFolder, write, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick = time.time_ns()
    frozen = classmethod(lambda cls, _status: cls(5, tick, tick, 1))
    monkeypatch.setattr(Signature, "of", frozen)
    monkeypatch.setattr(folder_module, "FRESH", 10**12)
    write("a.py", "x = 1")
    first = folder.survey()
    write("a.py", "x = 2")

    assert folder.survey().snapshot.digest != first.snapshot.digest


def test_a_file_that_changes_while_it_is_read_is_read_again(
    folder: JobsFolder, write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("a.py", "x = 1")
    original = folder_module._read
    reads: list[bytes] = []

    def read_and_edit(file: Path):
        before, content, after = original(file)
        reads.append(content)
        if len(reads) == 1:
            path.write_text("x = 1234")
            after = before._replace(size=8)
        return before, content, after

    monkeypatch.setattr(folder_module, "_read", read_and_edit)

    survey = folder.survey()

    assert reads == [b"x = 1", b"x = 1234"]
    assert list(survey.contents.values()) == [b"x = 1234"]


@pytest.mark.usefixtures("settled")
def test_a_file_that_changes_at_every_reading_is_read_at_every_look(
    folder: JobsFolder, write, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = folder_module._read

    def read_restless(path: Path):
        before, content, after = original(path)
        return before._replace(size=0), content, after

    monkeypatch.setattr(folder_module, "_read", read_restless)
    write("a.py", "x = 1")
    folder.survey()

    assert list(folder.survey().contents.values()) == [b"x = 1"]


def test_a_rename_and_a_deletion_are_seen(folder: JobsFolder, root: Path, write) -> None:
    write("a.py")
    write("b.py")
    before = paths(folder)
    (root / "a.py").rename(root / "c.py")
    (root / "b.py").unlink()

    assert (before, paths(folder)) == (["a.py", "b.py"], ["c.py"])


def test_it_gives_the_content_of_a_file(folder: JobsFolder, write) -> None:
    write("a.py", "x = 1")
    (file,) = folder.survey().snapshot.files

    assert folder.read(file) == b"x = 1"


@pytest.mark.parametrize("change", [os.unlink, lambda path: path.write_text("x = 2")])
def test_it_gives_no_content_but_that_of_the_snapshot(change, folder: JobsFolder, write) -> None:
    path = write("a.py", "x = 1")
    (file,) = folder.survey().snapshot.files
    change(path)

    with pytest.raises(SourceChanged, match=r"a\.py"):
        folder.read(file)


def test_too_many_bytes_are_refused_with_the_largest_files(folder: JobsFolder, write) -> None:
    for number in range(7):
        write(f"{number}.bin", b"x" * (1000 + number * 300))

    with pytest.raises(SnapshotError, match="13,300 bytes in 7 files, 10,000 bytes") as caught:
        folder.survey()

    assert "6.bin (2,800 bytes), 5.bin (2,500 bytes), 4.bin" in str(caught.value)
    assert "1.bin" not in str(caught.value)
    assert "'snapshot_limit'" in str(caught.value)


@pytest.mark.parametrize("name", ["{}.py", "{}/a.py", "{}/.hidden"])
def test_too_many_files_or_folders_are_refused(name: str, folder: JobsFolder, write) -> None:
    for number in range(21):
        write(name.format(number))

    with pytest.raises(SnapshotError, match=r"more than 20 files.* setting 'snapshot_files'"):
        folder.survey()
