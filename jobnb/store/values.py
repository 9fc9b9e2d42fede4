"""What the store gives out: frozen values, never a session or a row object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import time
from typing import Any, Final, NamedTuple

from jobnb.protocol import (
    FAILED_STATES,
    LEVELS,
    MASK,
    READY_STATES,
    EntryKind,
    Origin,
    Reason,
    Status,
    WhenBusy,
)
from jobnb.store.watching import Bar, RunState, waits_for

INPUT_NOTES: Final = ("withheld", "references", "sensitive")
"""What the options of a run say of its inputs."""
POLICY: Final = ("limits", "retries")
"""What they say of its ``RunPolicy``; everything else in them was given as an option."""


@dataclass(frozen=True, kw_only=True)
class GivenFile:
    """A file that was given to a run."""

    name: str
    """Of the input."""
    file_name: str
    """As it was called where it came from."""
    digest: str
    """SHA-256 of the content, hexadecimal."""
    size: int
    """Bytes."""


@dataclass(frozen=True, kw_only=True)
class NewRun:
    """What is known of a run when it is submitted."""

    run_id: str
    """UUID."""
    class_path: str
    job_name: str
    grouping: str
    inputs: dict[str, Any]
    """Cleaned inputs as JSON values, without those that are withheld."""
    user: str
    host: str
    owner_id: str
    """Id of the worker row of the process that submitted it; its lock says if it lives."""
    scheduler_id: str
    """Id of the Dask scheduler it was given to."""
    snapshot: str | None
    """Digest of the source."""
    source_root: str
    """JOBS_ROOT as the author sees it."""
    source_file: str
    """Path of the job's file below it."""
    origin: Origin = field(default_factory=Origin)
    """Where the job comes from."""
    embedded: bool = False
    """True if the cluster lives and dies with the submitting process."""
    options: dict[str, Any] = field(default_factory=dict)
    """What ``options()`` was given, its ``RunPolicy`` as fixed now, and which inputs are
    ``withheld``, ``sensitive`` or ``references``."""
    files: tuple[GivenFile, ...] = ()
    """Their content must be stored already."""
    queue: str | None = None
    """Whose workers take it; None for any."""
    key: str | None = None
    """One run of the job for each key; None for a run of its own."""
    lock: str | None = None
    """What it shares with the runs that it may not work beside; None: it may beside any."""
    lock_limit: int | None = None
    """How many runs with that lock may work at once; None if this one does not care."""
    when_busy: WhenBusy | None = None
    """What becomes of it while that many work; None without a lock."""


@dataclass(frozen=True, kw_only=True)
class LockHolder:
    """A run that others with the same lock may have to wait for."""

    run_id: str
    status: Status
    user: str


@dataclass(frozen=True, kw_only=True)
class Admission:
    """What became of a run that was to be written down."""

    run_id: str
    """Its own id, or that of the run that has its key already."""
    is_new: bool = True
    """Whether it was written."""
    record: RunRecord | None = None
    """The run as it was written; None if it was not."""
    holders: tuple[LockHolder, ...] = ()
    """The runs because of which it was refused."""
    is_disabled: bool = False
    """Whether it was refused because the record of its job says that it may not run."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """How a waiting run stands at its lock."""

    run_id: str
    holders: tuple[LockHolder, ...]
    """The runs that have the lock now."""
    is_free: bool
    """Whether one more run may have the lock."""
    is_next: bool
    """Whether no run that waits for longer could be the one."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One start of a run on one worker."""

    run_id: str
    token: str
    """UUID of the attempt; every later write must name it."""
    number: int
    """From 1."""
    worker_id: str


class NewEntry(NamedTuple):
    """An entry that has no number yet. A tuple, as there may be many thousands in a second."""

    kind: EntryKind
    created: float
    """Seconds since the epoch, UTC."""
    message: str
    level: str | None = None
    """One of LEVELS for a log record; None otherwise."""
    grouping: str | None = None
    object: str | None = None
    """Text of the object that a log record is about."""
    source: str = ""
    """Logger name, ``stdout`` or ``stderr``, or the exception's type."""
    partial: bool = False
    """True for a printed piece that did not end its line."""
    bundle: Mapping[str, str] | None = None
    """Of a DISPLAY entry: media type to content."""

    @classmethod
    def by_supervisor(cls, level: str, message: str) -> NewEntry:
        """A log record of jobnb's own about the run, made now."""
        return NewEntry(
            kind=EntryKind.LOG,
            created=time(),
            message=message,
            level=level,
            grouping="supervision",
            source="jobnb",
        )


class Entry(NamedTuple):
    """One item of a run's stream; the fields are those of ``NewEntry``, and its number."""

    number: int
    """From 1, without gaps within a run."""
    kind: EntryKind
    created: float
    message: str
    level: str | None = None
    grouping: str | None = None
    object: str | None = None
    source: str = ""
    partial: bool = False
    bundle: Mapping[str, str] | None = None
    """Never read together with the log: ``Results.entries.bundles()`` has it."""

    @property
    def time(self) -> datetime:
        """When it was made, aware UTC."""
        return datetime.fromtimestamp(self.created, UTC)

    def __repr__(self) -> str:
        """Short: a notebook shows lists of entries by it."""
        return f"<Entry {self.number} {self.level or self.kind} {self.message!r:.200}>"


