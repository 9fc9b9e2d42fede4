"""Snapshots: manifests of files by digest, and how one becomes a folder again on any machine."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Final

from jobnb.errors import SnapshotError
from jobnb.protocol import Snapshot, SnapshotFile

_RELATIVES: Final = 3
"""Snapshots in which files are looked for before they are written once more."""


class SourceChanged(SnapshotError):
    """A file has not the content that the snapshot says; a new look at the jobs folder helps."""


def manifest_digest(files: Iterable[SnapshotFile]) -> str:
    """The digest of a snapshot of these files, in whatever order they come."""
    manifest = hashlib.sha256()
    for file in sorted(files, key=lambda file: file.path):
        manifest.update(f"{file.path}\0{file.digest}\n".encode())
    return manifest.hexdigest()


def verified(content: bytes, file: SnapshotFile) -> bytes:
    """The content, if it is that of the file.

    Raises:
        SourceChanged: It is another.
    """
    if hashlib.sha256(content).hexdigest() != file.digest:
        raise SourceChanged(f"{file.path} is not what the snapshot says; it was changed since.")
    return content


def unpack(snapshot: Snapshot, cache_dir: Path, fetch: Callable[[SnapshotFile], bytes]) -> Path:
    """The folder with the files of a snapshot; what is there already is used again.

    Each file appears whole or not at all, and each is looked for, so that neither another process
    at the same work nor one that died over it leaves something half done. Files are read-only, and
    Python files that were unpacked before are links to what is there: after an edit one is written.

    Args:
        snapshot: What to unpack.
        cache_dir: Where; each snapshot has a folder in ``snapshots`` below it.
        fetch: Gives the content of a file that is missing.

    Raises:
        SnapshotError: The manifest or a content is not what its digest says, a path leads out of
            the folder, or the disk refuses.
    """
    if not _is_whole(snapshot):
        raise SnapshotError(f"Snapshot {snapshot.digest} does not match its list of files.")
    folder = _folder_of(snapshot.digest, str(cache_dir))
    try:
        _note_use(folder)
        missing = [file for file in snapshot.files if not _is_there(folder, file)]
        relatives = _newest_beside(folder) if missing else []
        for file in missing:
            path = folder / file.path
            if not any(_link(path, relative / file.path, file) for relative in relatives):
                _put(path, verified(fetch(file), file), spool=folder.parent)
    except OSError as error:
        raise SnapshotError(f"No snapshot can be unpacked in {folder}: {error}.") from error
    return folder


@lru_cache(16)
def _folder_of(digest: str, cache_dir: str) -> Path:
    return Path(cache_dir) / "snapshots" / digest


@lru_cache(16)
def _is_whole(snapshot: Snapshot) -> bool:
    """Whether its list of files is what its digest says; most runs have one that is known."""
    return manifest_digest(snapshot.files) == snapshot.digest


def _note_use(folder: Path) -> None:
    """For whoever cleans up; makes the folder if need be."""
    try:
        os.utime(folder)
    except FileNotFoundError:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _is_there(folder: Path, file: SnapshotFile) -> bool:
    if not {"", ".", ".."}.isdisjoint(file.path.split("/")) or "\0" in file.path:
        raise SnapshotError(f"A snapshot may not name {file.path!r}: it leads out of the folder.")
    try:
        return os.stat(f"{folder}/{file.path}").st_size == file.size  # noqa: PTH116 - at each run
    except FileNotFoundError:
        return False


def _newest_beside(folder: Path) -> list[Path]:
    """The snapshots that were used last, most likely earlier states of this one."""
    ages: dict[Path, int] = {}
    with os.scandir(folder.parent) as entries:
        for entry in entries:
            if entry.name != folder.name and entry.is_dir():
                with suppress(FileNotFoundError):  # cleaned up meanwhile
                    ages[Path(entry.path)] = entry.stat().st_mtime_ns
    return sorted(ages, key=lambda path: ages[path], reverse=True)[:_RELATIVES]


def _link(path: Path, other: Path, file: SnapshotFile) -> bool:
    """Lets a file of another snapshot be here too; whether it is what the manifest says.

    Only source: a job may write into its data files, where its user can, and that must not reach
    other snapshots.
    """
    if path.suffix != ".py":
        return False
    try:
        if other.stat().st_size != file.size:
            return False
        verified(other.read_bytes(), file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.hardlink_to(other)
    except (OSError, SourceChanged):
        return False  # cleaned up meanwhile, damaged, or a disk that has no links
    return True


def _put(path: Path, content: bytes, *, spool: Path) -> None:
    """Writes a file whole: under another name on the same disk, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=spool)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        temporary.chmod(0o444)
        temporary.replace(path)
    except BaseException:
        temporary.unlink()
        raise
