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
    ConsoleEvent,
    FileEvent,
    FinishedEvent,
    LogEvent,
    RunEvent,
    WorkerLogEvent,
    pack_run_event,
    parse_run_event,
)
from jobnb.protocol.frames import MAX_FRAME, PIECE, Frame, FrameReader, pack_event, pack_frame
from jobnb.protocol.input_files import file_value, is_file_value, safe_file_name
from jobnb.protocol.orders import ChildOrder, Refusal, RunOrder, RunSpec
from jobnb.protocol.words import (
    FAILED_STATES,
    LEVELS,
    MASK,
    NEW_PAGE,
    PROTOCOL,
    PYTHON,
    READY_STATES,
    WHERE_SIGNAL,
    EntryKind,
    Reason,
    Status,
    WhenBusy,
    level_name,
)

__all__ = [
    "FAILED_STATES",
    "LEVELS",
    "MASK",
    "MAX_FRAME",
    "NEW_PAGE",
    "PIECE",
    "PROTOCOL",
    "PYTHON",
    "READY_STATES",
    "WHERE_SIGNAL",
    "ChildOrder",
    "Cleaned",
    "ConsoleEvent",
    "EntryKind",
    "FileEvent",
    "FileProblem",
    "FinishedEvent",
    "Frame",
    "FrameReader",
    "JobDescription",
    "LogEvent",
    "Look",
    "Page",
    "Reason",
    "Refusal",
    "RunEvent",
    "RunOrder",
    "RunSpec",
    "Snapshot",
    "SnapshotFile",
    "Status",
    "VariableDescription",
    "WhenBusy",
    "WorkerLogEvent",
    "file_value",
    "is_file_value",
    "level_name",
    "pack_event",
    "pack_frame",
    "pack_run_event",
    "parse_run_event",
    "safe_file_name",
]
