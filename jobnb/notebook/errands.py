"""Errands: what a widget has to do that takes longer than a front end may be kept waiting."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

_log = logging.getLogger(__name__)


class Errands:
    """Does one thing after the other on one thread, which lives as long as there is any."""

    def __init__(self, thread: str) -> None:
        """Begins no thread yet.

        Args:
            thread: What it is called.
        """
        self._name = thread
        self._lock = threading.Lock()
        self._waiting: dict[str, Callable[[], None]] = {}
        self._thread: threading.Thread | None = None

    def put(self, name: str, action: Callable[[], None]) -> None:
        """Does it soon. One of the same name that still waits is done no more.

        Args:
            name: What it is about.
            action: Must not raise: nobody would see it.
        """
        with self._lock:
            self._waiting.pop(name, None)
            self._waiting[name] = action
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while (action := self._next()) is not None:
            try:
                action()
            except Exception:  # noqa: BLE001 - an exception here would end the thread unseen
                _log.exception("A widget has left something undone")

    def _next(self) -> Callable[[], None] | None:
        with self._lock:
            name = next(iter(self._waiting), None)
            if name is None:
                self._thread = None
                return None
            return self._waiting.pop(name)
