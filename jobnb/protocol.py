"""All that crosses a process border: words, orders, events and the frames that carry them.

Standard library only: the child imports this module before any job code.
"""

from __future__ import annotations

import json
import signal
import struct
from dataclasses import asdict, dataclass, field, fields
from enum import IntEnum, StrEnum
from typing import Any, Final, Self

PROTOCOL: Final = 1
"""Number of this protocol; kernel, worker and child must have the same."""

WHERE_SIGNAL: Final = signal.SIGUSR1
"""Makes a describing child write to its descriptor 2 which line it is at."""


class Status(StrEnum):
    """Where a run stands; Nautobot's (Celery's) words, and LOST."""

    PENDING = "PENDING"
    """Written, and waiting for a worker."""
    STARTED = "STARTED"
    """A worker has claimed it."""
    RETRY = "RETRY"
    """An attempt ended without success and another one is due."""
    SUCCESS = "SUCCESS"
    """The job returned."""
    FAILURE = "FAILURE"
    """The job raised, called fail(), or its process died."""
    REVOKED = "REVOKED"
    """Somebody cancelled it, or it could never start."""
    LOST = "LOST"
    """The worker vanished; whether the work was done is unknown."""


READY_STATES: Final = frozenset({Status.SUCCESS, Status.FAILURE, Status.REVOKED, Status.LOST})
"""A run in one of these has ended; its status never changes again."""

FAILED_STATES: Final = frozenset({Status.FAILURE, Status.LOST})
"""What ``result.failed`` and ``results(failed=True)`` cover."""


class Reason(StrEnum):
    """Why a run ended as it did; None in the database when it simply succeeded."""

    EXCEPTION = "exception"
    """The job, or one of its hooks, raised."""
    FAIL_CALLED = "fail_called"
    """The job called ``self.fail()`` and went on to its end."""
    SYSTEM_EXIT = "system_exit"
    """The job called ``sys.exit()``."""
    EXIT_CODE = "exit_code"
    """The process ended by itself without reporting an end."""
    SIGNAL = "signal"
    """A signal killed the process."""
    NOT_LOADED = "not_loaded"
    """The job's source could not be imported, or does not define the job any more."""
    NOT_ENABLED = "not_enabled"
    """The job record says that the job may not run."""
    CANCELLED = "cancelled"
    """Somebody cancelled the run."""
    OWNER_CLOSED = "owner_closed"
    """The kernel (or program) that held the default cluster ended."""
    WORKER_CLOSED = "worker_closed"
    """The Dask worker was shutting down and stopped the run."""
    NEVER_STARTED = "never_started"
    """No worker ever took it, and none will: scheduler and owner are gone."""
    WORKER_LOST = "worker_lost"
    """The worker process vanished while the run worked."""
    WORKER_UNFIT = "worker_unfit"
    """The worker has another database, Python or protocol."""
    SUPERVISOR_ERROR = "supervisor_error"
    """jobnb itself could not go on; the detail says why."""


class EntryKind(StrEnum):
    """What an entry of a run's stream is."""

    LOG = "log"
    """A log record; only these count in the counts per level."""
    CONSOLE = "console"
    """A line that was printed."""
    TRACEBACK = "traceback"
    """An unhandled exception."""


LEVELS: Final = {
    "DEBUG": 10,
    "INFO": 20,
    "SUCCESS": 25,
    "WARNING": 30,
    "FAILURE": 35,
    "ERROR": 40,
    "CRITICAL": 50,
}
"""Nautobot's seven levels, lowest first."""


def level_name(number: int) -> str:
    """The name of the highest of the seven levels that is not above ``number``."""
    names = [name for name, value in LEVELS.items() if value <= number]
    return names[-1] if names else "DEBUG"


# --- frames -----------------------------------------------------------------

_HEADER: Final = struct.Struct(">BI")
MAX_FRAME: Final = 1 << 30
"""Bytes. A longer frame can only be a broken stream."""
PIECE: Final = 256 * 1024
"""Bytes of a file that travel, and are stored, as one piece."""


class Frame(IntEnum):
    """What the payload of a frame is."""

    EVENT = 1
    """A JSON value."""
    BYTES = 2
    """A piece of the file that the last ``file`` event announced."""


def pack_frame(kind: Frame, payload: bytes) -> bytes:
    """One frame as it goes over the pipe: kind, length, payload."""
    return _HEADER.pack(kind, len(payload)) + payload


