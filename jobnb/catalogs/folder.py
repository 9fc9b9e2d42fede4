"""The author's jobs folder: its files are listed, compared and hashed, never looked into."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from jobnb.catalogs.snapshots import SourceChanged, manifest_digest, verified
from jobnb.errors import SnapshotError
from jobnb.protocol import FileProblem, Origin, Snapshot, SnapshotFile

FRESH: Final = 50_000_000
"""Nanoseconds. A file changed so recently may change again and look the same from outside."""
READS: Final = 3
"""How often a file that changes while it is read is read."""

_SKIPPED_FOLDERS: Final = frozenset({"__pycache__"})
_SKIPPED_ENDINGS: Final = (".pyc", ".pyo")
_VIRTUALENV_MARK: Final = "pyvenv.cfg"


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What one look at the files in some place found."""

    snapshot: Snapshot
    problems: tuple[FileProblem, ...]
    """Files and folders that are there and had to be left out."""
    contents: dict[str, bytes] = field(repr=False)
    """Digest to content of the files that this look has read; the others were known."""
    origin: Origin = field(default_factory=Origin)
    """What place that is."""
    modules: tuple[str, ...] = ()
    """What is imported to find the jobs; if empty, every module on the top level that has some."""
    is_installed: bool = False
    """Whether Python finds the modules by itself, where they are."""


class JobsFolder:
    """A folder of job files. One thread at a time.

    Hidden files, caches, virtual environments and whatever a symbolic link finds outside the
    folder do not belong to it.
    """

    def __init__(self, root: Path, *, limit: int, max_files: int) -> None:
        """Looks at nothing yet.

        Args:
            root: JOBS_ROOT; it need not exist.
            limit: Bytes that all files together may have.
            max_files: Number of files, and of folders, that there may be.
        """
        self.root: Final = root
        self._limit = limit
        self._max_files = max_files
        self._known: dict[str, tuple[_Signature, str]] = {}

    def survey(self) -> Survey:
        """The folder as it is now; a file that has not changed is not read again.

        Raises:
            SnapshotError: The folder is larger than the limits.
        """
        walk = _Walk(self.root, self._max_files)
        walk.walk()
        self._check_limits(walk)
        self._known = {path: known for path, known in self._known.items() if path in walk.files}
        files: list[SnapshotFile] = []
        contents: dict[str, bytes] = {}
        for path, signature in sorted(walk.files.items()):
            try:
                file = self._known_file(path, signature) or self._read_file(path, contents)
            except FileNotFoundError:
                continue  # deleted since it was listed
            except OSError as error:
                walk.leave_out(path, error)
                continue
            files.append(file)
        return Survey(
            snapshot=Snapshot(
                digest=manifest_digest(files), files=tuple(files), root=str(self.root)
            ),
            problems=tuple(walk.problems),
            contents=contents,
        )

    def read(self, file: SnapshotFile) -> bytes:
        """The content of a file of the last survey.

        Raises:
            SourceChanged: The file has another content now, or is gone.
        """
        try:
            content = (self.root / file.path).read_bytes()
        except OSError as error:
            raise SourceChanged(f"{file.path} cannot be read any more: {error}.") from error
        return verified(content, file)

    def _check_limits(self, walk: _Walk) -> None:
        sizes = {path: signature.size for path, signature in walk.files.items()}
        total = sum(sizes.values())
        if walk.is_endless:
            setting, found = "snapshot_files", f"more than {self._max_files:,} files or folders"
        elif total > self._limit:
            setting = "snapshot_limit"
            found = f"{total:,} bytes in {len(sizes):,} files, {self._limit:,} bytes are the limit"
        else:
            return
        largest = sorted(sizes, key=lambda path: sizes[path], reverse=True)[:5]
        named = ", ".join(f"{path} ({sizes[path]:,} bytes)" for path in largest)
        raise SnapshotError(
            f"The jobs folder {self.root} is too large to be kept with the runs: {found}. "
            f"The largest files: {named}. Move what is no source out of the folder, or raise the "
            f"setting {setting!r}."
        )

    def _known_file(self, path: str, signature: _Signature) -> SnapshotFile | None:
        known, digest = self._known.get(path, (None, ""))
        if known != signature:
            return None
        return SnapshotFile(path=path, digest=digest, size=signature.size)

    def _read_file(self, path: str, contents: dict[str, bytes]) -> SnapshotFile:
        """Reads and hashes; remembers the digest only if a later change is sure to show."""
        self._known.pop(path, None)
        before, content, after = _read(self.root / path)
        for _ in range(READS - 1):
            if before == after:
                break
            before, content, after = _read(self.root / path)
        digest = hashlib.sha256(content).hexdigest()
        if before == after and time.time_ns() - max(after.modified, after.changed) > FRESH:
            self._known[path] = after, digest
        contents[digest] = content
        return SnapshotFile(path=path, digest=digest, size=len(content))


