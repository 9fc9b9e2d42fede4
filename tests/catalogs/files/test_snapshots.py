"""Snapshots become folders: whole, verified, and never outside of their place."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from jobnb.catalogs.files.snapshots import SourceChanged, manifest_digest, unpack
from jobnb.errors import SnapshotError
from jobnb.protocol import Snapshot, SnapshotFile
from tests.processes import SECONDS

CONTENTS = {"hello.py": b"x = 1\n", "pkg/data.csv": b"", "pkg/deep/more.txt": b"more"}


def snapshot_of(contents: dict[str, bytes]) -> Snapshot:
    files = tuple(
        SnapshotFile(path=path, digest=hashlib.sha256(data).hexdigest(), size=len(data))
        for path, data in contents.items()
    )
    return Snapshot(digest=manifest_digest(files), files=files)


def fetch(file: SnapshotFile) -> bytes:
    return CONTENTS[file.path]


def fetch_nothing(file: SnapshotFile) -> bytes:
    raise AssertionError(f"{file.path} was there already")


def files_in(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_the_folder_has_exactly_the_files_of_the_snapshot(tmp_path: Path) -> None:
    folder = unpack(snapshot_of(CONTENTS), tmp_path, fetch)

    assert files_in(folder) == CONTENTS


def test_what_is_unpacked_is_used_again(tmp_path: Path) -> None:
    folder = unpack(snapshot_of(CONTENTS), tmp_path, fetch)

    assert unpack(snapshot_of(CONTENTS), tmp_path, fetch_nothing) == folder


def test_each_use_is_marked_for_whoever_cleans_up(tmp_path: Path) -> None:
    folder = unpack(snapshot_of(CONTENTS), tmp_path, fetch)
    os.utime(folder, (1, 1))

    unpack(snapshot_of(CONTENTS), tmp_path, fetch_nothing)

    assert folder.stat().st_mtime > 1


def test_an_empty_snapshot_is_an_empty_folder(tmp_path: Path) -> None:
    folder = unpack(snapshot_of({}), tmp_path, fetch)

    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("damage", [os.unlink, lambda path: os.truncate(path, 1)])
def test_a_folder_that_a_dead_process_left_half_done_is_completed(damage, tmp_path: Path) -> None:
    folder = unpack(snapshot_of(CONTENTS), tmp_path, fetch)
    damage(folder / "hello.py")

    unpack(snapshot_of(CONTENTS), tmp_path, fetch)

    assert files_in(folder) == CONTENTS


def test_the_files_are_read_only(tmp_path: Path) -> None:
    folder = unpack(snapshot_of(CONTENTS), tmp_path, fetch)

    assert (folder / "hello.py").stat().st_mode & 0o777 == 0o444


def test_many_processes_at_once_end_with_the_same_folder(tmp_path: Path) -> None:
    contents = {f"{number}.py": b"%d" % number for number in range(200)}
    folders: list[Path] = []

    def work() -> None:
        folders.append(unpack(snapshot_of(contents), tmp_path, lambda file: contents[file.path]))

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)

    assert [files_in(folder) for folder in folders] == [contents] * 4
    assert len(list((tmp_path / "snapshots").iterdir())) == 1


@pytest.mark.parametrize("path", ["../out.py", "/out.py", "a/../../out.py", "", ".", "a\0.py"])
def test_a_path_that_leads_out_of_the_folder_is_refused(path: str, tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="leads out of the folder"):
        unpack(snapshot_of({path: b""}), tmp_path / "cache", lambda _file: b"")

    assert not (tmp_path / "out.py").exists()


def test_a_content_that_is_not_what_the_digest_says_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceChanged, match=r"hello\.py is not what the snapshot says"):
        unpack(snapshot_of(CONTENTS), tmp_path, lambda _file: b"else")


@pytest.mark.parametrize("digest", ["0" * 64, "../../etc"])
def test_a_manifest_that_is_not_what_the_digest_says_is_refused(
    digest: str, tmp_path: Path
) -> None:
    with pytest.raises(SnapshotError, match="does not match its list of files"):
        unpack(replace(snapshot_of(CONTENTS), digest=digest), tmp_path, fetch)


def test_after_an_edit_only_the_edited_file_and_data_are_written(tmp_path: Path) -> None:
    contents = {"one.py": b"1", "lib/two.py": b"2", "data.json": b"{}"}
    first = unpack(snapshot_of(contents), tmp_path, lambda file: contents[file.path])
    edited = {**contents, "one.py": b"3"}
    asked: list[str] = []

    def fetch_edited(file: SnapshotFile) -> bytes:
        asked.append(file.path)
        return edited[file.path]

    second = unpack(snapshot_of(edited), tmp_path, fetch_edited)

    assert sorted(asked) == ["data.json", "one.py"]
    assert files_in(second) == edited
    assert (first / "lib/two.py").samefile(second / "lib/two.py")


def test_what_somebody_has_changed_in_another_snapshot_is_not_taken_over(tmp_path: Path) -> None:
    first = unpack(snapshot_of(CONTENTS), tmp_path, fetch)
    (first / "hello.py").chmod(0o644)
    (first / "hello.py").write_bytes(b"#" * len(CONTENTS["hello.py"]))
    more = {**CONTENTS, "more.py": b"1"}

    second = unpack(snapshot_of(more), tmp_path, lambda file: more[file.path])

    assert files_in(second) == more


def test_a_disk_that_refuses_is_named(tmp_path: Path) -> None:
    (tmp_path / "snapshots").write_text("in the way")

    with pytest.raises(SnapshotError, match=f"No snapshot can be unpacked in {tmp_path}"):
        unpack(snapshot_of(CONTENTS), tmp_path, fetch)


def test_a_disk_that_is_full_leaves_nothing_half_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path, _target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)

    with pytest.raises(SnapshotError, match="No space left on device"):
        unpack(snapshot_of(CONTENTS), tmp_path, fetch)

    assert files_in(tmp_path) == {}


def test_the_digest_does_not_depend_on_the_order_of_the_files() -> None:
    files = snapshot_of(CONTENTS).files

    assert manifest_digest(files) == manifest_digest(reversed(files))


@pytest.mark.parametrize(
    "other",
    [
        {"renamed.py": b"x = 1\n"},
        {"hello.py": b"x = 2\n"},
        {"hello.py": b"x = 1\n", "empty": b""},
        {},
    ],
)
def test_the_digest_tells_names_and_contents_apart(other: dict[str, bytes]) -> None:
    assert snapshot_of({"hello.py": b"x = 1\n"}).digest != snapshot_of(other).digest
