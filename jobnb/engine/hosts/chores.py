"""Chores: what a process does now and then beside its runs, on a thread of its own.

A chore may take its time (a scheduler that does not answer, a row that somebody else keeps locked),
so it has no part in the beat of the process, nor in the stops of its runs.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from jobnb.engine.patience import Trouble
from jobnb.errors import StoreError, StoreUnreachable, StoreVanished

_log = logging.getLogger(__name__)


class Diligence:
    """Does things of which none may end the thread that does them, and complains once of each."""

    def __init__(self) -> None:
        self._complaints: dict[object, str] = {}
        self._troubles: dict[object, Trouble] = {}
        self.is_quiet = False
        """Whether it is too late for complaints."""

    def do(self, what: str, action: Callable[[], object], name: object = None) -> None:
        """Does it; what it raises is logged.

        Args:
            what: For people: ``This process could not <what>``.
            action: Called.
            name: What tells it from others of which people hear the same; None if there are none.
        """
        key = (what, name)
        try:
            action()
        except (StoreUnreachable, StoreVanished) as error:
            if not self.is_quiet:
                self._troubles.setdefault(key, Trouble()).meet(error)
        except StoreError as error:
            self._complain(what, str(error), key)
        except Exception:  # noqa: BLE001 - whatever a chore does
            _log.exception("This process could not %s", what)
        else:
            self._complaints.pop(key, None)
            if key in self._troubles:
                self._troubles.pop(key).end()

    def is_troubled(self, what: str, name: object = None) -> bool:
        """Whether the database was out of reach when this was done last."""
        return (what, name) in self._troubles

    def _complain(self, what: str, why: str, key: object) -> None:
        """Once, and not at every beat of a long outage."""
        if self._complaints.get(key) != why and not self.is_quiet:
            self._complaints[key] = why
            _log.warning("This process could not %s: %s", what, why)


class Chores:
    """Functions that are called at every interval, and when somebody asks for it."""

    def __init__(self, interval: float) -> None:
        """Begins at once.

        Args:
            interval: Seconds.
        """
        self._interval = interval
        self._by_name: dict[object, Callable[[], object]] = {}
        self._alarm: float | None = None
        self._wake = threading.Event()
        self._is_closed = False
        self._diligence = Diligence()
        self._thread = threading.Thread(target=self._work, name="jobnb-chores", daemon=True)
        self._thread.start()

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def add(self, name: object, chore: Callable[[], object]) -> bool:
        """From now on does ``chore``; False if another one of the name is done already."""
        return self._by_name.setdefault(name, chore) is chore

    def drop(self, name: object) -> None:
        """Does it no more."""
        self._by_name.pop(name, None)

    def wake_in(self, seconds: float) -> None:
        """Does all of them after so long as well."""
        alarm = time.monotonic() + seconds
        if self._alarm is None or alarm < self._alarm:
            self._alarm = alarm
            self._wake.set()

    def close(self) -> None:
        """Ends the thread; may be called by a chore."""
        self._is_closed = self._diligence.is_quiet = True
        self._wake.set()
        if self._thread is not threading.current_thread():
            self._thread.join(timeout=5.0)

    def _work(self) -> None:
        next_round = time.monotonic() + self._interval
        while not self._is_closed:
            due = next_round if self._alarm is None else min(next_round, self._alarm)
            self._wake.wait(max(0.0, due - time.monotonic()))
            self._wake.clear()
            now = time.monotonic()
            if now >= next_round:
                next_round = now + self._interval
            elif self._alarm is None or now < self._alarm:
                continue
            self._alarm = None
            for name, chore in tuple(self._by_name.items()):
                if not self._is_closed:
                    self._diligence.do("do a chore", chore, name)