def pack_event(event: Any) -> bytes:
    """One JSON value as a frame. Lone surrogates survive, since the text is ASCII."""
    return pack_frame(Frame.EVENT, json.dumps(event, separators=(",", ":")).encode("ascii"))


class FrameReader:
    """Cuts a byte stream into frames, however the pipe has split it."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[tuple[Frame, bytes]]:
        """The frames that are complete with ``data``.

        Raises:
            ValueError: The stream is not made of frames.
        """
        self._buffer += data
        frames: list[tuple[Frame, bytes]] = []
        view, position = memoryview(self._buffer), 0
        try:
            while position + _HEADER.size <= len(view):
                kind, length = _HEADER.unpack_from(view, position)
                if length > MAX_FRAME:
                    raise ValueError(f"a frame of {length} bytes: this is no frame stream")
                end = position + _HEADER.size + length
                if end > len(view):
                    break
                frames.append((Frame(kind), bytes(view[position + _HEADER.size : end])))
                position = end
        finally:
            view.release()
        del self._buffer[:position]
        return frames


# --- events from the child that runs a job ----------------------------------
# On the pipe an event is a JSON array whose first item is its tag: ["log", created, ...].


@dataclass(frozen=True, slots=True)
class LogEvent:
    """A log record."""

    created: float
    """Seconds since the epoch, UTC."""
    level: str
    """One of LEVELS."""
    grouping: str
    """Nautobot's grouping; by default the name of the function that logged."""
    message: str
    object: str | None = None
    """Text of the object that the line is about."""
    source: str = ""
    """Name of the logger."""
    thread: int = 0
    """As in ConsoleEvent: what this thread has begun to print comes before the record."""


@dataclass(frozen=True, slots=True)
class ConsoleEvent:
    """A piece of text that the job wrote to ``sys.stdout`` or ``sys.stderr``; not yet a line."""

    created: float
    stream: str
    """``stdout`` or ``stderr``."""
    text: str
    thread: int = 0
    """Tells the pieces of one thread from those of another."""


@dataclass(frozen=True, slots=True)
class WorkerLogEvent:
    """A record with ``skip_db_logging``: it goes to the worker's own log only."""

    level: int
    message: str


@dataclass(frozen=True, slots=True)
class FileEvent:
    """A file starts; its pieces follow as BYTES frames until ``size`` bytes have come."""

    created: float
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class FinishedEvent:
    """The last event: how the job ended. The process may live on for its own clean-up."""

    created: float
    status: str
    """SUCCESS, FAILURE or REVOKED."""
    reason: str | None
    detail: str
    """One sentence for people; empty for a plain success."""
    value: str | None
    """The return value as JSON text; None if it could not be kept."""
    value_problem: str | None = None
    """Why the value was not kept; None if it was."""
    exc_type: str | None = None
    exc_message: str | None = None
    traceback: str | None = None


RunEvent = LogEvent | ConsoleEvent | WorkerLogEvent | FileEvent | FinishedEvent

_TAGS: Final[dict[str, type[Any]]] = {
    "log": LogEvent,
    "con": ConsoleEvent,
    "wlog": WorkerLogEvent,
    "file": FileEvent,
    "end": FinishedEvent,
}
_TAG_OF: Final = {cls: tag for tag, cls in _TAGS.items()}
_FIELDS: Final = {cls: tuple(item.name for item in fields(cls)) for cls in _TAG_OF}


def pack_run_event(event: RunEvent) -> bytes:
    """An event of a running job as a frame."""
    cls = type(event)
    return pack_event([_TAG_OF[cls], *(getattr(event, name) for name in _FIELDS[cls])])


def parse_run_event(payload: bytes) -> RunEvent:
    """The event in an EVENT frame of a running child.

    Raises:
        ValueError: The payload is no event of this protocol.
    """
    try:
        tag, *values = json.loads(payload)
        event: RunEvent = _TAGS[tag](*values)
    except (KeyError, TypeError) as error:
        raise ValueError(f"no event of protocol {PROTOCOL}: {payload[:80]!r}") from error
    return event


# --- orders -----------------------------------------------------------------


