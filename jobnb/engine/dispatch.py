"""Dispatch: writes a run, hands it to the launcher, and answers for it until it has ended."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any, Final

from jobnb.engine.care.aftercare import Aftercare
from jobnb.engine.care.observer import Observer
from jobnb.engine.care.retries import RetryStarter, only
from jobnb.engine.doorbell import DOORBELL
from jobnb.engine.held import HeldRun, HeldRuns
from jobnb.engine.hosts.presence import Presence, hold_presence
from jobnb.engine.launching.launchers import Launcher
from jobnb.engine.submitting.content import SharedContent, Source
from jobnb.engine.submitting.orders import Orders
from jobnb.engine.submitting.submission import Post, Submission
from jobnb.engine.submitting.waiting import WaitingRoom
from jobnb.engine.updates import Update, peek
from jobnb.errors import ClusterError, StoreError, StoreUnreachable
from jobnb.protocol import (
    Cleaned,
    JobDescription,
    Reason,
    Status,
)
from jobnb.settings import Settings
from jobnb.store.care.turns import Turns
from jobnb.store.care.unfinished import OpenRun
from jobnb.store.content.input_files import Content
from jobnb.store.database import Database
from jobnb.store.results import Results
from jobnb.store.watching import RunState

OBSERVING: Final = 0.05
"""Seconds between two looks at what became of the orders; a busy process is watched by many."""
CLOSING_TIME: Final = 5.0
"""Seconds that the runs of an embedded cluster may take to end when it is closed."""

_log = logging.getLogger(__name__)


class Dispatch:
    """Runs in one database, started on one launcher. Safe for any thread."""

    def __init__(
        self, database: Database, settings: Settings, make_launcher: Callable[[], Launcher]
    ) -> None:
        """Opens nothing: who only reads results needs no cluster.

        Args:
            database: Where the runs are kept.
            settings: Of this process.
            make_launcher: Called at the first run.
        """
        self.results = Results(database)
        self.held = HeldRuns(self.results)
        self._database = database
        self.content = SharedContent(database)
        self._settings = settings
        self._orders = Orders(database, settings.queue_timeout)
        self._submission = Submission(self.results, self.content, self._orders, settings)
        self._make_launcher = make_launcher
        self._launcher: Launcher | None = None
        self._presence: Presence | None = None
        self._observer: Observer | None = None
        self._room: WaitingRoom
        self._left: frozenset[str] = frozenset()
        """Runs that a launcher was given which has lost its scheduler since."""
        self._next_look = 0.0
        self._lock = threading.RLock()

    # --- starting ---------------------------------------------------------------------------------

    def submit(
        self,
        job: JobDescription,
        cleaned: Cleaned,
        source: Source,
        files: Collection[Content] = (),
        options: Mapping[str, Any] | None = None,
    ) -> HeldRun:
        """Starts a run, or finds that which has its key; one that is refused leaves nothing behind.

        Args:
            job: What to run, with the overrides of its record.
            cleaned: Its inputs.
            source: What describes the job.
            files: Content of input files; that of others must be in the store.
            options: Of the run, those that are not at their default.

        Raises:
            RunRefused: The job record says that the job may not run, an option asks for what cannot
                be, or other runs of the job keep this one out.
            ClusterError: No cluster was reached, or its workers cannot take the run.
            StoreError: The database refused.
        """
        launcher = self.launcher()
        care, observer = self._care(launcher), self._observer

        def give_up(run_id: str, sentence: str) -> None:
            with suppress(StoreError):
                care.close(run_id, Status.REVOKED, Reason.NEVER_STARTED, sentence)

        post = Post(
            launcher=launcher,
            room=self._room,
            presence=self.presence(),
            held=self.held,
            look=lambda: observer is not None and observer.tick(force=True),
            give_up=give_up,
        )
        return self._submission.submit(post, job, cleaned, source, files, options or {})

    # --- ending -----------------------------------------------------------------------------------

    def cancel(self, run_id: str) -> RunState:
        """Asks for the end of a run: one that waits never starts, one that works is told to stop.

        Returns:
            Its state right after; one that works takes its time to end.
        """
        state = self.results.request_cancel(run_id, self._settings.user)
        DOORBELL.ring(run_id)
        if not state.is_ready and self._launcher is not None:
            self.presence().look_now()
        return state

    # --- watching ---------------------------------------------------------------------------------

    @property
    def database(self) -> Database:
        """Where the runs are kept."""
        return self._database

    @property
    def patience(self) -> float:
        """Seconds that a watcher waits for a database that is out of reach."""
        return self._settings.lost_after

    @property
    def summary_limit(self) -> int:
        """Bytes that a saved notebook keeps of a run."""
        return self._settings.summary_limit

    def peek(self, run_id: str, after: int = 0, *, newest: int | None = None) -> Update:
        """What is new of a run, at most one page, without waiting; see ``updates.peek``."""
        return peek(self.results, run_id, after, newest=newest)

    def observe(self) -> None:
        """Looks for lost runs, at most once per beat; every watcher does it for all.

        A database out of reach is no matter here: who looks on will hear of it.
        """
        if time.monotonic() < self._next_look:
            return
        with self._lock:
            self._next_look = time.monotonic() + OBSERVING
            if self._observer is None:
                self._observer = Observer(self._database, self.presence(), self._adopt)
            observer = self._observer
        try:
            with self._lock:
                if self._launcher is not None:
                    self._keep_in_touch(self._launcher)
                    self._care(self._launcher).settle()
                    self._room.look()
            observer.tick()
        except StoreUnreachable as error:
            _log.warning("Lost runs could not be looked for: %s", error)

    def _retries(self, launcher: Launcher) -> RetryStarter:
        return RetryStarter(
            self.results,
            reach=only(launcher),
            make_order=self._orders.of,
            wake_in=self.presence().wake_in,
            known_inputs=self.presence().known_inputs,
        )

    def _keep_in_touch(self, launcher: Launcher) -> None:
        """Notices another scheduler in the place of the one before, and a lost connection."""
        if launcher.is_lost and self._room.runs and not launcher.is_gone():
            with suppress(ClusterError):
                self.launcher()
            return
        before = launcher.scheduler_id
        after = launcher.renewed()
        if after is not None:
            self.results.unfinished.move(self.presence().worker_id, before, after)

    def _adopt(self, run: OpenRun) -> bool | None:
        launcher = self._launcher
        if launcher is None or not launcher.is_connected:
            return None
        is_own = run.owner is not None and run.owner.worker_id == self.presence().worker_id
        if is_own and run.run_id not in self._left and run.scheduler_id == launcher.scheduler_id:
            return True
        return self._care(launcher).adopt(run)

    def _care(self, launcher: Launcher) -> Aftercare:
        return Aftercare(self.results, launcher, self._orders.for_another, self._room)

    # --- opening and closing ----------------------------------------------------------------------

    def launcher(self) -> Launcher:
        """The launcher, opened at the first call, or when the one before is of no use any more."""
        with self._lock:
            if self._launcher is not None and self._launcher.is_lost:
                self._abandon(self._launcher)
            if self._launcher is None:
                self._launcher = self._make_launcher()
                self._room = WaitingRoom(self.results, Turns(self._database), self._launcher)
                self.presence().add_chore(self, self.observe)
                self.presence().add_chore((self, "retries"), self._retries(self._launcher).tick)
                self.observe()
            return self._launcher

    def _abandon(self, launcher: Launcher) -> None:
        """What waits is handed out again by the next one, if that reaches the same scheduler."""
        self._care(launcher).settle()
        self._room.close()
        self._left |= launcher.runs | self._room.runs
        self.presence().drop_chore((self, "retries"))
        launcher.close()
        self._launcher = None

    def presence(self) -> Presence:
        """This process, as the owner of its runs."""
        with self._lock:
            if self._presence is None or not self._presence.is_present_in(self._database):
                self._presence = hold_presence(
                    self._database, lambda: self._settings, "default cluster", self
                )
            return self._presence

    def close(self) -> None:
        """Ends the runs of an embedded cluster, with that reason, and closes what was opened."""
        with self._lock:
            launcher, self._launcher = self._launcher, None
            presence, self._presence = self._presence, None
            self._observer = None
        if launcher is not None and presence is not None:
            self._room.close()
            if launcher.is_embedded:
                self._end_runs(launcher, presence)
            launcher.close()
        if presence is not None:
            presence.drop_chore(self)
            presence.drop_chore((self, "retries"))
            if presence.release(self):
                self._database.close()

    def _end_runs(self, launcher: Launcher, presence: Presence) -> None:
        """What waits is closed first, or it would start on the threads that become free."""
        sentence = "The program that held the default cluster ended, and the run with it."
        runs = launcher.runs | self._room.runs
        try:
            due = {
                run.run_id
                for run in self.results.unfinished.due()
                if run.scheduler_id == launcher.scheduler_id
            }
            runs |= due
            for run_id in runs:
                self._care(launcher).close(run_id, Status.REVOKED, Reason.OWNER_CLOSED, sentence)
        except StoreError as error:  # all the more must what works be stopped
            _log.warning("The runs that wait could not be closed: %s", error)
        if not presence.stop_runs(runs, Reason.OWNER_CLOSED, sentence, CLOSING_TIME):
            _log.warning("Some runs did not end in %g s; they will be found lost.", CLOSING_TIME)
