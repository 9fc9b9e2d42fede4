"""Pulling: a commit of a git repository as a snapshot of job files."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from jobnb.catalogs.files.snapshots import manifest_digest
from jobnb.catalogs.files.walk import is_left_out
from jobnb.catalogs.git.gitrepos import Item, Mirror
from jobnb.errors import RepositoryError
from jobnb.protocol import FileProblem, Snapshot, SnapshotFile
from jobnb.protocol.repositories import Commit
from jobnb.settings import Settings

_FILES: Final = ("100644", "100755", "100664")
_LINK: Final = "120000"
_SUBMODULE: Final = "160000"
_MOST_LINKS: Final = 10
"""Links that may lead from one to the next."""


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """A repository at one commit."""

    commit: Commit
    snapshot: Snapshot
    problems: tuple[FileProblem, ...]
    """What is left out, and why."""
    contents: dict[str, bytes] = field(repr=False)
    """Digest to content, of every file."""

    def read(self, file: SnapshotFile) -> bytes:
        """The content of a file of the snapshot."""
        return self.contents[file.digest]


def pull(mirror: Mirror, name: str, settings: Settings) -> Pulled:
    """Fetches a repository, and takes what belongs to a package of jobs out of it.

    Args:
        mirror: Of the repository.
        name: Of the package.
        settings: Have the limits.

    Raises:
        RepositoryError: It cannot be had, or is larger than the limits.
    """
    with mirror.fetched() as commit:
        tree = _Tree(name, mirror, mirror.items(commit))
        wanted = tree.files()
        _check_limits(name, wanted, settings)
        contents = mirror.contents(sorted({item.object for item in wanted}))
    digests = {number: hashlib.sha256(data).hexdigest() for number, data in contents.items()}
    files = tuple(
        SnapshotFile(path=f"{name}/{item.path}", digest=digests[item.object], size=item.size)
        for item in wanted
    )
    return Pulled(
        commit=commit,
        snapshot=Snapshot(digest=manifest_digest(files), files=files, root=root_of(commit)),
        problems=(*tree.problems, *_missing_jobs(name, wanted)),
        contents={digests[number]: data for number, data in contents.items()},
    )


def root_of(commit: Commit) -> str:
    """What tracebacks put before the path of a file."""
    return f"git:{commit.short}"


class _Tree:
    """The tree of a commit; what would lead out of it is left out, and named."""

    def __init__(self, name: str, mirror: Mirror, items: list[Item]) -> None:
        self.problems: list[FileProblem] = []
        self._name = name
        self._items = {item.path: item for item in items if not is_left_out(item.path)}
        links = [item.object for item in self._items.values() if item.mode == _LINK]
        self._targets = mirror.contents(sorted({*links})) if links else {}

    def files(self) -> list[Item]:
        """The files, and the links to files, sorted by path."""
        return list(self._find())

    def _find(self) -> Iterator[Item]:
        for path, item in self._items.items():
            if "\\" in path or {"..", "", "."} & {*path.split("/")}:
                self._leave_out(path, "has a name that leads out of the repository")
            elif item.mode == _SUBMODULE:
                self._leave_out(path, "is a submodule, and those are not fetched")
            elif item.mode in _FILES:
                yield item
            elif (target := self._end_of(item)) is not None:
                yield replace(target, path=path)

    def _end_of(self, link: Item) -> Item | None:
        """The file that a link stands for, however many links lie between."""
        item = link
        for _ in range(_MOST_LINKS):
            target = self._targets[item.object].decode("utf-8", "backslashreplace")
            path = posixpath.normpath(posixpath.join(posixpath.dirname(item.path), target))
            found = self._items.get(path)
            if found is None:
                self._leave_out(link.path, "is a link that leads to no file of the repository")
                return None
            if found.mode in _FILES:
                return found
            item = found
            if item.mode != _LINK:
                break
        self._leave_out(link.path, "is a link that leads to no file of the repository")
        return None

    def _leave_out(self, path: str, why: str) -> None:
        self.problems.append(FileProblem(file=f"{self._name}/{path}", message=f"{why}; left out"))


def _check_limits(name: str, files: list[Item], settings: Settings) -> None:
    total = sum(item.size for item in files)
    if len(files) > settings.snapshot_files:
        setting, found = "snapshot_files", f"{len(files):,} files"
    elif total > settings.snapshot_limit:
        setting = "snapshot_limit"
        found = f"{total:,} bytes, {settings.snapshot_limit:,} bytes are the limit"
    else:
        return
    largest = sorted(files, key=lambda item: item.size, reverse=True)[:5]
    named = ", ".join(f"{item.path} ({item.size:,} bytes)" for item in largest)
    raise RepositoryError(
        f"The repository {name} is too large to be kept with the runs: {found}. The largest "
        f"files: {named}. Keep the jobs in one of their own, or raise the setting {setting!r}."
    )


def _missing_jobs(name: str, files: list[Item]) -> Iterator[FileProblem]:
    if not {"jobs.py", "jobs/__init__.py"} & {item.path for item in files}:
        yield FileProblem(
            file=f"{name}/jobs.py",
            message="is not in the repository, and neither is jobs/__init__.py: without one of "
            "them there are no jobs",
        )
