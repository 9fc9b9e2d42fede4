"""The observer: finds runs whose worker, or whose only hope of one, is gone.

Any process may observe: a viewer, a new workbench, a worker. Each decision is a compare-and-set in
the database, so it does not matter how many do.
"""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from jobnb.engine.doorbell import DOORBELL
from jobnb.engine.presence import Presence, is_gone
from jobnb.protocol import Reason, Status
from jobnb.store.results import Results
from jobnb.store.values import OpenRun, WorkerProcess


@dataclass
class _Watched:
    """How long the beat of a process has stood still before this observer's eyes."""

    beat: int
    seen: float
    """When it was last looked at, on the monotonic clock."""
    still: float = 0.0
    """Seconds."""


class Observer:
    """Declares runs LOST, or REVOKED if they never started and never will."""

    def __init__(self, results: Results, presence: Presence) -> None:
        self._results = results
        self._presence = presence
        self._settings = presence.settings
        self._watched: dict[str, _Watched] = {}
        self._lock = threading.Lock()
        self._next = 0.0

    def tick(self, *, force: bool = False) -> list[str]:
        """Looks at all open runs, at most once per beat unless forced.

        Returns:
            The ids of the runs that were closed by this look.
        """
        with self._lock:
            now = time.monotonic()
            if now < self._next and not force:
                return []
            self._next = now + self._settings.beat_interval / 2
            runs = self._results.open_runs()
            closed = [run.run_id for run in runs if self._close_if_gone(run, now)]
            alive = {process.worker_id for run in runs for process in _processes(run)}
            self._watched = {k: v for k, v in self._watched.items() if k in alive}
        for run_id in closed:
            DOORBELL.ring(run_id)
        return closed

    def _close_if_gone(self, run: OpenRun, now: float) -> bool:
        if run.status is Status.STARTED:
            return self._close_if_lost(run, now)
        return self._close_if_hopeless(run, now)

    def _close_if_lost(self, run: OpenRun, now: float) -> bool:
        if run.worker is None or run.token is None:
            return False
        if run.worker.worker_id == self._presence.worker_id:
            evidence = None if self._presence.attends(run.token) else "its supervisor is gone"
        else:
            evidence = self._evidence_of_death(run.worker, now)
        if evidence is None:
            return False
        detail = (
            f"The worker {run.worker.name} (pid {run.worker.pid} on {run.worker.host}) is lost: "
            f"{evidence}. Whether the job had done its work is unknown."
        )
        return self._results.declare_lost(run.run_id, run.token, detail)

    def _close_if_hopeless(self, run: OpenRun, now: float) -> bool:
        if run.owner is None:
            return False
        evidence = self._evidence_of_death(run.owner, now)
        if evidence is None or not (run.embedded or _has_no_scheduler(run.scheduler_id)):
            return False
        detail = (
            f"It never started: the process that submitted it (pid {run.owner.pid} on "
            f"{run.owner.host}) and its scheduler are gone."
        )
        return self._results.close_unstarted(
            run.run_id, status=Status.REVOKED, reason=Reason.NEVER_STARTED, detail=detail
        )

    def _evidence_of_death(self, process: WorkerProcess, now: float) -> str | None:
        """Why the process must be taken for dead; None if it may live."""
        gone = is_gone(process)
        if gone is not None:
            return "its lock is free" if gone else None
        watched = self._watched.get(process.worker_id)
        if watched is None or watched.beat != process.beat:
            self._watched[process.worker_id] = _Watched(process.beat, now)
            return None
        # This process may have slept as well: a long gap between two looks is evidence of nothing.
        watched.still += min(now - watched.seen, self._settings.beat_interval)
        watched.seen = now
        if watched.still < self._settings.lost_after:
            return None
        return f"it gave no sign of life for {watched.still:.0f} s"


def _processes(run: OpenRun) -> list[WorkerProcess]:
    return [process for process in (run.owner, run.worker) if process is not None]


def _has_no_scheduler(scheduler_id: str) -> bool:
    """Whether nothing listens at the address that begins a scheduler id (``address id``)."""
    parts = urlsplit(scheduler_id.split(" ", maxsplit=1)[0])
    if parts.hostname is None or parts.port is None:
        return False
    try:
        socket.create_connection((parts.hostname, parts.port), timeout=1.0).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False
