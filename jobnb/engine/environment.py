"""What is installed where runs work: the Python, the machine, and the packages."""

from __future__ import annotations

import os
import platform
import sys
import threading
from collections.abc import Iterator
from importlib.metadata import distributions
from typing import Any, Final

from jobnb.store.environments import Environment

_METADATA: Final = (".dist-info", ".egg-info", ".egg-link")

_lock = threading.Lock()
_folders: tuple[tuple[str, int], ...] = ()
_marks: tuple[tuple[str, int], ...] = ()
_known: Environment | None = None


def installed() -> Environment:
    """The versions as they are now, which is what a child started now imports.

    Read once (some 50 ms), and again after something was installed; any thread may ask.
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
        name, version = distribution.metadata["Name"], distribution.version
        if name and version:  # a broken one has neither
            packages.setdefault(name, version)  # the first one is the one that is imported
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.platform(),
        "packages": dict(sorted(packages.items(), key=lambda item: item[0].casefold())),
    }
