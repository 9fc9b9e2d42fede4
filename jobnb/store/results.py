"""Job results: the life of a run, and all it leaves. Each method is one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Integer, bindparam, func, null, update

from jobnb.protocol import READY_STATES, Reason, Status
from jobnb.store.clock import now
from jobnb.store.database import Database
from jobnb.store.entries import (
    add_entries,
    bundle_sizes,
    bundles_of,
    entries_after,
    entries_numbered,
    entries_with_text,
    last_entries,
    note_progress,
    numbers_of,
)
from jobnb.store.environments import Environment, environment_of
from jobnb.store.fence import hold_attempt, hold_status, take_run
from jobnb.store.files import RunFiles, add_file
from jobnb.store.history import SEARCH_BUDGET, LogSearch, RunFilter, find_runs, search_logs
from jobnb.store.locks import KEY_AFTER_NOTHING, admit
from jobnb.store.models import attempt, job_result
from jobnb.store.runs import (
    WAITING_STATES,
    attempts_of,
    due_runs,
    held_attempts,
    open_runs,
    open_snapshots,
    run_of_prefix,
    state_of,
    usual_duration,
    waiting_runs,
)
from jobnb.store.values import (
    Admission,
    AttemptRecord,
    Claim,
    DueRun,
    EndOfRun,
    Entry,
    NewEntry,
    NewRun,
    OpenRun,
    RunRecord,
)
from jobnb.store.watching import EntryFilter, RunState

_OUTCOME: Final = (
    *("status", "reason", "detail", "value", "value_problem", "value_file", "due"),
    *("exc_type", "exc_message", "traceback"),
)

_END_RUN: Final = (
    update(job_result)
    .where(job_result.c.id == bindparam("its_number"))
    .values({name: bindparam(f"new_{name}") for name in (*_OUTCOME, "ended")})
)
_ATTEMPT: Final = update(attempt).where(attempt.c.token == bindparam("its_token"))
_NOTE_PID: Final = _ATTEMPT.values(pid=bindparam("its_pid"))
_END_ATTEMPT: Final = _ATTEMPT.values(
    {
        **{name: bindparam(f"new_{name}") for name in ("ended", "reason", "exit_code")},
        "pid": func.coalesce(bindparam("its_pid", type_=Integer()), attempt.c.pid),
    }
)


class Results:
    """Access to job results; any thread may use it.

    ``run_id`` is the whole UUID everywhere but in ``get()``. Writes that name the token of an
    attempt are fenced: once the run is not that attempt's any more, they change nothing.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.files: Final = RunFiles(database)

    # --- from PENDING to the end ------------------------------------------------------------------

    def create(self, new: NewRun) -> Admission:
        """Writes a run down as PENDING; what it points to must be stored already.

        Nothing is written if its job is disabled, if a run has its key, or if those that have its
        lock keep it out.

        Raises:
            SnapshotError: Its source is not stored, or not any more.
            StoreError: The same of an input file.
        """
        with self._database.write() as connection:
            return admit(connection, new)

    def claim(self, claim: Claim, installed: Environment | None = None) -> RunRecord | None:
        """Makes the run STARTED and this attempt's own; at most one claim of a run succeeds.

        Args:
            claim: The attempt.
            installed: What is installed where it works.

        Returns:
            The run; None if it is taken or over, if somebody cancelled it, if its job is disabled,
            or if others have its lock.
        """
        with self._database.write() as connection:
            return take_run(connection, claim, installed)

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
                connection.execute(_NOTE_PID, {"its_token": token, "its_pid": pid})
            if after is not None and held.last_entry == after + len(entries):
                return held.last_entry
            return add_entries(connection, held, entries)

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
        ended = now()
        last_words: dict[str, Any] = {"its_token": token, "its_pid": pid, "new_ended": ended}
        last_words |= {"new_reason": end.reason, "new_exit_code": end.exit_code}
        with self._database.write() as connection:
            held = hold_attempt(connection, run_id, token)
            if held is None:
                return False
            add_entries(connection, held, entries)
            if progress is not None:
                note_progress(connection, held, progress)
            if end.status is Status.RETRY and held.cancelled_by is not None:
                end = _cancelled(end, held.cancelled_by)
            outcome = {f"new_{name}": getattr(end, name) for name in _OUTCOME}
            outcome["new_ended"] = ended if end.status in READY_STATES else None
            connection.execute(_END_RUN, {"its_number": held.result, **outcome})
            connection.execute(_END_ATTEMPT, last_words)
            return True

    def declare_lost(
        self, run_id: str, token: str, detail: str, *, instead: EndOfRun | None = None
    ) -> bool:
        """Ends a run whose worker vanished, with a line that says so; False if fenced.

        Args:
            run_id: Which run.
            token: The attempt that the worker had.
            detail: How it is known.
            instead: What becomes of the run, if not LOST.
        """
        lines = [NewEntry.by_supervisor("ERROR", detail)]
        if instead is not None:
            lines.append(NewEntry.by_supervisor("WARNING", instead.detail))
        end = EndOfRun(status=Status.LOST, reason=Reason.WORKER_LOST, detail=detail)
        return self.end(run_id, token, instead or end, lines)

    def close_unstarted(self, run_id: str, *, status: Status, reason: Reason, detail: str) -> bool:
        """Ends a run that waits for a worker; False if it does not wait any more."""
        closing = update(job_result).where(
            job_result.c.run_id == run_id, job_result.c.status.in_(WAITING_STATES)
        )
        outcome = {"status": status, "reason": reason, "detail": detail, "ended": now()}
        outcome |= {"key": KEY_AFTER_NOTHING, "due": null()}
        with self._database.write() as connection:
            return connection.execute(closing.values(outcome)).rowcount == 1

    def move(self, owner_id: str, before: str, after: str) -> None:
        """Notes that the runs of an owner which wait at one scheduler wait at another one now."""
        theirs = update(job_result).where(
            job_result.c.owner_id == owner_id,
            job_result.c.scheduler_id == before,
            job_result.c.ended == null(),
        )
        with self._database.write() as connection:
            connection.execute(theirs.values(scheduler_id=after))

    # --- cancelling -------------------------------------------------------------------------------

    def request_cancel(self, run_id: str, user: str) -> RunState:
        """Revokes a run that waits; asks the worker of one that works; the first request counts.

        Raises:
            ResultNotFound: There is no such run.
        """
        moment = now()
        values: dict[str, Any] = {"cancel_requested": moment, "cancelled_by": user}
        asking = update(job_result).where(
            job_result.c.run_id == run_id, job_result.c.cancel_requested == null()
        )
        with self._database.write() as connection:
            status = hold_status(connection, run_id)
            if status in WAITING_STATES:
                waits = "before its next attempt" if status is Status.RETRY else "before it started"
                values |= {"status": Status.REVOKED, "reason": Reason.CANCELLED, "due": None}
                values |= {"detail": f"Cancelled by {user} {waits}.", "ended": moment}
                values["key"] = KEY_AFTER_NOTHING
            if status not in READY_STATES:
                connection.execute(asking.values(values))
            return state_of(connection, run_id)

    def held_attempts(self, worker_id: str) -> dict[str, str | None]:
        """What a worker process works on: token to the user who wants the run cancelled, or None.

        An attempt that is missing here has lost its run.
        """
        with self._database.read() as connection:
            return held_attempts(connection, worker_id)

    # --- reading ----------------------------------------------------------------------------------

    def get(self, run_id: str) -> RunRecord:
        """The job result of that id, or of the only id that begins so (four characters or more).

        Raises:
            ResultNotFound: There is none; ``AmbiguousResult`` if there are several.
        """
        with self._database.read() as connection:
            return run_of_prefix(connection, run_id)

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

    def open_runs(self) -> list[OpenRun]:
        """The runs that have not ended, oldest first."""
        with self._database.read() as connection:
            return open_runs(connection)

    def open_snapshots(self) -> frozenset[str]:
        """Digests of the sources of the runs that have not ended."""
        with self._database.read() as connection:
            return open_snapshots(connection)

    def due_runs(self) -> list[DueRun]:
        """The runs that wait for their next attempt, the most urgent first."""
        with self._database.read() as connection:
            return due_runs(connection)

    def waiting_runs(self, run_ids: Collection[str]) -> dict[str, int]:
        """Those of the runs that wait for a worker, with the number of their attempts so far."""
        with self._database.read() as connection:
            return waiting_runs(connection, run_ids)

    def attempts(self, run_id: str) -> list[AttemptRecord]:
        """Every start of a run, in order."""
        with self._database.read() as connection:
            return attempts_of(connection, run_id)

    def environment(self, run_id: str) -> dict[str, Any] | None:
        """What was installed where the newest attempt of a run worked; None if nobody noted it."""
        with self._database.read() as connection:
            return environment_of(connection, run_id)

    def read_entries(self, run_id: str, after: int = 0, limit: int = 1000) -> list[Entry]:
        """At most ``limit`` entries with numbers above ``after``, in order."""
        with self._database.read() as connection:
            return entries_after(connection, run_id, after, limit)

    def search_entries(self, run_id: str, text: str, limit: int = 1000) -> list[Entry]:
        """The first ``limit`` entries that have the text, in letters of any case; in order."""
        with self._database.read() as connection:
            return entries_with_text(connection, run_id, text, limit)

    def tail_entries(self, run_id: str, count: int) -> list[Entry]:
        """The newest ``count`` entries, in order."""
        with self._database.read() as connection:
            return last_entries(connection, run_id, count)

    def bundles(
        self, run_id: str, numbers: Collection[int] | None = None
    ) -> dict[int, dict[str, str]]:
        """Number of each DISPLAY entry to all that it shows: media type to content, as Jupyter's.

        Args:
            run_id: Which run.
            numbers: Of the entries; None for all of the run.
        """
        with self._database.read() as connection:
            return bundles_of(connection, run_id, numbers)

    def bundle_sizes(self, run_id: str) -> dict[int, dict[str, int]]:
        """Number of each DISPLAY entry to the characters of each part of its bundle."""
        with self._database.read() as connection:
            return bundle_sizes(connection, run_id)

    def find_entries(
        self, run_id: str, wanted: EntryFilter, *, after: int = 0, limit: int = 5000
    ) -> list[int]:
        """The numbers of the newest ``limit`` entries above ``after`` that pass, in order."""
        with self._database.read() as connection:
            return numbers_of(connection, run_id, wanted, after=after, limit=limit)

    def entries_numbered(self, run_id: str, numbers: Collection[int]) -> list[Entry]:
        """Those of the entries of a run, in order."""
        with self._database.read() as connection:
            return entries_numbered(connection, run_id, numbers)

    def usual_duration(self, job_name: str) -> float | None:
        """Seconds that the job takes: the median of its last successful runs; None without any."""
        with self._database.read() as connection:
            return usual_duration(connection, job_name)

    # --- files ------------------------------------------------------------------------------------

    def add_file(self, run_id: str, token: str, name: str, content: bytes, created: float) -> bool:
        """Stores a file of the run; False if fenced.

        A second file of the same name is kept as ``name (2).suffix``.
        """
        with self._database.write() as connection:
            held = hold_attempt(connection, run_id, token)
            if held is not None:
                add_file(connection, held, name, content, created)
            return held is not None


def _cancelled(end: EndOfRun, user: str) -> EndOfRun:
    """The end of a run that would have been tried again."""
    detail = f"Cancelled by {user} before its next attempt."
    return replace(end, status=Status.REVOKED, reason=Reason.CANCELLED, detail=detail, due=None)
