"""The observer: finds runs whose worker, or whose only hope of one, is gone.

Any process may observe: a viewer, a new workbench, a worker. Each decision is a compare-and-set in
the database, so it does not matter how many do.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from jobnb.engine.care.retries import plan_retry
from jobnb.engine.doorbell import DOORBELL
from jobnb.engine.hosts.presence import Presence, clear_remains, is_gone
from jobnb.engine.launching.schedulers import is_in_process, is_scheduler_gone
from jobnb.protocol import Reason, RunPolicy, Status
from jobnb.store.care.unfinished import OpenRun
from jobnb.store.care.workers import Workers
from jobnb.store.database import Database
from jobnb.store.results import Results
from jobnb.store.values import EndOfRun, WorkerProcess


@dataclass
class _Watched:
    """How long the beat of a process has stood still before this observer's eyes."""

    beat: int
    seen: float
    """When it was last looked at, on the monotonic clock."""
    still: float = 0.0
    """Seconds."""


Adopt = Callable[[OpenRun], bool | None]
"""Cares for a waiting run whose owner is gone: True if it waits on, False if its scheduler is gone,
None if that is not known here."""


class Observer:
    """Declares runs LOST, or REVOKED if they never started and never will."""

    def __init__(self, database: Database, presence: Presence, adopt: Adopt | None = None) -> None:
        self._results = Results(database)
        self._workers = Workers(database)
        self._presence = presence
        self._adopt = adopt
        self._settings = presence.settings
        self._watched: dict[str, _Watched] = {}
        self._dead: set[str] = set()
        self._stranded: dict[str, float] = {}
        """Runs of this process to when their scheduler was first found gone; monotonic."""
        self._lock = threading.Lock()
        self._next = 0.0

    def tick(self, *, force: bool = False) -> list[str]:
        """Looks at all open runs, at most once per beat unless forced.

        Returns:
            The ids of the runs that were closed by this look.
        """
        if self._presence.process.pid != os.getpid():
            return []  # in a forked process: what its parent works on is not seen from here
        with self._lock:
            now = time.monotonic()
            if now < self._next and not force:
                return []
            self._next = now + self._settings.beat_interval / 2
            runs = self._results.unfinished.all()
            closed = [run.run_id for run in runs if self._close_if_gone(run, now)]
            seen = {process.worker_id for run in runs for process in _processes(run)}
            self._watched = {k: v for k, v in self._watched.items() if k in seen}
            self._dead &= seen
            self._stranded = {k: v for k, v in self._stranded.items() if k not in closed}
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
        return self._declare_lost(run, run.token, detail)

    def _declare_lost(self, run: OpenRun, token: str, detail: str) -> bool:
        lost = EndOfRun(status=Status.LOST, reason=Reason.WORKER_LOST, detail=detail)
        again = plan_retry(lost, RunPolicy.of(run.options).retries, run.number or 1)
        is_done = self._results.declare_lost(run.run_id, token, detail, instead=again)
        if is_done and again is not None:
            self._presence.wake_in(0)
        return is_done

    def _close_if_hopeless(self, run: OpenRun, now: float) -> bool:
        if run.owner is None:
            return False
        if run.owner.worker_id == self._presence.worker_id:
            return self._close_if_stranded(run, now)
        if self._evidence_of_death(run.owner, now) is None:
            return False
        what = _what_never_started(run)
        if self._is_forgotten(run, now):
            names = ", ".join(run.options["withheld"])
            detail = (
                f"{what}: its sensitive inputs ({names}) were known only to the process that "
                "submitted it and to the worker, which are gone. Run it again."
            )
        elif self._has_no_scheduler(run):
            detail = (
                f"{what}: the process that submitted it (pid {run.owner.pid} on "
                f"{run.owner.host}) and its scheduler are gone."
            )
        else:
            return False
        return self._results.close_unstarted(
            run.run_id, status=Status.REVOKED, reason=Reason.NEVER_STARTED, detail=detail
        )

    def _close_if_stranded(self, run: OpenRun, now: float) -> bool:
        """A run of this very process, whose scheduler may be gone."""
        if run.embedded or is_in_process(run.scheduler_id) or not self._has_no_scheduler(run):
            self._stranded.pop(run.run_id, None)
            return False
        if now - self._stranded.setdefault(run.run_id, now) < self._settings.lost_after:
            return False  # one may come back
        detail = f"{_what_never_started(run)}: the Dask scheduler at which it waited is gone."
        return self._results.close_unstarted(
            run.run_id, status=Status.REVOKED, reason=Reason.NEVER_STARTED, detail=detail
        )

    def _is_forgotten(self, run: OpenRun, now: float) -> bool:
        """Whether nobody knows the inputs for the next attempt, now that the owner is gone."""
        if run.status is not Status.RETRY or not run.options.get("withheld"):
            return False
        return run.worker is None or self._evidence_of_death(run.worker, now) is not None

    def _has_no_scheduler(self, run: OpenRun) -> bool:
        """Whether the scheduler of a run is gone, now that its owner is."""
        if run.embedded or is_in_process(run.scheduler_id):
            return True
        waits = None if self._adopt is None else self._adopt(run)
        return is_scheduler_gone(run.scheduler_id) if waits is None else not waits

    def _evidence_of_death(self, process: WorkerProcess, now: float) -> str | None:
        """Why the process must be taken for dead; None if it may live."""
        if process.ended is not None:
            return "it has ended"
        if process.worker_id in self._dead:
            return "its lock is free"
        gone = is_gone(process)
        if gone:
            # For those who look later, also from other hosts: they need not wait.
            self._workers.ended(process.worker_id)
            self._dead.add(process.worker_id)
            clear_remains(process)
            return "its lock is free"
        return None if gone is False else self._standstill(process, now)

    def _standstill(self, process: WorkerProcess, now: float) -> str | None:
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


def _what_never_started(run: OpenRun) -> str:
    return "It never started" if run.status is Status.PENDING else "Its next attempt never started"


def _processes(run: OpenRun) -> list[WorkerProcess]:
    return [process for process in (run.owner, run.worker) if process is not None]
