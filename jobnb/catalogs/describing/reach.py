"""What the import of a module can depend on, as far as the text of its files tells.

And what is known of those whose import ended a child, as long as all of that is the same.
"""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from pathlib import Path
from typing import Final

from jobnb.protocol import FileProblem, Snapshot, SnapshotFile

_IMPORTS: Final = re.compile(rb"^[ \t]*(?:from|import)[ \t]+([^#\n]+)", re.MULTILINE)
_NAMES: Final = re.compile(rb"\w+")


def files_behind(module: str, snapshot: Snapshot, folder: Path) -> frozenset[SnapshotFile]:
    """The files of a module, of all that it imports, and of what that imports.

    Nothing is imported for it; every word of an import counts, so it may be some files too many.

    Args:
        module: Its dotted name.
        snapshot: Has the files.
        folder: Where they are.
    """
    by_name: dict[str, list[SnapshotFile]] = {}
    for file in snapshot.files:
        by_name.setdefault(file.path.partition("/")[0].removesuffix(".py"), []).append(file)
    found: set[SnapshotFile] = set()
    pending = {module.partition(".")[0]}
    seen: set[str] = set()
    while pending:
        name = pending.pop()
        seen.add(name)
        for file in by_name.get(name, ()):
            found.add(file)
            pending |= _words(folder / file.path) & by_name.keys() - seen
    return frozenset(found)


def _words(path: Path) -> set[str]:
    if path.suffix != ".py":
        return set()
    try:
        source = path.read_bytes()
    except OSError:
        return set()
    words = (word for names in _IMPORTS.findall(source) for word in _NAMES.findall(names))
    return {word.decode("ascii", "replace") for word in words}


class BrokenModules:
    """The modules whose import ended a child: that is not waited for again while all is the same.

    One file that hangs would cost its whole time limit each time that another one is edited.
    Safe for any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, tuple[frozenset[SnapshotFile], FileProblem]] = {}
        self._surroundings: object = None

    def known_in(self, snapshot: Snapshot, surroundings: object) -> dict[str, FileProblem]:
        """Those of which nothing that they can depend on has changed, with what happened."""
        files = frozenset(snapshot.files)
        with self._lock:
            if self._surroundings != surroundings:
                self._known.clear()
            self._surroundings = surroundings
            self._known = {
                module: (behind, problem)
                for module, (behind, problem) in self._known.items()
                if behind and behind <= files
            }
            return {module: _again(problem) for module, (_, problem) in self._known.items()}

    def remember(self, module: str, problem: FileProblem, behind: frozenset[SnapshotFile]) -> None:
        """Notes what happened, and which files are behind it."""
        with self._lock:
            self._known[module] = behind, problem


def _again(problem: FileProblem) -> FileProblem:
    more = "it is tried again once it, or what it imports, is edited"
    return replace(problem, message=f"{problem.message} ({more})")
