"""What is installed where runs work: the Python, the machine, and the packages."""

from __future__ import annotations

import platform
import sys
import threading
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from jobnb.store.environments import Environment

_lock = threading.Lock()
_known: dict[tuple[tuple[str, int], ...], Environment] = {}


def installed() -> Environment:
    """The versions as they are now, which is what a child started now imports.

    Read once (some 50 ms), and again after something was installed; any thread may ask.
    """
    places = tuple(_places())
    with _lock:
        if places not in _known:
            _known.clear()
            _known[places] = Environment.of(_look())
        return _known[places]


def _places() -> list[tuple[str, int]]:
    """The folders that packages come from; installing one changes the time of its folder."""
    found = []
    for place in sys.path:
        try:
            found.append((place, Path(place or ".").stat().st_mtime_ns))
        except OSError:
            continue
    return found


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
