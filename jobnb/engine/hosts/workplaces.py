"""Workplaces: the folders in which the runs of one process work, each in a new one."""

from __future__ import annotations

import itertools
import os
import shutil
import threading
import time
from pathlib import Path
from typing import Final

MANY: Final = 2000
"""Folders that may wait to be removed; whoever leaves one more removes it himself."""
CALM: Final = 60.0
"""Seconds without a run after which they are removed, unless they are half as many as may wait. A
file system without a journal looks at whatever was removed in the last minutes before it makes
something new (``recently_deleted()`` of ext4): after some thousands of runs half a millisecond for
each new folder (measured)."""


class Workplaces:
    """The folders of one process, in a folder of its own. Any thread may use it."""

    def __init__(self, folder: Path) -> None:
        """Makes nothing yet.

        Args:
            folder: Where they are; whoever finds the process dead removes what is left.
        """
        self._folder = folder
        self._numbers = itertools.count(1)
        self._left: list[str] = []
        self._left_last = 0.0
        self._sweeping = threading.Lock()

    def make(self, prefix: str) -> str:
        """A new, empty folder: its path as a text, as the system wants it."""
        place = self._new_name(prefix)
        try:
            os.mkdir(place, mode=0o700)  # noqa: PTH102 - at each run, as below
        except FileNotFoundError:  # the first one; or somebody has tidied up
            self._folder.mkdir(mode=0o700, exist_ok=True)
            os.mkdir(place, mode=0o700)  # noqa: PTH102
        return place

    def leave(self, place: str) -> None:
        """Takes away a folder, with whatever is in it.

        To remove even an empty one may take a disk two milliseconds (measured), for which the run
        would have to wait, and all that comes after it: so it is only moved away, and removed by
        the next ``sweep``.
        """
        try:
            if len(self._left) < MANY and _is_empty(place):
                gone = self._new_name("gone-")
                os.rename(place, gone)  # noqa: PTH104
                self._left.append(gone)
                self._left_last = time.monotonic()
                return
        except OSError:
            pass
        shutil.rmtree(place, ignore_errors=True)

    def _new_name(self, prefix: str) -> str:
        return f"{self._folder}/{prefix}{next(self._numbers)}"

    def sweep(self) -> None:
        """Removes what was left, on a thread of its own: on a slow disk it takes seconds.

        Nothing as long as run follows run, and few wait.
        """
        is_due = len(self._left) > MANY // 2 or time.monotonic() >= self._left_last + CALM
        if is_due and self._left and self._sweeping.acquire(blocking=False):
            threading.Thread(target=self._sweep, name="jobnb-sweep", daemon=True).start()

    def _sweep(self) -> None:
        try:
            while self._left:
                _remove(self._left.pop())
        finally:
            self._sweeping.release()

    def close(self) -> None:
        """Removes all of them, and what is in them."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _remove(place: str) -> None:
    """Most are empty still, and gone by one call to the system."""
    try:
        os.rmdir(place)  # noqa: PTH106 - one for each run
    except OSError:
        shutil.rmtree(place, ignore_errors=True)


def _is_empty(place: str) -> bool:
    with os.scandir(place) as entries:
        return next(entries, None) is None
