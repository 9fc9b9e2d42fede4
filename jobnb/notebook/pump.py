"""The pump: one thread per kernel that keeps the views up to date that no cell waits for."""

from __future__ import annotations

import logging
import threading
from typing import Final

from jobnb.errors import StoreUnreachable
from jobnb.handles import JobResult, View

RATE: Final = 10
"""Looks at each run per second."""

_log = logging.getLogger(__name__)


class Pump:
    """Moves entries from the database to views; its thread lives as long as there are any.

    Nothing is printed, displayed anew or raised here: nobody would see where it belongs.
    """

    def __init__(self) -> None:
        # Held while a view is drawn: a cell that waits for a run may draw its end.
        self._lock = threading.RLock()
        self._views: dict[View, tuple[JobResult, int]] = {}
        self._thread: threading.Thread | None = None

    def add(self, view: View, result: JobResult) -> None:
        """Keeps the view up to date until the run has ended."""
        with self._lock:
            self._views[view] = (result, 0)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="jobnb-pump", daemon=True)
                self._thread.start()

    def settle(self, result: JobResult) -> None:
        """Brings the views of a run that has ended to their end, on the caller's thread."""
        with self._lock:
            for view in [view for view, (shown, _) in self._views.items() if shown == result]:
                while view in self._views and self._advance(view):
                    pass

    def _run(self) -> None:
        pause = threading.Event()
        while self._work():
            pause.wait(1 / RATE)

    def _work(self) -> bool:
        """Looks at every run once; False, and the thread ends, if none is left."""
        with self._lock:
            for view in tuple(self._views):
                self._advance(view)
            if not self._views:
                self._thread = None
            return bool(self._views)

    def _advance(self, view: View) -> bool:
        """Takes what is new of one run; False if that cannot be had. A broken view is given up."""
        result, last = self._views[view]
        try:
            update = result.peek(last)
            view.update(update)
            self._views[view] = (result, update.last)
            if update.is_final:
                self._views.pop(view)
                view.close(result.record)
        except StoreUnreachable as error:
            _log.info("A view of %s waits: %s", result, error)
            return False
        except Exception:  # noqa: BLE001 - an exception here would end the thread unseen
            _log.exception("The view of %s is given up", result)
            self._views.pop(view, None)
        return True
