"""The pump: one thread per kernel that keeps the views up to date that no cell waits for."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from jobnb.engine.doorbell import DOORBELL
from jobnb.errors import StoreUnreachable
from jobnb.handles import View
from jobnb.handles.results.live import LiveRun

SHORTEST: Final = 0.1
"""Seconds between two looks while there is something new, or the doorbell rings."""
LONGEST: Final = 1.0
"""The same of runs of which nothing is heard."""
PATIENCE: Final = 10.0
"""Seconds that the thread may take to end."""

_log = logging.getLogger(__name__)


@dataclass
class _Shown:
    """A run and how far its view has come."""

    run: LiveRun
    stop_listening: Callable[[], object]
    last: int = 0


class Pump:
    """Moves entries from the database to views; its thread lives as long as there are any.

    Nothing is printed, displayed anew or raised here: nobody would see where it belongs.
    """

    def __init__(self) -> None:
        # Held while a view is drawn: a cell that waits for a run may draw its end.
        self._lock = threading.RLock()
        self._views: dict[View, _Shown] = {}
        self._thread: threading.Thread | None = None
        self._rung = threading.Event()

    def add(self, view: View, run: LiveRun) -> None:
        """Keeps the view up to date until the run has ended."""
        listening = ExitStack()
        listening.enter_context(DOORBELL.listening(run.id, self._rung.set))
        with self._lock:
            self._views[view] = _Shown(run, listening.close)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="jobnb-pump", daemon=True)
                self._thread.start()
        self._rung.set()

    def has_not(self, view: View) -> bool:
        """Whether that view is not, or no more, kept up to date here."""
        return view not in self._views

    def drop(self, view: View) -> None:
        """Looks no more at its run."""
        with self._lock:
            shown = self._views.pop(view, None)
        if shown is not None:
            shown.stop_listening()

    def settle(self, run: LiveRun) -> None:
        """Brings the views of a run that has ended to their end, on the caller's thread."""
        with self._lock:
            for view in [view for view, shown in self._views.items() if shown.run.id == run.id]:
                while view in self._views and self._advance(view) is not None:
                    pass

    def rest(self) -> None:
        """Looks at no run any more; what is shown says so, and the thread has ended."""
        with self._lock:
            views, thread = list(self._views), self._thread
            for view in views:
                self.drop(view)
                try:
                    view.detach()
                except Exception:  # noqa: BLE001 - the others are to be detached as well
                    _log.info("A view cannot say that it is old", exc_info=True)
        self._rung.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join(PATIENCE)

    def _run(self) -> None:
        pause = SHORTEST
        while (has_news := self._work()) is not None:
            pause = SHORTEST if has_news else min(2 * pause, LONGEST)
            begun = time.monotonic()
            if self._rung.wait(pause) and (rest := begun + SHORTEST - time.monotonic()) > 0:
                time.sleep(rest)
            self._rung.clear()

    def _work(self) -> bool | None:
        """Looks at every run once; None, and the thread ends, if none is left."""
        with self._lock:
            news = [self._advance(view) for view in tuple(self._views)]
            if not self._views:
                self._thread = None
                return None
            return any(news)

    def _advance(self, view: View) -> bool | None:
        """Takes what is new of one run, and says whether there was any; None if nobody knows.

        A broken view is given up.
        """
        shown = self._views[view]
        try:
            update = shown.run.peek(shown.last, newest=view.newest)
            view.update(update)
            shown.last = update.last
            if update.is_final:
                self.drop(view)
                view.close(shown.run.record)
        except StoreUnreachable as error:
            _log.info("A view of run %s waits: %s", shown.run.id, error)
            return None
        except Exception:  # noqa: BLE001 - an exception here would end the thread unseen
            _log.exception("The view of run %s is given up", shown.run.id)
            self.drop(view)
            return True
        return bool(update.entries)