def is_left_out(path: str) -> bool:
    """Whether a file belongs to no snapshot, whatever it contains: hidden, or a cache."""
    *folders, name = path.split("/")
    if any(part.startswith(".") or part in _SKIPPED_FOLDERS for part in folders):
        return True
    return name.startswith(".") or name in _SKIPPED_FOLDERS or name.endswith(_SKIPPED_ENDINGS)


class _Signature(NamedTuple):
    """What changes from outside when a file changes."""

    size: int
    modified: int
    changed: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> _Signature:
        return cls(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


class _Walk:
    """One walk through the folder: the files that belong to it, and those that cannot."""

    def __init__(self, root: Path, limit: int) -> None:
        self.files: dict[str, _Signature] = {}
        self.problems: list[FileProblem] = []
        self._root = root
        self._real_root = os.path.realpath(root)
        self._folders = 0
        self._limit = limit

    @property
    def is_endless(self) -> bool:
        """Whether the limit was exceeded; the rest has not been looked at."""
        return max(self._folders, len(self.files)) > self._limit

    def walk(self) -> None:
        """Visits every folder; one that is reached from within itself is a loop and left out."""
        pending: list[tuple[str, tuple[str, ...]]] = [("", ())]
        while pending and not self.is_endless:
            below, parents = pending.pop()
            real = os.path.realpath(self._root / below)
            if real not in parents:
                self._folders += 1
                pending += [(f"{sub}/", (*parents, real)) for sub in self._visit(below)]

    def leave_out(self, path: str, error: OSError) -> None:
        """Notes that something is there and cannot be read."""
        self.problems.append(FileProblem(file=path, message=f"cannot be read: {error.strerror}"))

    def _visit(self, below: str) -> list[str]:
        """Takes the files of one folder, and gives its subfolders."""
        try:
            with os.scandir(self._root / below) as scan:
                entries = [entry for entry in scan if self._is_wanted(below, entry)]
        except FileNotFoundError:
            return []  # no jobs folder yet, or deleted since it was listed
        except OSError as error:
            self.leave_out(below, error)
            return []
        if any(entry.name == _VIRTUALENV_MARK for entry in entries):
            return []
        return [path for entry in entries if self._take(path := below + entry.name, entry)]

    def _is_wanted(self, below: str, entry: os.DirEntry[str]) -> bool:
        name = entry.name
        if is_left_out(name):
            return False
        try:
            name.encode()
        except UnicodeEncodeError:
            shown = f"{below}{name}".encode(errors="backslashreplace").decode()
            message = "has a name that is no UTF-8 text, so it is left out; rename it"
            self.problems.append(FileProblem(file=shown, message=message))
            return False
        return True

    def _take(self, path: str, entry: os.DirEntry[str]) -> bool:
        """Notes a regular file; whether it is a folder. What lies outside is passed over."""
        if entry.is_symlink() and not self._is_inside(entry.path):
            return False
        try:
            status = entry.stat()
        except OSError:
            return False  # a link to nowhere, or deleted since it was listed
        if stat.S_ISREG(status.st_mode):
            self.files[path] = _Signature.of(status)
        return stat.S_ISDIR(status.st_mode)

    def _is_inside(self, link: str) -> bool:
        real = os.path.realpath(link)
        return real == self._real_root or real.startswith(self._real_root.rstrip("/") + "/")


def _read(path: Path) -> tuple[_Signature, bytes, _Signature]:
    """The content, between the signature before and the one after."""
    with path.open("rb") as file:
        before = _Signature.of(os.fstat(file.fileno()))
        return before, file.read(), _Signature.of(os.fstat(file.fileno()))
