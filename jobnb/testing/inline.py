"""Runs a job in this process, without a cluster, a database or a child: for tests and debuggers."""

from __future__ import annotations

import getpass
import json
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from jobnb.authoring.declaration import class_faults
from jobnb.authoring.inputs import clean_inputs
from jobnb.authoring.job import Job
from jobnb.authoring.lifecycle import perform
from jobnb.authoring.meta import refusal
from jobnb.authoring.registration import describe_job
from jobnb.catalogs.describing.wire import to_wire
from jobnb.child.running.capture import captured
from jobnb.engine.attempts.delivery import deliver, resolve
from jobnb.engine.hosts.withheld import given_files
from jobnb.engine.recording.lines import LineAssembler
from jobnb.errors import DeclarationError, InvalidInput, ValueNotKept
from jobnb.handles.giving.outgoing import check_files, outgoing_inputs
from jobnb.handles.giving.uploads import Upload
from jobnb.objects.scope import session_scope
from jobnb.protocol import (
    PIECE,
    Cleaned,
    ConsoleEvent,
    DisplayEvent,
    EntryKind,
    FinishedEvent,
    LogEvent,
    ProgressEvent,
    Reason,
    RunEvent,
    RunSpec,
    Status,
)
from jobnb.protocol.dataframes import frame_of_file
from jobnb.settings import child_environment, load_settings
from jobnb.store.values import Entry, NewEntry


@dataclass(frozen=True, kw_only=True)
class JobRun:
    """How a run in this process ended, and all it left."""

    job: str
    """Display name."""
    inputs: dict[str, Any]
    """As they would be stored: cleaned, as JSON values."""
    end: FinishedEvent
    exception: BaseException | None
    """What the job raised, with its traceback."""
    log: list[Entry]
    """Log records, printed lines and the traceback, in order."""
    files: dict[str, bytes]
    """Name to content."""
    progress: list[list[Any]]
    """How far it said that it is: done, total and text of each bar, the outermost first."""

    @property
    def status(self) -> Status:
        """How it ended."""
        return Status(self.end.status)

    @property
    def reason(self) -> Reason | None:
        """Why; None after a plain success."""
        return None if self.end.reason is None else Reason(self.end.reason)

    @property
    def detail(self) -> str:
        """The reason as one sentence."""
        return self.end.detail

    @property
    def traceback(self) -> str | None:
        """The traceback of an exception, from the author's code on; None without one."""
        return self.end.traceback

    @property
    def value(self) -> Any:
        """What the job returned: as JSON gives it back, or a DataFrame.

        Raises:
            ValueNotKept: It returned something else.
        """
        if self.end.value_problem is not None:
            raise ValueNotKept(f"Job {self.job!r}: {self.end.value_problem}")
        if (told := self.end.value_file) is not None:
            return frame_of_file(self.files[told["name"]], told)
        return None if self.end.value is None else json.loads(self.end.value)

    def messages(self, level: str | None = None) -> list[str]:
        """The messages of the log records with that level; of all, and printed lines, if None."""
        return [entry.message for entry in self.log if level in (None, entry.level)]


class HasLog(Protocol):
    """A ``JobRun`` or a ``JobResult``."""

    @property
    def log(self) -> Iterable[Entry]:
        """Its entries."""


def run_job(job_class: type[Job], /, **inputs: Any) -> JobRun:
    """Runs a job in this thread: its inputs are checked, then its hooks and ``run()`` called.

    An exception of the job comes out as it is, so that a debugger stands in the author's own frame.
    A job that calls ``fail()`` raises nothing: look at ``status``.

    Args:
        job_class: Need not be registered.
        **inputs: As for ``jobnb.run()``.

    Raises:
        DeclarationError: The class does not fit together.
        InvalidInput: The inputs do not fit; nothing was called.
        BaseException: Whatever the job, or a hook of it, raised.
    """
    done = try_job(job_class, **inputs)
    if done.exception is not None:
        raise done.exception
    return done


def try_job(job_class: type[Job], /, **inputs: Any) -> JobRun:
    """As ``run_job``, for a job that is meant to fail: its exception is an attribute of the result.

    Raises:
        DeclarationError: The class does not fit together.
        InvalidInput: The inputs do not fit; nothing was called.
        JobnbError: A reference among them leads nowhere here; nothing was called either.
    """
    faults = list(class_faults(job_class, Job))
    if faults:
        raise DeclarationError(refusal(job_class, faults))
    stream = _Stream()
    raised: list[BaseException] = []
    files: dict[str, bytes] = {}
    with (
        tempfile.TemporaryDirectory(prefix="jobnb-test-") as workplace,
        tempfile.TemporaryDirectory(prefix="jobnb-test-files-") as shelf,
    ):
        cleaned, paths = _taken_in(job_class, inputs, Path(shelf))
        resolved = resolve(cleaned.references, cleaned.inputs, child_environment())
        spec = RunSpec(
            run_id=str(uuid.uuid4()),
            class_path=job_class.class_path,
            job_name=job_class.name,
            inputs={**cleaned.inputs, **resolved},
            resolved=tuple(resolved),
            files=paths,
            user=getpass.getuser(),
        )
        with captured(stream.take, [job_class.__module__], Path(workplace)), session_scope():
            end = perform(job_class, spec, stream.take, files.__setitem__, witness=raised.append)
    return JobRun(
        job=job_class.name,
        inputs=cleaned.inputs,
        end=end,
        exception=raised[0] if raised else None,
        log=stream.finish(end),
        files=files,
        progress=stream.bars,
    )


