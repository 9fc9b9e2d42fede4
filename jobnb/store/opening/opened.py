"""The file of a SQLite database: whether it is still the one that was opened.

SQLite itself goes on with a file that is gone, and everything that it writes there is lost.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Final

from jobnb.errors import StoreError, StoreUnreachable, StoreVanished

SURE: Final = 3.0
"""Seconds for which a file must be away before it is taken for deleted: it may be moved for a
moment, and a network file system may not find it."""
LOOKS: Final = 3
"""How often it must have been found away in that time: the machine may have slept meanwhile."""


class OpenedFile:
    """A file as it was when it was opened; any thread may ask."""

    def __init__(self, path: str, where: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Looks at it for the first time.

        Args:
            path: Of the file.
            where: URL of the database, for people.
            clock: Monotonic.
        """
        self._path, self._where, self._clock = path, where, clock
        self._identity = self._find()
        self._away: tuple[float, int] | None = None
        """Since when it was found away, and how often."""

    def check(self) -> None:
        """Makes sure that it is in its place; called at every transaction.

        Raises:
            StoreUnreachable: It is not, or that cannot be told; it may be back in a moment.
            StoreVanished: It is away for good.
        """
        if self._find() == self._identity:
            self._away = None
            return
        now = self._clock()
        since, looks = self._away or (now, 0)
        self._away = since, looks + 1
        if looks + 1 < LOOKS or now - since < SURE:
            raise StoreUnreachable(
                f"The database {self._where} does not answer: its file is gone, or another one is "
                "in its place. Put it back."
            )
        raise StoreVanished(
            f"The database {self._where} was deleted or replaced while this process had it open; "
            "nothing can be kept in it any more. Put it back from a copy, or restart the kernel "
            "(or call jobnb.close()) to go on with the one that is there now."
        )

    @property
    def has_vanished(self) -> bool:
        """Whether it is away for good."""
        try:
            self.check()
        except StoreError as error:
            return isinstance(error, StoreVanished)
        return False

    def _find(self) -> tuple[int, int]:
        """What tells it from another file at its path."""
        try:
            status = os.stat(self._path)  # noqa: PTH116 - at every transaction
        except FileNotFoundError:
            return 0, 0
        except OSError as error:
            raise StoreUnreachable(
                f"The database {self._where} does not answer: its file cannot be looked at "
                f"({error.strerror}). Check the disk."
            ) from error
        return status.st_dev, status.st_ino
