"""All that crosses a process border: words, frames, events, orders, descriptions.

Standard library only: the child imports this room before any job code.
"""

from jobnb.protocol.answers import Cleaned, Look, Page
from jobnb.protocol.descriptions import (
    FileProblem,
    JobDescription,
    Snapshot,
    SnapshotFile,
    VariableDescription,
)
from jobnb.protocol.events import (
    BegunEvent,
    ConsoleEvent,
    FileEvent,
    FinishedEvent,
    HeardEvent,
    LogEvent,
    RunEvent,
    WorkerLogEvent,
    pack_run_event,
    parse_run_event,
)
from jobnb.protocol.frames import MAX_FRAME, PIECE, Frame, FrameReader, pack_event, pack_frame
from jobnb.protocol.limits import (
    LOG_LIMIT_WAYS,
    RETRY_CAUSES,
    Limits,
    Retries,
    RunPolicy,
    parse_size,
    size_of,
)
from jobnb.protocol.orders import ChildOrder, Refusal, RunOrder, RunSpec
from jobnb.protocol.words import (
    FAILED_STATES,
    LEVELS,
    NEW_PAGE,
    PROTOCOL,
    PYTHON,
    READY_STATES,
    WHERE_SIGNAL,
    EntryKind,
    Reason,
    Status,
    level_name,
)

__all__ = [
    "FAILED_STATES",
    "LEVELS",
    "LOG_LIMIT_WAYS",
    "MAX_FRAME",
    "NEW_PAGE",
    "PIECE",
    "PROTOCOL",
    "PYTHON",
    "READY_STATES",
    "RETRY_CAUSES",
    "WHERE_SIGNAL",
    "BegunEvent",
    "ChildOrder",
    "Cleaned",
    "ConsoleEvent",
    "EntryKind",
    "FileEvent",
    "FileProblem",
    "FinishedEvent",
    "Frame",
    "FrameReader",
    "HeardEvent",
    "JobDescription",
    "Limits",
    "LogEvent",
    "Look",
    "Page",
    "Reason",
    "Refusal",
    "Retries",
    "RunEvent",
    "RunOrder",
    "RunPolicy",
    "RunSpec",
    "Snapshot",
    "SnapshotFile",
    "Status",
    "VariableDescription",
    "WorkerLogEvent",
    "level_name",
    "pack_event",
    "pack_frame",
    "pack_run_event",
    "parse_run_event",
    "parse_size",
    "size_of",
]
