"""What the import of a module can depend on, as far as the text of its files tells."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from jobnb.protocol import Snapshot, SnapshotFile

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
