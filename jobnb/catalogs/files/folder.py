"""The author's jobs folder: its files are listed, compared and hashed, never looked into."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from jobnb.catalogs.files.ignoring import IgnoreFiles
from jobnb.catalogs.files.snapshots import SourceChanged, manifest_digest, verified
from jobnb.catalogs.files.walk import Bounds, Signature, Walk
from jobnb.errors import SnapshotError
from jobnb.protocol import FileProblem, Origin, Snapshot, SnapshotFile

FRESH: Final = 50_000_000
"""Nanoseconds. A file changed so recently may change again and look the same from outside."""
READS: Final = 3
"""How often a file that changes while it is read is read."""


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

    Hidden files, caches, virtual environments, what git ignores, and whatever a symbolic link finds
    outside the folder do not belong to it.
    """

    def __init__(self, root: Path, *, limit: int, bounds: Bounds, git_ignores: bool = True) -> None:
        """Looks at nothing yet.

        Args:
            root: JOBS_ROOT; it need not exist.
            limit: Bytes that all files together may have.
            bounds: Which part of it counts.
            git_ignores: Whether ``.gitignore`` files have a say.
        """
        self.root: Final = root
        self._limit = limit
        self._bounds = bounds
        self._ignore_files = IgnoreFiles(root) if git_ignores else None
        self._known: dict[str, tuple[Signature, str]] = {}
        self._last: tuple[object, Survey] | None = None

    def survey(self) -> Survey:
        """The folder as it is now; a file that has not changed is not read again.

        Raises:
            SnapshotError: The folder is larger than the limits.
        """
        walk = Walk(self.root, self._bounds, self._ignore_files)
        walk.walk()
        self._check_limits(walk)
        seen = walk.files, walk.problems
        if self._last is not None and self._last[0] == seen and self._are_known(walk):
            return self._last[1]
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
        snapshot = Snapshot(digest=manifest_digest(files), files=tuple(files), root=str(self.root))
        problems = tuple(walk.problems)
        self._last = seen, Survey(snapshot=snapshot, problems=problems, contents={})
        return replace(self._last[1], contents=contents)

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

    def _check_limits(self, walk: Walk) -> None:
        sizes = {path: signature.size for path, signature in walk.files.items()}
        total = sum(sizes.values())
        if walk.is_endless:
            setting, found = "snapshot_files", f"more than {self._bounds.most:,} files or folders"
        elif total > self._limit:
            setting = "snapshot_limit"
            found = f"{total:,} bytes in {len(sizes):,} files, {self._limit:,} bytes are the limit"
        else:
            return
        largest = sorted(sizes, key=lambda path: sizes[path], reverse=True)[:5]
        named = ", ".join(f"{path} ({sizes[path]:,} bytes)" for path in largest)
        raise SnapshotError(
            f"The jobs folder {self.root} is too large to be kept with the runs: {found}. "
            f"The largest files: {named}. Move what is no source out of the folder, name it in "
            f"a .gitignore, or raise the setting {setting!r}."
        )

    def _are_known(self, walk: Walk) -> bool:
        """Whether none of the files can have changed without being seen to."""
        return len(self._known) == len(walk.files)

    def _known_file(self, path: str, signature: Signature) -> SnapshotFile | None:
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


def _read(path: Path) -> tuple[Signature, bytes, Signature]:
    """The content, between the signature before and the one after."""
    with path.open("rb") as file:
        before = Signature.of(os.fstat(file.fileno()))
        return before, file.read(), Signature.of(os.fstat(file.fileno()))