@dataclass(frozen=True, kw_only=True)
class EndOfRun:
    """How an attempt, and with it the run, ended."""

    status: Status
    reason: Reason | None = None
    detail: str = ""
    """One sentence for people; empty for a plain success."""
    value: str | None = None
    """The return value as JSON text; None if there is none or it was not kept."""
    value_problem: str | None = None
    """Why the value was not kept; None if it was."""
    value_file: dict[str, Any] | None = None
    """Which file of the run is the value, and how it is read; None if none is."""
    exc_type: str | None = None
    exc_message: str | None = None
    traceback: str | None = None
    exit_code: int | None = None
    """Of the child process; negative is a signal; None if it never ran."""
    due: datetime | None = None
    """When the next attempt may start, if the status is RETRY; else None."""


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """One job result, as the database holds it."""

    run_id: str
    class_path: str
    job_name: str
    grouping: str
    status: Status
    reason: Reason | None
    detail: str
    inputs: dict[str, Any]
    options: dict[str, Any]
    user: str
    host: str
    owner_id: str
    scheduler_id: str
    embedded: bool
    snapshot: str | None
    source_root: str
    source_file: str
    created: datetime
    started: datetime | None
    """None until a worker claims it."""
    ended: datetime | None
    """None until it is in a ready state."""
    worker: str | None
    """Name of the worker that has, or had, the newest attempt."""
    attempts: int
    """How many were started."""
    last_entry: int
    counts: dict[str, int]
    """Log records by level; every level is there."""
    value: str | None
    value_problem: str | None
    exc_type: str | None
    exc_message: str | None
    traceback: str | None
    cancelled_by: str | None
    cancel_requested: datetime | None
    due: datetime | None = None
    """When the next attempt may start, in RETRY; else None."""
    queue: str | None = None
    """Whose workers take it; None for any."""
    key: str | None = None
    """By which a later submit finds it; None without one, or if it never started."""
    lock: str | None = None
    """What it shares with the runs that it may not work beside."""
    when_busy: WhenBusy | None = None
    value_file: dict[str, Any] | None = None
    """Which file of the run is the value, and how it is read; None if none is."""
    progress: tuple[Bar, ...] = ()
    """How far it was when that was last known, from the outermost to the innermost."""
    origin: Origin = field(default_factory=Origin)
    """Where the job comes from."""

    @property
    def withheld(self) -> tuple[str, ...]:
        """Names of the inputs that were never stored."""
        return tuple(self.options.get("withheld", ()))

    @property
    def shown_options(self) -> dict[str, Any]:
        """What ``options()`` was given."""
        noted = (*INPUT_NOTES, *POLICY)
        return {name: value for name, value in self.options.items() if name not in noted}

    @property
    def shown_inputs(self) -> dict[str, Any]:
        """The inputs for people: those that were never stored are ``********``."""
        return {**self.inputs, **dict.fromkeys(self.withheld, MASK)}

    @property
    def is_ready(self) -> bool:
        """Whether it has ended."""
        return self.status in READY_STATES

    @property
    def state(self) -> RunState:
        """Of this, what changes while a run works."""
        return RunState(
            status=self.status,
            last_entry=self.last_entry,
            cancel_requested=self.cancel_requested is not None,
            waits_for=waits_for(self.status, self.detail),
            started=self.started,
            counts=self.counts,
            progress=self.progress,
        )

    @property
    def failed(self) -> bool:
        """Whether it ended in FAILURE or LOST."""
        return self.status in FAILED_STATES

    @property
    def error_count(self) -> int:
        """Nautobot's ``error_log_count``: FAILURE, ERROR and CRITICAL records."""
        return sum(
            self.counts[name] for name, value in LEVELS.items() if value >= LEVELS["FAILURE"]
        )

    @property
    def duration(self) -> float | None:
        """Seconds from start to end, by clocks that may have been set meanwhile; never below 0.

        None until both are known.
        """
        if self.started is None or self.ended is None:
            return None
        return max(0.0, (self.ended - self.started).total_seconds())


@dataclass(frozen=True, kw_only=True)
class AttemptRecord:
    """One start of a run, as the database holds it."""

    token: str
    number: int
    worker_id: str
    worker: str
    host: str
    pid: int | None
    """Of the child; None until it was started."""
    started: datetime
    ended: datetime | None
    reason: Reason | None
    exit_code: int | None


@dataclass(frozen=True, kw_only=True)
class FileRecord:
    """One file that a run made."""

    name: str
    size: int
    digest: str
    """SHA-256, hexadecimal."""
    created: datetime


@dataclass(frozen=True, kw_only=True)
class WorkerProcess:
    """A process that owns runs: a Dask worker, or a workbench that submits."""

    worker_id: str
    """UUID, one per process and database."""
    name: str
    """Dask's name or address of the worker; for a workbench, what it is."""
    host: str
    boot_id: str
    """Tells this boot of this machine from any other; empty if the system has none."""
    pid: int
    lock_path: str
    """File that the process keeps locked while it lives."""
    lock_inode: int
    """Inode of that file, so that an equal path on another file system is not mistaken for it."""
    version: str
    """Of jobnb."""
    beat: int = 0
    """Counts up while the process lives."""
    ended: datetime | None = None
    """When it said goodbye; None while it lives, and for ever if it vanished."""
