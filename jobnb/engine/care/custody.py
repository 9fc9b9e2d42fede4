"""Custody: one launcher, and the runs that this process has handed to it, or keeps for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from jobnb.engine.care.aftercare import Aftercare
from jobnb.engine.care.retries import RetryStarter, only
from jobnb.engine.hosts.presence import Presence
from jobnb.engine.launching.launchers import Launcher
from jobnb.engine.submitting.orders import Orders
from jobnb.engine.submitting.submission import Post
from jobnb.engine.submitting.waiting import WaitingRoom
from jobnb.errors import StoreError
from jobnb.protocol import Reason, Status
from jobnb.store.care.turns import Turns
from jobnb.store.care.unfinished import OpenRun
from jobnb.store.database import Database
from jobnb.store.results import Results

CLOSING_TIME: Final = 5.0
"""Seconds that the runs of an embedded cluster may take to end when it is closed."""

_log = logging.getLogger(__name__)


class Custody:
    """Looks after the runs of one launcher, from their submission until they have ended.

    Any thread may hand out runs; all else is for one thread at a time.
    """

    def __init__(
        self,
        launcher: Launcher,
        database: Database,
        presence: Presence,
        orders: Orders,
        *,
        look: Callable[[], bool],
        left: frozenset[str] = frozenset(),
    ) -> None:
        """Takes over a launcher, and begins to start the attempts that are due.

        Args:
            launcher: Just opened.
            database: Where the runs are kept.
            presence: This process, as their owner.
            orders: What is handed out.
            look: Looks for lost runs at once; true if there were some.
            left: Runs of this process whose launcher has lost its scheduler.
        """
        self.launcher: Final = launcher
        self._presence = presence
        self._left = left
        self._results = Results(database)
        self._room = WaitingRoom(self._results, Turns(database), launcher)
        self._aftercare = Aftercare(self._results, launcher, orders.for_another, self._room)
        retries = RetryStarter(
            self._results,
            reach=only(launcher),
            make_order=orders.of,
            wake_in=presence.wake_in,
            known_inputs=presence.known_inputs,
        )
        presence.add_chore(self, retries.tick)
        self.post: Final = Post(
            launcher=launcher, room=self._room, presence=presence, look=look, give_up=self._give_up
        )
        """Where a run is handed out."""

    @property
    def is_cut_off(self) -> bool:
        """Whether runs wait here that never reach their scheduler this way, although it lives."""
        return self.launcher.is_lost and bool(self._room.runs) and not self.launcher.is_gone()

    def look(self) -> None:
        """Looks after what came back, and after what waits; another scheduler is noticed."""
        before = self.launcher.scheduler_id
        after = self.launcher.renewed()
        if after is not None:
            self._results.unfinished.move(self._presence.worker_id, before, after)
        self._aftercare.settle()
        self._room.look()

    def adopt(self, run: OpenRun) -> bool | None:
        """Hands out a waiting run whose owner is gone, or which was left; as ``Aftercare.adopt``.

        Returns:
            True if it waits on, False if its scheduler is gone, None if that is not known here.
        """
        launcher = self.launcher
        if not launcher.is_connected:
            return None
        is_own = run.owner is not None and run.owner.worker_id == self._presence.worker_id
        if is_own and run.run_id not in self._left and run.scheduler_id == launcher.scheduler_id:
            return True
        return self._aftercare.adopt(run)

    def abandon(self) -> frozenset[str]:
        """The launcher has lost its scheduler: nothing is handed out here any more.

        Returns:
            The runs that its successor hands out again, if that reaches the same scheduler.
        """
        self._aftercare.settle()
        self._room.close()
        self._left |= self._runs
        self._presence.drop_chore(self)
        self.launcher.close()
        return self._left

    def close(self) -> None:
        """Closes the launcher; the runs of an embedded cluster end before, with that reason."""
        self._room.close()
        if self.launcher.is_embedded:
            self._end_runs()
        self.launcher.close()
        self._presence.drop_chore(self)

    @property
    def _runs(self) -> frozenset[str]:
        return self.launcher.runs | self._room.runs

    def _give_up(self, run_id: str, sentence: str) -> None:
        with suppress(StoreError):
            self._aftercare.close(run_id, Status.REVOKED, Reason.NEVER_STARTED, sentence)

    def _end_runs(self) -> None:
        """What waits is closed first, or it would start on the threads that become free."""
        sentence = "The program that held the default cluster ended, and the run with it."
        runs = self._runs
        try:
            runs |= {
                run.run_id
                for run in self._results.unfinished.due()
                if run.scheduler_id == self.launcher.scheduler_id
            }
            for run_id in runs:
                self._aftercare.close(run_id, Status.REVOKED, Reason.OWNER_CLOSED, sentence)
        except StoreError as error:  # all the more must what works be stopped
            _log.warning("The runs that wait could not be closed: %s", error)
        if not self._presence.stop_runs(runs, Reason.OWNER_CLOSED, sentence, CLOSING_TIME):
            _log.warning("Some runs did not end in %g s; they will be found lost.", CLOSING_TIME)
