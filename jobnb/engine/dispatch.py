"""Dispatch: writes a run, hands it to the launcher, and answers for it until it has ended."""

from __future__ import annotations

import logging
import socket
import threading
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from jobnb.engine.aftercare import Aftercare
from jobnb.engine.doorbell import DOORBELL
from jobnb.engine.launcher import DaskLauncher
from jobnb.engine.observer import Observer
from jobnb.engine.policy import fix_policy
from jobnb.engine.presence import Presence, hold_presence
from jobnb.engine.retries import RetryStarter, only
from jobnb.errors import RunRefused, StoreError, StoreUnreachable
from jobnb.protocol import (
    JobDescription,
    Reason,
    RunOrder,
    Snapshot,
    SnapshotFile,
    Status,
)
from jobnb.settings import Settings
from jobnb.store.database import Database
from jobnb.store.records import JobRecords
from jobnb.store.results import Results
from jobnb.store.snapshots import Snapshots
from jobnb.store.values import Entry, NewRun, OpenRun, RunState

PAGE: Final = 1000
"""Entries that are read at once."""
CLOSING_TIME: Final = 5.0
"""Seconds that the runs of an embedded cluster may take to end when it is closed."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Update:
    """What is new of a run."""

    entries: list[Entry]
    """In order; none twice, none missing."""
    state: RunState
    last: int
    """Number up to which everything is known now."""

    @property
    def is_final(self) -> bool:
        """Whether the run has ended and nothing of it is left to read."""
        return self.state.is_ready and self.last >= self.state.last_entry


class Dispatch:
    """Runs in one database, started on one launcher. Safe for any thread."""

    def __init__(
        self, database: Database, settings: Settings, make_launcher: Callable[[], DaskLauncher]
    ) -> None:
        """Opens nothing: who only reads results needs no cluster.

        Args:
            database: Where the runs are kept.
            settings: Of this process.
            make_launcher: Called at the first run.
        """
        self.results = Results(database)
        self._database = database
        self._records = JobRecords(database)
        self._snapshots = Snapshots(database)
        self._settings = settings
        self._make_launcher = make_launcher
        self._launcher: DaskLauncher | None = None
        self._presence: Presence | None = None
        self._observer: Observer | None = None
        self._stored: set[str] = set()
        self._lock = threading.RLock()

    # --- starting ---------------------------------------------------------------------------------

    def submit(
        self,
        job: JobDescription,
        inputs: Mapping[str, Any],
        snapshot: Snapshot,
        read: Callable[[SnapshotFile], bytes],
        options: Mapping[str, Any] | None = None,
    ) -> str:
        """Starts a run and gives its id. Nothing is left behind if that is refused.

        Args:
            job: What to run.
            inputs: Cleaned, as JSON values.
            snapshot: The source that describes the job.
            read: Gives the content of a file of the snapshot.
            options: Limits that go before those of the job.

        Raises:
            RunRefused: The job record says that the job may not run.
            ClusterError: No cluster was reached, or its workers cannot take the run.
            StoreError: The database refused.
        """
        launcher = self.launcher()
        launcher.check(self._order("", {}))
        self._check_enabled(job)
        policy = fix_policy(job, self._records.get(job.class_path), options or {}, self._settings)
        if snapshot.digest not in self._stored:
            self._snapshots.save(snapshot, read)
            self._stored.add(snapshot.digest)
        run_id = str(uuid.uuid4())
        try:
            self._write(run_id, job, inputs, snapshot, policy.to_options())
            launcher.launch(self._order(run_id, inputs), job.class_name)
        except BaseException as error:  # an interrupt as well: nobody would hand it out later
            sentence = str(error) or "Interrupted."
            with suppress(StoreError):
                self._care(launcher).close(run_id, Status.REVOKED, Reason.NEVER_STARTED, sentence)
            raise
        return run_id

    def _write(
        self,
        run_id: str,
        job: JobDescription,
        inputs: Mapping[str, Any],
        snapshot: Snapshot,
        options: dict[str, Any],
    ) -> None:
        launcher = self.launcher()
        self.results.create(
            NewRun(
                run_id=run_id,
                class_path=job.class_path,
                job_name=job.name,
                grouping=job.grouping,
                inputs=dict(inputs),
                user=self._settings.user,
                host=socket.gethostname(),
                owner_id=self.presence().worker_id,
                scheduler_id=launcher.scheduler_id,
                snapshot=snapshot.digest,
                source_root=snapshot.root,
                source_file=job.file,
                embedded=launcher.is_embedded,
                options=options,
            )
        )

    def _check_enabled(self, job: JobDescription) -> None:
        record = self._records.get(job.class_path)
        if record is not None and not record.enabled:
            raise RunRefused(
                f"Job {job.name!r} is not enabled to be run. Enable it with "
                f"`jobnb enable {job.name!r}`."
            )

    def _order(self, run_id: str, inputs: Mapping[str, Any], attempt: int = 1) -> RunOrder:
        return RunOrder(
            run_id=run_id,
            attempt=attempt,
            database_uuid=self._database.uuid,
            database_url=self._database.public_url,
            inputs=dict(inputs),
        )

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
    def patience(self) -> float:
        """Seconds that a watcher waits for a database that is out of reach."""
        return self._settings.lost_after

    def peek(self, run_id: str, after: int = 0) -> Update:
        """What is new of a run after entry number ``after``, at most one page, without waiting."""
        # The state comes first: what it counts can be read afterwards, never the other way round.
        state = self.results.state(run_id)
        entries = self.results.read_entries(run_id, after, PAGE) if state.last_entry > after else []
        return Update(entries=entries, state=state, last=entries[-1].number if entries else after)

    def observe(self) -> None:
        """Looks for lost runs, at most once per beat; every watcher does it for all.

        A database out of reach is no matter here: who looks on will hear of it.
        """
        with self._lock:
            if self._observer is None:
                self._observer = Observer(self._database, self.presence(), self._adopt)
            observer = self._observer
        try:
            with self._lock:
                if self._launcher is not None:
                    self._care(self._launcher).settle()
            observer.tick()
        except StoreUnreachable as error:
            _log.warning("Lost runs could not be looked for: %s", error)

    def _retries(self, launcher: DaskLauncher) -> RetryStarter:
        return RetryStarter(
            self.results,
            reach=only(launcher),
            make_order=lambda run, inputs: self._order(run.run_id, inputs, run.attempts + 1),
            wake_at=self.presence().wake_at,
        )

    def _adopt(self, run: OpenRun) -> bool | None:
        launcher = self._launcher
        return None if launcher is None else self._care(launcher).adopt(run)

    def _care(self, launcher: DaskLauncher) -> Aftercare:
        return Aftercare(
            self.results, launcher, lambda record: self._order(record.run_id, record.inputs)
        )

    # --- opening and closing ----------------------------------------------------------------------

    def launcher(self) -> DaskLauncher:
        """The launcher, opened at the first call."""
        with self._lock:
            if self._launcher is None:
                self._launcher = self._make_launcher()
                self.presence().add_chore(self, self.observe)
                self.presence().add_chore((self, "retries"), self._retries(self._launcher).tick)
                self.observe()
            return self._launcher

    def presence(self) -> Presence:
        """This process, as the owner of its runs."""
        with self._lock:
            if self._presence is None or self._presence.is_closed:
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
            if launcher.is_embedded:
                self._end_runs(launcher, presence)
            launcher.close()
        if presence is not None:
            presence.drop_chore(self)
            presence.drop_chore((self, "retries"))
            if presence.release(self):
                self._database.close()

    def _end_runs(self, launcher: DaskLauncher, presence: Presence) -> None:
        """What waits is closed first, or it would start on the threads that become free."""
        sentence = "The program that held the default cluster ended, and the run with it."
        waiting = self.results.due_runs()
        due = {run.run_id for run in waiting if run.scheduler_id == launcher.scheduler_id}
        runs = launcher.runs | due
        for run_id in runs:
            self._care(launcher).close(run_id, Status.REVOKED, Reason.OWNER_CLOSED, sentence)
        if not presence.stop_runs(runs, Reason.OWNER_CLOSED, sentence, CLOSING_TIME):
            _log.warning("Some runs did not end in %g s; they will be found lost.", CLOSING_TIME)
