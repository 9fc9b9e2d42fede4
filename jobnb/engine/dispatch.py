"""Dispatch: writes a run, hands it to the launcher, and answers for it until it has ended."""

from __future__ import annotations

import logging
import socket
import threading
import time
import uuid
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from jobnb.engine.admission import check_admission, check_same_inputs, terms_of
from jobnb.engine.aftercare import Aftercare
from jobnb.engine.content import SharedContent, Source
from jobnb.engine.doorbell import DOORBELL
from jobnb.engine.launchers import Launcher
from jobnb.engine.observer import Observer
from jobnb.engine.orders import Orders
from jobnb.engine.policy import fix_policy, run_options
from jobnb.engine.presence import Presence, hold_presence
from jobnb.engine.retries import RetryStarter, only
from jobnb.engine.waiting import WaitingRoom
from jobnb.engine.withheld import given_files, input_options, stored_inputs
from jobnb.errors import ClusterError, SnapshotError, StoreError, StoreUnreachable
from jobnb.protocol import (
    Cleaned,
    JobDescription,
    Reason,
    Retries,
    Snapshot,
    SourceKind,
    Status,
)
from jobnb.settings import Settings
from jobnb.store.database import Database
from jobnb.store.input_files import Content
from jobnb.store.results import Results
from jobnb.store.turns import Turns
from jobnb.store.values import Admission, Entry, NewRun, OpenRun
from jobnb.store.watching import RunState

PAGE: Final = 1000
"""Entries that are read at once."""
OBSERVING: Final = 0.05
"""Seconds between two looks at what became of the orders; a busy process is watched by many."""
CLOSING_TIME: Final = 5.0
"""Seconds that the runs of an embedded cluster may take to end when it is closed."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Update:
    """What is new of a run."""

    entries: list[Entry]
    """In order, none twice; none missing, unless only the newest were wanted."""
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
        self, database: Database, settings: Settings, make_launcher: Callable[[], Launcher]
    ) -> None:
        """Opens nothing: who only reads results needs no cluster.

        Args:
            database: Where the runs are kept.
            settings: Of this process.
            make_launcher: Called at the first run.
        """
        self.results = Results(database)
        self._database = database
        self.content = SharedContent(database)
        self._settings = settings
        self._orders = Orders(database, settings.queue_timeout)
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
    ) -> str:
        """Starts a run and gives its id, or that of the run that has its key already.

        No run is left behind if that is refused.

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
        launcher.check(self._orders.probe())
        terms = terms_of(job, options or {}, cleaned.inputs)
        policy = fix_policy(job, options or {}, self._settings)
        # Whoever debugs looks at the first failure; and what was typed into a cell is kept nowhere.
        if launcher.is_immediate or job.origin.kind is SourceKind.CELL:
            policy = replace(policy, retries=Retries())
        self.content.store(source, files)
        run_id = str(uuid.uuid4())
        try:
            new = self._new_run(run_id, job, cleaned, source.snapshot)
            given = run_options(options or {}, policy)
            new = replace(new, options={**new.options, **given}, **vars(terms))
            try:
                return self._start(new, cleaned.inputs, source.code)
            except SnapshotError:  # a cleanup may have removed what no other run refers to
                self.content.forget(source)
                self.content.store(source, files)
                return self._start(new, cleaned.inputs, source.code)
        except BaseException as error:  # an interrupt as well: nobody would hand it out later
            sentence = str(error) or "Interrupted."
            with suppress(StoreError):
                self._care(launcher).close(run_id, Status.REVOKED, Reason.NEVER_STARTED, sentence)
            raise

    def _start(self, new: NewRun, inputs: Mapping[str, Any], code: str) -> str:
        admission = self._admit(new)
        record = admission.record
        if record is not None:
            self.presence().known_inputs.keep(record, inputs)
            order = replace(self._orders.of(record, inputs), code=code)
            self._room.hand_out(order, record.class_path.rpartition(".")[2], record)
        else:
            check_same_inputs(self.results.get(admission.run_id), new.inputs)
        return admission.run_id

    def _new_run(
        self, run_id: str, job: JobDescription, cleaned: Cleaned, snapshot: Snapshot
    ) -> NewRun:
        launcher = self.launcher()
        return NewRun(
            run_id=run_id,
            class_path=job.class_path,
            job_name=job.name,
            grouping=job.grouping,
            inputs=stored_inputs(cleaned),
            options=input_options(job, cleaned),
            files=given_files(cleaned),
            user=self._settings.user,
            host=socket.gethostname(),
            owner_id=self.presence().worker_id,
            scheduler_id=launcher.scheduler_id,
            snapshot=snapshot.digest,
            source_root=snapshot.root,
            source_file=job.file,
            origin=job.origin,
            embedded=launcher.is_embedded,
        )

    def _admit(self, new: NewRun) -> Admission:
        admission = self.results.create(new)
        if admission.holders and self._observer is not None and self._observer.tick(force=True):
            admission = self.results.create(new)  # some of them were lost, and nobody knew
        check_admission(new, admission)
        return admission

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
        """What is new of a run after entry number ``after``, at most one page, without waiting.

        Args:
            run_id: Which run.
            after: What is known already.
            newest: If there are more than so many new entries, those before them are skipped, for
                who cannot use them; None: all are wanted.
        """
        # The state comes first: what it counts can be read afterwards, never the other way round.
        state = self.results.state(run_id)
        if newest is not None:
            after = max(after, state.last_entry - newest)
        entries = self.results.read_entries(run_id, after, PAGE) if state.last_entry > after else []
        return Update(entries=entries, state=state, last=entries[-1].number if entries else after)

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
            self.results.move(self.presence().worker_id, before, after)

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
                for run in self.results.due_runs()
                if run.scheduler_id == launcher.scheduler_id
            }
            runs |= due
            for run_id in runs:
                self._care(launcher).close(run_id, Status.REVOKED, Reason.OWNER_CLOSED, sentence)
        except StoreError as error:  # all the more must what works be stopped
            _log.warning("The runs that wait could not be closed: %s", error)
        if not presence.stop_runs(runs, Reason.OWNER_CLOSED, sentence, CLOSING_TIME):
            _log.warning("Some runs did not end in %g s; they will be found lost.", CLOSING_TIME)
