"""Rings: the doorbell across Dask, from a worker to all who watch its runs."""

from __future__ import annotations

import threading
from typing import Final
from weakref import WeakKeyDictionary, proxy

from distributed.diagnostics.plugin import WorkerPlugin
from distributed.worker import Worker

from jobnb.engine.doorbell import topic_of

_NAME: Final = "jobnb-rings"


class Rings(WorkerPlugin):
    """Rings for the runs of one worker. Any thread may use it.

    For a message of its own three event loops are woken. While a worker goes from run to run, the
    ring for one that has ended goes along with Dask's word that its task has.
    """

    def __init__(self, worker: Worker) -> None:
        """Begins silent.

        Args:
            worker: Knows what waits for it, and reaches the scheduler.
        """
        self._worker = proxy(worker)
        self._resting: list[str] = []
        self._lock = threading.Lock()
        worker.loop.add_callback(worker.plugin_add, self, name=_NAME)

    def ring(self, run_id: str, *, has_ended: bool = False) -> None:
        """Wakes whoever watches a run, wherever it is; see ``Doorbell.ring``."""
        self._worker.log_event(topic_of(run_id), (run_id, has_ended))

    def ring_last(self, run_id: str) -> None:
        """The same for a run whose task ends now: with that, if the next one is here already."""
        state = self._worker.state
        if state.ready or state.constrained:
            with self._lock:
                self._resting.append(run_id)
        else:
            self.ring(run_id, has_ended=True)

    def transition(self, key: object, start: str, finish: str, **_: object) -> None:  # noqa: ARG002
        """Dask's loop calls this just before it tells the scheduler what has become of a task."""
        if start == "executing" and self._resting:
            with self._lock:
                run_ids, self._resting = self._resting, []
            for run_id in run_ids:
                self.ring(run_id, has_ended=True)


_rings: Final[WeakKeyDictionary[Worker, Rings]] = WeakKeyDictionary()
_lock: Final = threading.Lock()


def rings_of(worker: Worker) -> Rings:
    """Those of a worker of this process."""
    with _lock:
        found = _rings.get(worker)
        if found is None:
            found = _rings[worker] = Rings(worker)
        return found
