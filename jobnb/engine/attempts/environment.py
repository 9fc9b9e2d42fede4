"""What is installed where runs work: the Python, the machine, and the packages."""

from __future__ import annotations

import os
import platform
import re
import sys
import threading
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from typing import Any, Final

from jobnb.store.content.environments import Environment

_METADATA: Final = (".dist-info", ".egg-info", ".egg-link")
_FIELD: Final = re.compile(r"^(Name|Version):[ \t]*(\S+)", re.MULTILINE)

_lock = threading.Lock()
_folders: tuple[tuple[str, int], ...] = ()
_marks: tuple[tuple[str, int], ...] = ()
_known: Environment | None = None


def installed() -> Environment:
    """The versions as they are now, which is what a child started now imports.

    Read once (some 10 ms), and again after something was installed; any thread may ask.
    """
    global _folders, _marks, _known  # noqa: PLW0603 - of this process, under the lock
    folders = tuple(_changes_of_path())
    with _lock:
        if _known is None or folders != _folders:
            # Most files that come and go on the path are nobody's package: notebooks, results.
            marks = tuple(_metadata())
            if _known is None or marks != _marks:
                _known = Environment.of(_look())
            _folders, _marks = folders, marks
        return _known


def _changes_of_path() -> Iterator[tuple[str, int]]:
    """The folders that packages come from; what comes or goes changes the time of its folder."""
    for place in sys.path:
        try:
            yield place, os.stat(place or ".").st_mtime_ns  # noqa: PTH116 - before each run
        except OSError:
            continue


def _metadata() -> Iterator[tuple[str, int]]:
    """What tells of packages, with the time of its last change."""
    for place in sys.path:
        try:
            with os.scandir(place or ".") as entries:
                found = [item for item in entries if item.name.endswith(_METADATA)]
            yield from sorted((item.path, item.stat().st_mtime_ns) for item in found)
        except OSError:
            continue


def _look() -> dict[str, Any]:
    packages: dict[str, str] = {}
    for distribution in distributions():
        fields = _fields(distribution)
        if len(fields) == len(("Name", "Version")):  # a broken one has neither
            # The first one is the one that is imported.
            packages.setdefault(fields["Name"], fields["Version"])
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.platform(),
        "packages": dict(sorted(packages.items(), key=lambda item: item[0].casefold())),
    }


def _fields(distribution: Distribution) -> dict[str, str]:
    """Its name and version: two lines of its metadata.

    Python's own parser, which reads all of that anew for each of them, takes ten times as long
    (measured).
    """
    text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    return dict(_FIELD.findall(text.partition("\n\n")[0]))
