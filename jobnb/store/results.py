"""Job results: the life of a run, and all it leaves. Each method is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from jobnb.protocol import Reason, Status
from jobnb.store.care.unfinished import UnfinishedRuns
from jobnb.store.content.environments import Environment
from jobnb.store.content.snapshots import not_stored
from jobnb.store.database import Database
from jobnb.store.opening.faults import DanglingReference
from jobnb.store.reading.attempts import RunAttempts
from jobnb.store.reading.entries import RunEntries
from jobnb.store.reading.history import SEARCH_BUDGET, LogSearch, RunFilter, find_runs, search_logs
from jobnb.store.reading.runs import (
    ended_runs,
    run_of_prefix,
    state_of,
    usual_duration,
)
from jobnb.store.values import (
    Admission,
    Claim,
    EndOfRun,
    NewEntry,
    NewRun,
    RunRecord,
)
from jobnb.store.watching import RunState
from jobnb.store.writing.appending import Batch, note_child, note_progress
from jobnb.store.writing.claims import claim_run
from jobnb.store.writing.endings import Ending, ask_to_end, close_unstarted
from jobnb.store.writing.fence import hold_attempt
from jobnb.store.writing.files import RunFiles, add_file
from jobnb.store.writing.locks import admit, is_plain


class Results:
    """Access to job results; any thread may use it.

    ``run_id`` is the whole UUID everywhere but in ``get()``. Writes that name the token of an
    attempt are fenced: once the run is not that attempt's any more, they change nothing.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.attempts: Final = RunAttempts(database)
        self.entries: Final = RunEntries(database)
        self.files: Final = RunFiles(database)
        self.unfinished: Final = UnfinishedRuns(database)

    def create(self, new: NewRun) -> Admission:
        """Writes a run down as PENDING; what it points to must be stored already.

        Nothing is written if its job is disabled, if a run has its key, or if those that have its
        lock keep it out.

        Raises:
            SnapshotError: Its source is not stored, or not any more.
            StoreError: The same of an input file.
        """
        try:
            with self._database.write(single=is_plain(new)) as connection:
                return admit(connection, new)
        except DanglingReference as error:
            raise not_stored(new.snapshot or "") from error

    def claim(self, claim: Claim, installed: Environment | None = None) -> RunRecord | None:
        """Makes the run STARTED and this attempt's own; at most one claim of a run succeeds.

        Args:
            claim: The attempt.
            installed: What is installed where it works.

        Returns:
            The run; None if it is taken or over, if somebody cancelled it, if its job is disabled,
            or if others have its lock.
        """
        return claim_run(self._database, claim, installed)

    def append(
        self,
        run_id: str,
        token: str,
        entries: Sequence[NewEntry],
        *,
        after: int | None = None,
        progress: str | None = None,
        pid: int | None = None,
    ) -> int | None:
        """Adds entries to the stream; gives the number of the last one, or None if fenced.

        Args:
            run_id: Which run.
            token: The attempt that writes.
            entries: In order.
            after: The number that the attempt knows as the last one. With it a batch may be tried
                again whose first try was stored although its answer was lost on the way.
            progress: How far the run is, as a ``ProgressEvent`` says it; None: nothing new.
            pid: Process id of the child of the attempt; None: nothing new.
        """
        with self._database.write() as connection:
            held = hold_attempt(connection, run_id, token)
            if held is None:
                return None
            if progress is not None:
                note_progress(connection, held, progress)
            if pid is not None:
                note_child(connection, token, pid)
            if after is not None and held.last_entry == after + len(entries):
                return held.last_entry
            return Batch(entries, self._database.dialect).append(connection, held)

    def add_file(self, run_id: str, token: str, name: str, content: bytes, created: float) -> bool:
        """Stores a file of the run; False if fenced.

        A second file of the same name is kept as ``name (2).suffix``.
        """
        with self._database.write() as connection:
            held = hold_attempt(connection, run_id, token)
            if held is not None:
                add_file(connection, held, name, content, created)
            return held is not None

    def end(
        self,
        run_id: str,
        token: str,
        end: EndOfRun,
        entries: Sequence[NewEntry] = (),
        *,
        progress: str | None = None,
        pid: int | None = None,
    ) -> bool:
        """Ends the attempt, after its last entries, and the run with it; False if fenced.

        With status RETRY the run waits for its next attempt, unless somebody has cancelled it.
        """
        batch = Batch(entries, self._database.dialect)
        ending = Ending(run_id, token, end, batch, progress=progress, pid=pid)
        if self._database.has_long_statements and ending.is_short:
            with self._database.write(single=True) as connection:
                return ending.write_short(connection)
        with self._database.write() as connection:
            return ending.write(connection)

    def declare_lost(
        self, run_id: str, token: str, detail: str, *, instead: EndOfRun | None = None
    ) -> bool:
        """Ends a run whose worker vanished, with a line that says so; False if fenced.

        Args:
            run_id: Which run.
            token: The attempt that the worker had.
            detail: How it is known.
            instead: What becomes of the run; None: it is LOST.
        """
        lines = [NewEntry.by_supervisor("ERROR", detail)]
        if instead is not None:
            lines.append(NewEntry.by_supervisor("WARNING", instead.detail))
        end = EndOfRun(status=Status.LOST, reason=Reason.WORKER_LOST, detail=detail)
        return self.end(run_id, token, instead or end, lines)

    def close_unstarted(self, run_id: str, *, status: Status, reason: Reason, detail: str) -> bool:
        """Ends a run that waits for a worker; False if it does not wait any more."""
        with self._database.write() as connection:
            return close_unstarted(connection, run_id, status=status, reason=reason, detail=detail)

    def request_cancel(self, run_id: str, user: str) -> RunState:
        """Revokes a run that waits; asks the worker of one that works; the first request counts.

        Raises:
            ResultNotFound: There is no such run.
        """
        with self._database.write() as connection:
            ask_to_end(connection, run_id, user)
            return state_of(connection, run_id)

    def get(self, run_id: str) -> RunRecord:
        """The job result of that id, or of the only id that begins so (four characters or more).

        Raises:
            ResultNotFound: There is none; ``AmbiguousResult`` if there are several.
        """
        with self._database.read() as connection:
            return run_of_prefix(connection, run_id)

    def ended(self, run_ids: Sequence[str]) -> list[RunRecord]:
        """Those of some job results, ``TOGETHER`` at most, whose runs have ended."""
        with self._database.read() as connection:
            return ended_runs(connection, run_ids)

    def state(self, run_id: str) -> RunState:
        """What changes while a run works, in one cheap query.

        Raises:
            ResultNotFound: There is no such run.
        """
        with self._database.read() as connection:
            return state_of(connection, run_id)

    def find(self, *, limit: int = 50, **filters: Any) -> list[RunRecord]:
        """Job results, newest first.

        Args:
            limit: How many at most.
            **filters: Fields of ``RunFilter``; what is None lets everything pass.

        Raises:
            ResultNotFound: There is no run of the id in ``before``.
        """
        with self._database.read() as connection:
            return find_runs(connection, RunFilter(**filters), limit)

    def search_logs(
        self, text: str, *, limit: int = 50, budget: int = SEARCH_BUDGET, **filters: Any
    ) -> LogSearch:
        """Those of the job results in whose log the text is, in letters of any case; newest first.

        Args:
            text: What to look for.
            limit: How many at most.
            budget: Entries that are read at most, but for a single run that has more.
            **filters: As for ``find()``.
        """
        return search_logs(self._database, RunFilter(**filters), text, limit, budget)

    def usual_duration(self, job_name: str) -> float | None:
        """Seconds that the job takes: the median of its last successful runs; None without any."""
        with self._database.read() as connection:
            return usual_duration(connection, job_name)
