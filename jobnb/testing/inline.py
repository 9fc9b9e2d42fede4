"""Runs a job in this process, without a cluster, a database or a child: for tests and debuggers."""

from __future__ import annotations

import getpass
import json
import tempfile
import time
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from jobnb.authoring.declaration import class_faults
from jobnb.authoring.inputs import clean_inputs
from jobnb.authoring.job import Job
from jobnb.authoring.lifecycle import perform
from jobnb.authoring.meta import refusal
from jobnb.child.capture import captured
from jobnb.engine.lines import LineAssembler
from jobnb.errors import DeclarationError, ValueNotKept
from jobnb.protocol import (
    ConsoleEvent,
    EntryKind,
    FinishedEvent,
    LogEvent,
    Reason,
    RunEvent,
    RunSpec,
    Status,
)
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
        """The traceback of an exception, from the author's code on."""
        return self.end.traceback

    @property
    def value(self) -> Any:
        """What the job returned, as JSON gives it back.

        Raises:
            ValueNotKept: It returned something that is no JSON.
        """
        if self.end.value_problem is not None:
            raise ValueNotKept(f"Job {self.job!r}: {self.end.value_problem}")
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
    """
    faults = list(class_faults(job_class, Job))
    if faults:
        raise DeclarationError(refusal(job_class, faults))
    cleaned = clean_inputs(job_class, inputs)
    spec = RunSpec(
        run_id=str(uuid.uuid4()),
        class_path=job_class.class_path,
        job_name=job_class.name,
        inputs=cleaned.inputs,
        user=getpass.getuser(),
    )
    stream = _Stream()
    raised: list[BaseException] = []
    files: dict[str, bytes] = {}
    with (
        tempfile.TemporaryDirectory(prefix="jobnb-test-") as workplace,
        captured(stream.take, [job_class.__module__], Path(workplace)),
    ):
        end = perform(job_class, spec, stream.take, files.__setitem__, witness=raised.append)
    return JobRun(
        job=job_class.name,
        inputs=cleaned.inputs,
        end=end,
        exception=raised[0] if raised else None,
        log=stream.finish(end),
        files=files,
    )


def assert_logged(
    result: HasLog, text: str, *, level: str | None = None, grouping: str | None = None
) -> Entry:
    """Passes if an entry of the run has ``text`` in its message, and gives the first one.

    Args:
        result: A ``JobRun``, or a ``JobResult`` of a real run.
        text: Part of the message.
        level: Only log records with that level, as ``"WARNING"``.
        grouping: Only those with that grouping.

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

    def take(self, event: RunEvent) -> None:
        """Takes an event from the thread that speaks."""
        match event:
            case LogEvent():
                self._entries += [*self._lines.interrupt(event.thread), _record(event)]
            case ConsoleEvent():
                self._entries += self._lines.feed(event)

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
        return [Entry(number=n, **asdict(entry)) for n, entry in enumerate(self._entries, 1)]


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
