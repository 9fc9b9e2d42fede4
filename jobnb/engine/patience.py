"""Patience with a database that is out of reach for a while: a restart, a lost connection."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Final, TypeVar
from weakref import WeakKeyDictionary

from jobnb.errors import StoreError, StoreUnreachable

PAUSE: Final = 0.5
"""Seconds between two tries."""
FRESH: Final = 60.0
"""Seconds for which a part of this process that has not tried again still counts as cut off."""

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class _Outages:
    """Which parts of this process are cut off from a database, and what people have heard of it.

    A part that does not exist any more is not cut off either.
    """

    def __init__(self) -> None:
        self.forget_all()

    def begin(self, part: object, sentence: str) -> bool:
        """Notes that a part is cut off, or is so still; whether people have not heard that yet."""
        now = time.monotonic()
        with self._lock:
            is_new = now - self._told.get(sentence, -FRESH) >= FRESH
            self.cut_off[part] = self._told[sentence] = now
        return is_new

    def end(self, part: object) -> bool:
        """Notes that a part is not cut off any more; whether it was the last one."""
        now = time.monotonic()
        with self._lock:
            was_cut_off = self.cut_off.pop(part, None) is not None
            is_last = was_cut_off and all(now - met >= FRESH for met in self.cut_off.values())
            if is_last:
                self._told.clear()
                self.cut_off.clear()
        return is_last

    def forget_all(self) -> None:
        """In a forked process: the threads that were cut off were not taken along."""
        self._lock = threading.Lock()
        self.cut_off: WeakKeyDictionary[object, float] = WeakKeyDictionary()
        self._told: dict[str, float] = {}


_OUTAGES: Final = _Outages()
os.register_at_fork(after_in_child=_OUTAGES.forget_all)


class Trouble:
    """What one part of this process has while the database is out of reach for it.

    Several parts ask the database, each in its own time. People hear of the trouble from the first
    one, and from the last one that it is over.
    """

    _is_there = False

    def meet(self, error: StoreError) -> None:
        """The database was out of reach for it, again or for the first time."""
        self._is_there = True
        if _OUTAGES.begin(self, str(error)):
            again = " Trying again." if isinstance(error, StoreUnreachable) else ""
            _log.warning("%s%s", error, again)

    def end(self) -> None:
        """The database has answered it."""
        if self.forget():
            _log.warning("The database answers again.")

    def forget(self) -> bool:
        """It will not try again; whether no other part is in trouble."""
        was_there, self._is_there = self._is_there, False
        return was_there and _OUTAGES.end(self)


def patiently(action: Callable[[], _T], seconds: float) -> _T:
    """What ``action`` gives, tried again and again while the database is out of reach.

    The caller's thread waits; ``action`` must do no harm if its first try was stored and only the
    answer was lost.

    Raises:
        StoreUnreachable: It was out of reach for ``seconds``.
        StoreError: It answers, and refuses; at once, since it would do so again.
    """
    give_up = time.monotonic() + seconds
    try:
        return action()
    except StoreUnreachable as error:
        if not seconds:
            raise
        trouble = error
    return _again(action, give_up, trouble)


def _again(action: Callable[[], _T], give_up: float, error: StoreUnreachable) -> _T:
    """What ``action`` gives when it is tried again until a moment of the monotonic clock."""
    trouble = Trouble()
    try:
        while True:
            trouble.meet(error)
            time.sleep(PAUSE)
            began = time.monotonic()
            try:
                found = action()
            except StoreUnreachable as again:
                # Not the end of the try: this process may have been asleep in the middle of it.
                if began >= give_up:
                    raise
                error = again
            else:
                trouble.end()
                return found
    finally:
        trouble.forget()
