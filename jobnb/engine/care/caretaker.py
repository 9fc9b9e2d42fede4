"""The caretaker: a worker that looks after all runs at its scheduler, whoever submitted them.

It finds lost runs, starts the attempts that are due, and hands out the runs that a dead submitter
has left waiting, should Dask have forgotten them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from distributed.worker import Worker

from jobnb.engine.care.aftercare import Aftercare
from jobnb.engine.care.observer import Observer
from jobnb.engine.care.retries import RetryStarter
from jobnb.engine.hosts.presence import Presence
from jobnb.engine.launching.clusters import reach
from jobnb.engine.launching.launcher import DaskLauncher
from jobnb.engine.launching.schedulers import address_of
from jobnb.engine.submitting.notices import Notices
from jobnb.engine.submitting.orders import Orders
from jobnb.engine.submitting.unserved import UnservedRuns
from jobnb.engine.submitting.waiting import WaitingRoom
from jobnb.store.care.turns import Turns
from jobnb.store.care.unfinished import OpenRun
from jobnb.store.database import Database
from jobnb.store.results import Results

PATIENCE: Final = 30.0
"""Seconds until a run that was handed out, and still waits, is looked at again."""


class Caretaker:
    """Of one worker process and one database. One thread at a time."""

    def __init__(self, database: Database, presence: Presence, worker: Worker) -> None:
        """Begins with nothing to do.

        Args:
            database: Where the runs are kept.
            presence: Of this process.
            worker: Knows its scheduler.
        """
        self._worker = worker
        self._settings = presence.settings
        self._orders = Orders(database, self._settings.queue_timeout)
        self._results = Results(database)
        self._turns = Turns(database)
        self._launcher: DaskLauncher | None = None
        self._scheduler_id: str | None = None
        self._next_look: dict[str, float] = {}
        self._unserved = UnservedRuns(self._results, Notices(self._turns))
        self._observer = Observer(database, presence, self._adopt)
        self._retries = RetryStarter(
            self._results,
            reach=self._reach,
            make_order=self._orders.of,
            wake_in=presence.wake_in,
            known_inputs=presence.known_inputs,
        )

    def tick(self) -> None:
        """Does what is to be done now.

        Few runs are left behind: a connection when there is one costs less than one that is kept.
        """
        try:
            self._observer.tick()
            self._retries.tick()
        finally:
            launcher, self._launcher = self._launcher, None
            if launcher is not None:
                launcher.close()

    def _adopt(self, run: OpenRun) -> bool | None:
        """As ``Aftercare.adopt``, for the scheduler of this worker."""
        if self._scheduler_id is None:
            self._scheduler_id = self._connected().scheduler_id
        if address_of(run.scheduler_id) != address_of(self._scheduler_id):
            return None
        if run.scheduler_id != self._scheduler_id:
            return False
        now = time.monotonic()
        if now >= self._next_look.get(run.run_id, 0.0):
            self._next_look = {k: v for k, v in self._next_look.items() if v > now}
            self._next_look[run.run_id] = now + self._patience(run)
            self._hand_out(run)
        return True

    def _patience(self, run: OpenRun) -> float:
        timeout = run.options.get("queue_timeout", self._settings.queue_timeout)
        return PATIENCE if timeout is None else min(PATIENCE, float(timeout))

    def _hand_out(self, run: OpenRun) -> None:
        """To Dask, which may have it already; nothing if it must wait for other runs."""
        turns = self._turns.of([run.run_id])
        if not all(turn.is_free and turn.is_next for turn in turns):
            del self._next_look[run.run_id]
            return
        launcher = self._connected()
        room = WaitingRoom(self._results, self._turns, launcher)
        try:
            Aftercare(self._results, launcher, self._orders.for_another, room).adopt(run)
        finally:
            room.close()
        self._unserved.judge(run.run_id, launcher)

    @contextmanager
    def _reach(self, scheduler_id: str) -> Iterator[DaskLauncher | None]:
        launcher = self._connected()
        yield launcher if launcher.scheduler_id == scheduler_id else None

    def _connected(self) -> DaskLauncher:
        if self._launcher is None:
            address = str(self._worker.scheduler.address)
            self._launcher = reach(address, self._worker.security)
        return self._launcher
