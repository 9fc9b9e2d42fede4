"""Dispatch: writes a run, hands it to the launcher, and answers for it until it has ended."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from jobnb.engine.care.custody import Custody
from jobnb.engine.care.observer import Observer
from jobnb.engine.doorbell import DOORBELL
from jobnb.engine.held import HeldRun, HeldRuns
from jobnb.engine.hosts.presence import Presence, hold_presence
from jobnb.engine.launching.launchers import Launcher
from jobnb.engine.patience import Trouble
from jobnb.engine.submitting.content import SharedContent, Source
from jobnb.engine.submitting.orders import Orders
from jobnb.engine.submitting.submission import Submission
from jobnb.engine.updates import Update, peek
from jobnb.errors import ClusterError, StoreUnreachable
from jobnb.protocol import Cleaned, JobDescription
from jobnb.settings import Settings
from jobnb.store.care.unfinished import OpenRun
from jobnb.store.content.input_files import Content
from jobnb.store.database import Database
from jobnb.store.results import Results
from jobnb.store.watching import RunState

OBSERVING: Final = 0.05
"""Seconds between two looks at what became of the orders; a busy process is watched by many."""
RECONNECTING: Final = 30.0
"""Seconds until a scheduler that could not be reached again is tried once more: others wait for it.
"""

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
        self.content = SharedContent(database)
        self._database = database
        self._settings = settings
        self._orders = Orders(database, settings.queue_timeout)
        self._submission = Submission(self.results, self.held, self.content, self._orders, settings)
        self._make_launcher = make_launcher
        self._custody: Custody | None = None
        self._presence: Presence | None = None
        self._observer: Observer | None = None
        self._next_look = self._next_try = 0.0
        self._trouble = Trouble()
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
        post = self._open().post
        return self._submission.submit(post, job, cleaned, source, files, options or {})

    # --- ending -----------------------------------------------------------------------------------

    def cancel(self, run_id: str) -> RunState:
        """Asks for the end of a run: one that waits never starts, one that works is told to stop.

        Returns:
            Its state right after; one that works takes its time to end.
        """
        state = self.results.request_cancel(run_id, self._settings.user)
        DOORBELL.ring(run_id)
        if not state.is_ready and self._custody is not None:
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

    def identify(self, prefix: str) -> str:
        """The whole id of the only run that begins so.

        Lost runs are looked for, or who asks again and again would never hear that it was lost.

        Raises:
            ResultNotFound: There is none, or there are several.
        """
        self.observe()
        return self.results.get(prefix).run_id

    def peek(self, run_id: str, after: int = 0, *, newest: int | None = None) -> Update:
        """What is new of a run, at most one page, without waiting; see ``updates.peek``."""
        end = self.held.end_of(run_id)
        return peek(self.results, run_id, after, newest=newest, end=end)

    def observe(self) -> None:
        """Looks for lost runs, at most once per beat; every watcher does it for all.

        A database out of reach is no matter here: who looks on will hear of it.
        """
        if time.monotonic() < self._next_look:
            return
        try:
            with self._lock:
                self._next_look = time.monotonic() + OBSERVING
                if self._observer is None:
                    self._observer = Observer(self._database, self.presence(), self._adopt)
                custody, observer = self._custody, self._observer
                if custody is not None and custody.is_cut_off:
                    custody = self._reconnected(custody)
                if custody is not None:
                    custody.look()
            observer.tick()
        except StoreUnreachable as error:
            self._trouble.meet(error)
        else:
            self._trouble.end()

    def _look_now(self) -> bool:
        """Looks for lost runs at once; true if there were some."""
        observer = self._observer
        return observer is not None and bool(observer.tick(force=True))

    def _adopt(self, run: OpenRun) -> bool | None:
        custody = self._custody
        return None if custody is None else custody.adopt(run)

    # --- opening and closing ----------------------------------------------------------------------

    def launcher(self) -> Launcher:
        """The launcher, opened at the first call, or when the one before is of no use any more."""
        return self._open().launcher

    def _open(self) -> Custody:
        with self._lock:
            before = self._custody
            if before is None or before.launcher.is_lost:
                left = frozenset() if before is None else before.abandon()
                presence = self.presence()
                launcher = self._make_launcher()
                self._custody = Custody(
                    launcher,
                    self._database,
                    presence,
                    self._orders,
                    look=self._look_now,
                    left=left,
                )
                presence.add_chore(self, self.observe)
                self.observe()
                return self._custody
            return before

    def _reconnected(self, custody: Custody) -> Custody:
        """The successor of one that is cut off; itself if the scheduler cannot be reached now."""
        if time.monotonic() >= self._next_try:
            try:
                return self._open()
            except ClusterError as error:
                self._next_try = time.monotonic() + RECONNECTING
                _log.warning("The runs that wait cannot be handed out: %s", error)
        return custody

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
            custody, self._custody = self._custody, None
            presence, self._presence = self._presence, None
            self._observer = None
        if custody is not None:
            custody.close()
        if presence is not None:
            presence.drop_chore(self)
            if presence.release(self):
                self._database.close()