class _JsonOrder:
    """What an order dataclass needs to travel as JSON text."""

    def to_json(self) -> str:
        """The order as JSON text."""
        return json.dumps(asdict(self), separators=(",", ":"))  # type: ignore[call-overload]

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The order in ``text``.

        Raises:
            ValueError: It was written by another protocol, or is no order at all.
        """
        raw = json.loads(text)
        found = raw.get("protocol") if isinstance(raw, dict) else None
        if found != PROTOCOL:
            raise ValueError(
                f"this side speaks protocol {PROTOCOL} of jobnb, the order came with {found!r}; "
                "install the same version of jobnb on both sides"
            )
        return cls(**raw)


@dataclass(frozen=True, kw_only=True)
class RunOrder(_JsonOrder):
    """From the submitter to a Dask worker: run this."""

    run_id: str
    """UUID of the job result; also Nautobot's task id."""
    attempt: int
    """Number of the attempt, from 1."""
    database_uuid: str
    """Identity of the database that holds the run."""
    database_url: str
    """Where it was for the submitter, without a password; a worker may be told otherwise."""
    inputs: dict[str, Any] = field(default_factory=dict)
    """Cleaned inputs as JSON values."""
    protocol: int = PROTOCOL


@dataclass(frozen=True, kw_only=True)
class Refusal(_JsonOrder):
    """From a worker back to the submitter: why it did not take the run."""

    run_id: str
    reason: str
    """A ``Reason``."""
    detail: str
    protocol: int = PROTOCOL


@dataclass(frozen=True, kw_only=True)
class ChildOrder(_JsonOrder):
    """From a parent to a child, the first frame on its stdin."""

    verb: str
    """``describe`` or ``run``."""
    folder: str
    """Where the snapshot is unpacked; job modules are imported from here."""
    root: str
    """Where the author keeps the files; tracebacks name paths below it."""
    run: RunSpec | None = None
    """What to run; None for ``describe``."""
    skip: dict[str, str] = field(default_factory=dict)
    """Modules that broke an earlier child, with the reason: not imported again."""
    protocol: int = PROTOCOL

    def __post_init__(self) -> None:
        raw: Any = self.run
        if isinstance(raw, dict):
            object.__setattr__(self, "run", RunSpec(**raw))


@dataclass(frozen=True, kw_only=True)
class RunSpec:
    """What the running child must know of its run; no database, no cluster."""

    run_id: str
    class_path: str
    """``module.Class``, as Nautobot writes it."""
    job_name: str
    """Display name, with the override of the job record."""
    inputs: dict[str, Any]
    user: str
    attempt: int = 1
    file_limit: int = 10 * 1024 * 1024
    """Bytes that one file of ``create_file()`` may have; Nautobot's default."""
    value_limit: int = 10 * 1024 * 1024
    """Bytes that the return value may have as JSON."""
    exit_grace: float = 10.0
    """Seconds that threads may take to end after the job has."""


# --- what the catalog knows -------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class VariableDescription:
    """One declared variable, as plain data."""

    name: str
    type: str
    """Class name: ``StringVar`` ..."""
    label: str
    description: str
    required: bool
    default: Any
    """JSON value; None means that there is no default."""
    options: dict[str, Any] = field(default_factory=dict)
    """Arguments of the type (``min_value`` ...), only those that were given."""


@dataclass(frozen=True, kw_only=True)
class JobDescription:
    """One registered job, as plain data: all that any other process ever sees of the class."""

    class_path: str
    module: str
    class_name: str
    name: str
    """Display name."""
    grouping: str
    description: str
    file: str
    """Path below JOBS_ROOT of the file that defines the class."""
    meta: dict[str, Any] = field(default_factory=dict)
    """The Meta options with their values, defaults included."""
    variables: tuple[VariableDescription, ...] = ()
    """In the order of the form."""

    def __post_init__(self) -> None:
        built = tuple(
            VariableDescription(**item) if isinstance(item, dict) else item
            for item in self.variables
        )
        object.__setattr__(self, "variables", built)


@dataclass(frozen=True, kw_only=True)
class FileProblem:
    """A job file that gives no jobs, or not all, and why."""

    file: str
    """Path below JOBS_ROOT."""
    message: str
    """One sentence, with the line to add where that is the remedy."""
    traceback: str = ""
    """Where it broke; empty if nothing was raised."""


# --- snapshots --------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class SnapshotFile:
    """One file of a snapshot."""

    path: str
    """Below JOBS_ROOT, with forward slashes."""
    digest: str
    """SHA-256 of the content, hexadecimal; the key under which the content is stored once."""
    size: int
    """Bytes."""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The exact source of a job at one moment: a manifest of files."""

    digest: str
    """SHA-256 over the paths and digests of the files, hexadecimal."""
    files: tuple[SnapshotFile, ...]
    """Sorted by path."""
    root: str = ""
    """JOBS_ROOT as the author sees it; not part of the digest."""

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(item.size for item in self.files)
