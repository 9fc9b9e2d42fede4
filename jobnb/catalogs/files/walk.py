"""One walk through a folder: the files that belong to a snapshot of it, and those that cannot."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from jobnb.catalogs.files.ignoring import NAME, IgnoreFiles, Rules
from jobnb.errors import CatalogError
from jobnb.protocol import FileProblem

_SKIPPED_FOLDERS: Final = frozenset({"__pycache__"})
_SKIPPED_ENDINGS: Final = (".pyc", ".pyo")
_VIRTUALENV_MARK: Final = "pyvenv.cfg"


def is_left_out(path: str) -> bool:
    """Whether a file belongs to no snapshot, whatever it contains: hidden, or a cache."""
    parts = path.split("/") if "/" in path else [path]
    if parts[-1].endswith(_SKIPPED_ENDINGS):
        return True
    return any(part[:1] == "." or part in _SKIPPED_FOLDERS for part in parts)


class Signature(NamedTuple):
    """What changes from outside when a file changes."""

    size: int
    modified: int
    changed: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> Signature:
        """That of a file with this status."""
        return cls(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Which part of a folder is walked through."""

    most: int
    """Number of files, and of folders, that there may be."""
    within: tuple[str, ...] = ()
    """The only names on the top level; all if empty."""
    endings: tuple[str, ...] = ("",)
    """What the names of files end with."""


class Walk:
    """One walk; it ends early if the folder is larger than its bounds."""

    def __init__(self, root: Path, bounds: Bounds, ignore_files: IgnoreFiles | None) -> None:
        self.files: dict[str, Signature] = {}
        self.problems: list[FileProblem] = []
        self._root = root
        self._folders = 0
        self._bounds = bounds
        self._ignore_files = ignore_files

    @property
    def is_endless(self) -> bool:
        """Whether the limit was exceeded; the rest has not been looked at."""
        return max(self._folders, len(self.files)) > self._bounds.most

    def walk(self) -> None:
        """Visits every folder; one that is reached from within itself is a loop and left out.

        Raises:
            CatalogError: This process may open no more files, so nothing can be said of any folder.
        """
        if self._ignore_files is not None:
            self._ignore_files.begin()
        pending: list[tuple[str, Rules]] = [("", [])]
        while pending and not self.is_endless:
            below, rules = pending.pop()
            self._folders += 1
            folders, inner = self._visit(below, rules)
            pending += [(f"{sub}/", inner) for sub in folders]

    def leave_out(self, path: str, error: OSError) -> None:
        """Notes that something is there and cannot be read."""
        if error.errno in (errno.EMFILE, errno.ENFILE):
            raise CatalogError(
                f"The files in {self._root} cannot be read: {error.strerror}. Raise the limit of "
                "open files (`ulimit -n`) of this process, or restart it."
            ) from error
        self.problems.append(FileProblem(file=path, message=f"cannot be read: {error.strerror}"))

    def _visit(self, below: str, rules: Rules) -> tuple[list[str], Rules]:
        """Takes the files of one folder; gives its subfolders, and the rules for what is there."""
        try:
            with os.scandir(f"{self._root}/{below}") as scan:
                entries = list(scan)
        except FileNotFoundError:
            return [], rules  # no jobs folder yet, or deleted since it was listed
        except OSError as error:
            self.leave_out(below, error)
            return [], rules
        names = {entry.name for entry in entries}
        if _VIRTUALENV_MARK in names:
            return [], rules
        if self._ignore_files is not None:
            rules = self._ignore_files.rules_in(below, rules, has_own=NAME in names)
        wanted = [entry for entry in entries if self._is_wanted(below, entry, rules)]
        return [path for entry in wanted if self._take(path := below + entry.name, entry)], rules

    def _is_wanted(self, below: str, entry: os.DirEntry[str], rules: Rules) -> bool:
        name, within = entry.name, self._bounds.within
        if is_left_out(name) or (within and not below and name not in within):
            return False
        if not name.isascii() and not self._is_text(below, name):
            return False
        return not (rules and self._is_ignored(below, entry, rules))

    def _is_text(self, below: str, name: str) -> bool:
        """Whether a name can be written down; one that cannot is shown as it is."""
        try:
            name.encode()
        except UnicodeEncodeError:
            shown = f"{below}{name}".encode(errors="backslashreplace").decode()
            message = "has a name that is no UTF-8 text, so it is left out; rename it"
            self.problems.append(FileProblem(file=shown, message=message))
            return False
        return True

    def _is_ignored(self, below: str, entry: os.DirEntry[str], rules: Rules) -> bool:
        """Whether git ignores it; a job file of which that is true is named."""
        assert self._ignore_files is not None, "there are rules"
        path = below + entry.name
        if not self._ignore_files.ignores(f"{path}/" if entry.is_dir() else path, rules):
            return False
        if not below and path.endswith(".py"):
            message = "is left out, as a .gitignore says; if it has jobs, take it out of there"
            self.problems.append(FileProblem(file=path, message=message))
        return True

    def _take(self, path: str, entry: os.DirEntry[str]) -> bool:
        """Notes a regular file; whether it is a folder. What lies outside is passed over."""
        if entry.is_symlink() and not self._is_inside(path, entry):
            return False
        try:
            status = entry.stat()
        except OSError:
            return False  # a link to nowhere, or deleted since it was listed
        kind = stat.S_IFMT(status.st_mode)
        if kind == stat.S_IFREG and path.endswith(self._bounds.endings):
            self.files[path] = Signature.of(status)
        return kind == stat.S_IFDIR

    def _is_inside(self, path: str, link: os.DirEntry[str]) -> bool:
        """Whether a link leads to something in the folder, and to none that it lies in itself."""
        real, root = os.path.realpath(link.path), os.path.realpath(self._root)
        names = path.split("/")[:-1]
        above = ("/".join(names[:depth]) for depth in range(len(names) + 1))
        if any(real == os.path.realpath(self._root / folder) for folder in above):
            return False
        return real.startswith(root.rstrip("/") + "/")
