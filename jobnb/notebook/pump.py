"""The pump: one thread per kernel that keeps the views up to date that no cell waits for."""

from __future__ import annotations

import logging
import threading
from typing import Final

from jobnb.errors import JobnbError
from jobnb.handles import JobResult, View

RATE: Final = 10
"""Looks at each run per second."""

_log = logging.getLogger(__name__)


class Pump:
    """Moves entries from the database to views; its thread lives as long as there are any.

    Nothing is printed, displayed anew or raised here: nobody would see where it belongs.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._views: dict[View, tuple[JobResult, int]] = {}
        self._thread: threading.Thread | None = None

    def add(self, view: View, result: JobResult) -> None:
        """Keeps the view up to date until the run has ended."""
        with self._lock:
            self._views[view] = (result, 0)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="jobnb-pump", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        pause = threading.Event()
        while self._work():
            pause.wait(1 / RATE)

    def _work(self) -> bool:
        """Looks at every run once; False, and the thread ends, if none is left."""
        for view, (result, last) in tuple(self._views.items()):
            try:
                self._advance(view, result, last)
            except JobnbError as error:
                _log.info("A view of %s waits: %s", result, error)
            except Exception:  # noqa: BLE001 - an exception here would end the thread unseen
                _log.exception("The view of %s is given up", result)
                self._views.pop(view)
        with self._lock:
            if not self._views:
                self._thread = None
            return bool(self._views)

    def _advance(self, view: View, result: JobResult, last: int) -> None:
        update = result.peek(last)
        view.update(update)
        if update.is_final:
            view.close(result.record)
            self._views.pop(view)
        else:
            self._views[view] = (result, update.last)
