"""The doorbell: wakes those who watch a run. It carries no content, so a lost ring costs nothing.

That the run has ended is only a hint of where to look first.

Inside a process a ring is a callback. Across Dask it is a tiny event on one of 64 fixed topics;
the scheduler never forgets a topic, so there must not be one per run.
"""

from __future__ import annotations

import os
import threading
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol
from weakref import WeakSet

TOPICS: Final = 64

Listener = Callable[[], None]
"""Called on the thread that rings; it must return at once and not raise."""


class Attendant(Protocol):
    """Wants to know of every ring, whatever the run."""

    def hear(self, run_id: str, *, has_ended: bool) -> None:
        """Called on the thread that rings, before any listener of the run; as one of them."""


def topic_of(run_id: str) -> str:
    """The Dask topic on which the rings of a run are sent."""
    return f"jobnb-{zlib.crc32(run_id.encode()) % TOPICS}"


class Doorbell:
    """Who wants to be woken for which run, in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[str, list[Listener]] = defaultdict(list)
        self._attendants: WeakSet[Attendant] = WeakSet()

    def attend(self, attendant: Attendant) -> None:
        """Lets somebody hear every ring, as long as he lives."""
        with self._lock:
            self._attendants.add(attendant)

    @contextmanager
    def listening(self, run_id: str, listener: Listener) -> Iterator[None]:
        """Within the block, ``listener`` is called when there may be something new of the run."""
        with self._lock:
            self._listeners[run_id].append(listener)
        try:
            yield
        finally:
            with self._lock:
                self._listeners[run_id].remove(listener)
                if not self._listeners[run_id]:
                    del self._listeners[run_id]

    def ring(self, run_id: str, *, has_ended: bool = False) -> None:
        """Wakes everybody in this process who listens for the run.

        Args:
            run_id: Which run.
            has_ended: Whether its end is written, as far as whoever rings knows: worth a look at
                the end before one at what else is new. A ring that does not say so may mean it.
        """
        with self._lock:
            listeners = tuple(self._listeners.get(run_id, ()))
            attendants = tuple(self._attendants) if self._attendants else ()  # none on a worker
        for attendant in attendants:
            attendant.hear(run_id, has_ended=has_ended)
        for listener in listeners:
            listener()

    def forget_all(self) -> None:
        """In a forked process: who listened was in the parent, and so was who held the lock."""
        self._lock = threading.Lock()
        self._listeners.clear()
        self._attendants.clear()


DOORBELL: Final = Doorbell()
"""The one of this process: supervisors, Dask's events and viewers meet here."""

os.register_at_fork(after_in_child=DOORBELL.forget_all)