def _taken_in(
    job_class: type[Job], inputs: Mapping[str, Any], shelf: Path
) -> tuple[Cleaned, dict[str, str]]:
    """The inputs as a run would be given them, with the files on the shelf; input to path."""
    job = describe_job(job_class, "")
    with outgoing_inputs(job, inputs, load_settings().upload_limit) as outgoing:
        with session_scope():
            cleaned = outgoing.clean(lambda _job, given: _clean(job_class, given))
        check_files(job, cleaned, outgoing.uploads, lambda _digests: {})  # there is no store
        uploads = outgoing.uploads
        paths = deliver(
            list(given_files(cleaned)), shelf, lambda file: _pieces(uploads[file.digest])
        )
    return cleaned, paths


def _clean(job_class: type[Job], inputs: Mapping[str, Any]) -> Cleaned:
    """Live values become what would be sent to the child that cleans them."""
    outgoing = to_wire(inputs)
    try:
        cleaned = clean_inputs(job_class, outgoing.inputs)
    except InvalidInput as error:
        raise InvalidInput(job_class.name, error.problems | outgoing.problems) from None
    if outgoing.problems:
        raise InvalidInput(job_class.name, outgoing.problems)
    return cleaned


def _pieces(upload: Upload) -> Iterator[bytes]:
    for start in range(0, upload.size, PIECE):
        yield upload.read_piece(start, PIECE)


def assert_logged(
    result: HasLog, text: str, *, level: str | None = None, grouping: str | None = None
) -> Entry:
    """Passes if an entry of the run has ``text`` in its message, and gives the first one.

    Args:
        result: A ``JobRun``, or a ``JobResult`` of a real run.
        text: Part of the message.
        level: Only log records with that level, as ``"WARNING"``; None: all entries.
        grouping: Only those with that grouping; None: any.

    Raises:
        AssertionError: There is none; it shows what was logged.
    """
    entries = list(result.log)
    for entry in entries:
        fits = level in (None, entry.level) and grouping in (None, entry.grouping)
        if fits and text in entry.message:
            return entry
    wanted = " ".join(word for word in (level, grouping and f"in {grouping!r}") if word)
    said = "\n".join(f"  {entry.level or entry.source:<8} {entry.message}" for entry in entries)
    raise AssertionError(f"No entry {wanted} has {text!r}. The log:\n{said or '  (empty)'}")


class _Stream:
    """The events of a run as the entries that the database would have."""

    def __init__(self) -> None:
        self._lines = LineAssembler()
        self._entries: list[NewEntry] = []
        self.bars: list[list[Any]] = []

    def take(self, event: RunEvent) -> None:
        """Takes an event from the thread that speaks."""
        match event:
            case LogEvent():
                self._entries += [*self._lines.interrupt(event.thread), _record(event)]
            case ConsoleEvent():
                self._entries += self._lines.feed(event)
            case DisplayEvent():
                self._entries += [*self._lines.interrupt(event.thread), _shown(event)]
            case ProgressEvent():
                self.bars = event.bars

    def finish(self, end: FinishedEvent) -> list[Entry]:
        """All entries, numbered."""
        self._entries += self._lines.interrupt()
        if end.traceback:
            last = NewEntry(
                kind=EntryKind.TRACEBACK,
                created=time.time(),
                message=end.traceback,
                source=end.exc_type or "",
            )
            self._entries.append(last)
        return [Entry(number=n, **entry._asdict()) for n, entry in enumerate(self._entries, 1)]


def _shown(event: DisplayEvent) -> NewEntry:
    return NewEntry(
        kind=EntryKind.DISPLAY,
        created=event.created,
        message=event.bundle["text/plain"],
        grouping=event.grouping,
        source=event.source,
        bundle=event.bundle,
    )


def _record(event: LogEvent) -> NewEntry:
    return NewEntry(
        kind=EntryKind.LOG,
        created=event.created,
        message=event.message,
        level=event.level,
        grouping=event.grouping,
        object=event.object,
        source=event.source,
    )
