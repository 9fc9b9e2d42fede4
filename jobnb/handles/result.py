"""A job result as people hold it in their hands, and how it is watched."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from jobnb.engine.content import Source
from jobnb.engine.dispatch import Dispatch
from jobnb.engine.following import follow
from jobnb.engine.updates import Update
from jobnb.errors import JobFailed, NotFinished, SnapshotError, ValueNotKept
from jobnb.handles.files import FileList, ResultFile
from jobnb.handles.interrupts import Interrupts
from jobnb.handles.log import Log
from jobnb.handles.outputs import RichOutput, rich_outputs
from jobnb.handles.pictures import picture_of
from jobnb.handles.source import RunSource
from jobnb.handles.values import read_value
from jobnb.protocol import Reason, Status
from jobnb.store.values import AttemptRecord, RunRecord


class View(Protocol):
    """Shows one run while it works."""

    newest: int | None
    """How many of the newest entries it can use at once; None if it wants all of them."""

    def update(self, update: Update) -> None:
        """Shows what is new."""

    def close(self, record: RunRecord) -> None:
        """Shows how it ended, for good."""

    def detach(self) -> None:
        """Nobody watches any more, but the run works on."""


class Viewer(Protocol):
    """Knows how runs are shown where this process runs."""

    def open(self, result: JobResult, *, cancels: bool) -> View:
        """Begins to show a run; ``update`` and ``close`` follow from the same thread.

        Args:
            result: The run.
            cancels: Whether an interrupt cancels it; otherwise it only ends the watching.
        """

    def show(self, result: JobResult) -> None:
        """Begins to show a run that nobody waits for, and keeps the view up to date by itself."""

    def browse(self, result: JobResult) -> None:
        """Shows all lines of a run, to be scrolled through and searched, also when it has ended."""

    def settle(self, result: JobResult) -> None:
        """The run has ended, and somebody goes on now: brings what ``show`` shows to its end."""

    def rest(self) -> None:
        """Looks at nothing any more: what ``show`` shows stays as it is, and no thread is left."""

    def form(self, job: Any, inputs: Mapping[str, Any]) -> Any:
        """The form of a job (a ``FormJob``), filled in with these inputs (a ``Form``)."""

    def edit(self, editor: Any) -> Any:
        """The form of a job record (a ``JobEditor``)."""


class Again(Protocol):
    """Takes the job of a run in hand again."""

    def rerun(self, result: JobResult, changes: Mapping[str, Any]) -> JobResult:
        """A new run with the inputs of ``result``, some of them changed; see its ``rerun()``."""

    def source_now(self, result: JobResult) -> Source:
        """The source of its job as it is now."""

    def form(self, result: JobResult, changes: Mapping[str, Any]) -> Any:
        """A ``Form`` filled in with them; see its ``form()``."""


class JobResult:
    """One run and all it left. Looks into the database whenever it is asked."""

    def __init__(
        self,
        dispatch: Dispatch,
        viewer: Viewer,
        run_id: str,
        *,
        reruns: Again,
        checks: bool = True,
    ) -> None:
        self._dispatch, self._viewer, self._reruns = dispatch, viewer, reruns
        self._final: RunRecord | None = None
        self.id: Final = run_id
        self.checks: Final = checks

    @property
    def record(self) -> RunRecord:
        """Everything about the run except its log and its files."""
        if self._final is None:
            record = self._dispatch.results.get(self.id)
            if not record.is_ready:
                return record
            self._final = record  # a ready status never changes
        return self._final

    @property
    def job(self) -> str:
        """Display name of the job."""
        return self.record.job_name

    @property
    def status(self) -> Status:
        """Where the run stands."""
        return self.record.status

    @property
    def reason(self) -> Reason | None:
        """Why it ended as it did; None while it works, and after a plain success."""
        return self.record.reason

    @property
    def detail(self) -> str:
        """The reason as one sentence; empty while it works, and after a plain success.

        While it waits: what for, if that is another run, or a worker of its queue.
        """
        return self.record.detail

    @property
    def failed(self) -> bool:
        """Whether it ended in FAILURE or LOST."""
        return self.record.failed

    @property
    def options(self) -> dict[str, Any]:
        """What ``options()`` was given for the run."""
        return self.record.shown_options

    @property
    def inputs(self) -> dict[str, Any]:
        """The cleaned inputs, as JSON values; ``********`` for those that were never stored."""
        return self.record.shown_inputs

    @property
    def started(self) -> datetime | None:
        """When a worker took it, aware UTC; None before."""
        return self.record.started

    @property
    def ended(self) -> datetime | None:
        """When it ended, aware UTC; None before."""
        return self.record.ended

    @property
    def duration(self) -> float | None:
        """Seconds from start to end; None before the end."""
        return self.record.duration

    @property
    def traceback(self) -> str | None:
        """The traceback of an unhandled exception, in the author's own paths; None without one."""
        return self.record.traceback

    @property
    def value(self) -> Any:
        """What the job returned: as JSON gives it back, or a DataFrame; None if it raised.

        Raises:
            NotFinished: The run has not ended.
            ValueNotKept: It returned something else, or this process cannot read it.
        """
        record = self.record
        if not record.is_ready:
            raise NotFinished(
                f"{self} is {record.status}; its value is known at the end: call wait() first."
            )
        if record.value_problem is not None:
            raise ValueNotKept(f"{self}: {record.value_problem}")
        if record.value_file is not None:
            return read_value(self, record.value_file)
        return None if record.value is None else json.loads(record.value)

    @property
    def log(self) -> Log:
        """The entries of the run; read when they are looked at."""
        return Log(self._dispatch, self.id, lambda: self._viewer.browse(self))

    @property
    def files(self) -> FileList:
        """The files that the run made, in the order in which it made them; by name, too."""
        found = self._dispatch.results.files.of(self.id)
        return FileList([ResultFile(self._dispatch, self.id, record) for record in found])

    @property
    def outputs(self) -> list[RichOutput]:
        """What the job has shown besides text, in order; each shows itself in a cell."""
        return rich_outputs(self._dispatch, self.id)

    def outputs_of(self, numbers: Collection[int]) -> list[RichOutput]:
        """The same of entries with these numbers only."""
        return rich_outputs(self._dispatch, self.id, numbers)

    @property
    def usual_duration(self) -> float | None:
        """Seconds that the job usually takes; None if it has not succeeded lately."""
        return self._dispatch.results.usual_duration(self.record.job_name)

    def picture(self) -> dict[str, str]:
        """What a saved notebook keeps of the run, as ``text/html`` and ``text/plain``."""
        return picture_of(self._dispatch.results, self.record, self._dispatch.summary_limit)

    @property
    def attempts(self) -> list[AttemptRecord]:
        """Each start of the run on a worker."""
        return self._dispatch.results.attempts.of(self.id)

    @property
    def source(self) -> RunSource:
        """The exact source of the run; ``source.diff()`` compares it with the code of today.

        Raises:
            SnapshotError: It was not kept, or is not in the database any more.
        """
        record = self.record
        if record.snapshot is None:
            raise SnapshotError(f"{self} has no source: none was kept.")
        kept = self._dispatch.content.source(record.snapshot)
        return RunSource(record, kept, lambda: self._reruns.source_now(self))

    def wait(self, timeout: float | None = None) -> JobResult:
        """Waits for the end, and gives this result back; an interrupt only stops waiting.

        Args:
            timeout: Seconds; None waits as long as it takes.

        Raises:
            TimeoutError: It works on.
        """
        record = self.record
        if not record.is_ready:
            for _ in follow(self._dispatch, self.id, newest=0, timeout=timeout):
                pass
        if not self.record.is_ready:
            raise TimeoutError(f"{self} is still {self.status} after {timeout:g} s.")
        self._viewer.settle(self)
        return self

    def watch(self) -> JobResult:
        """Shows the run from its first line on, until it ends; an interrupt only detaches."""
        watch(self, self._viewer.open(self, cancels=False), cancels=False)
        return self

    def cancel(self) -> JobResult:
        """Asks for the end: what waits never starts, what works is told to stop. Does not wait."""
        self._dispatch.cancel(self.id)
        return self

    def rerun(self, /, **changes: Any) -> JobResult:
        """Starts the job as it is now with these inputs, some of them changed; as ``submit()``."""
        return self._reruns.rerun(self, changes)

    def form(self, /, **changes: Any) -> Any:
        """The form (a ``Form``) of the job as it is now with these inputs, some of them changed."""
        return self._reruns.form(self, changes)

    def report(self, path: str | Path, *, files: bool = True, overwrite: bool = False) -> Path:
        """Writes a report that can be handed over, with the files of the run beside it.

        Args:
            path: ``disk.ipynb``: a notebook, whose last cell runs the job again; ``disk.html``: a
                page for whoever has no Jupyter.
            files: Whether the files of the run are written into a folder beside it.
            overwrite: Whether anything that is there may be replaced. Without it only reports that
                nobody has changed.

        Raises:
            NotFinished: The run has not ended.
            ReportRefused: The path has another ending, or something there could be lost.
            LibraryMissing: A page needs nbconvert.
        """
        # Late: nbformat takes a while to load, and most runs are not reported.
        from jobnb.reports.contents import RunReader
        from jobnb.reports.writing import write_report

        reader = RunReader(self._dispatch.database)
        return write_report(reader, self.id, path, files=files, overwrite=overwrite)

    def check(self) -> JobResult:
        """Gives this result back if it ended in SUCCESS.

        Raises:
            JobFailed: It ended otherwise.
            NotFinished: It has not ended.
        """
        record = self.record
        if not record.is_ready:
            raise NotFinished(f"{self} is {record.status}.")
        if record.status is not Status.SUCCESS:
            raise JobFailed(
                f"Job {record.job_name!r} ended in {record.status}: {record.detail} "
                f"(result {self.id}){_way_out(record)}",
                self,
            )
        return self

    def updates(
        self,
        after: int = 0,
        *,
        newest: int | None = None,
        is_interrupted: Callable[[], bool] = lambda: False,
    ) -> Iterator[Update]:
        """What is new of the run, as it comes, until it has ended; the caller's thread waits.

        Args:
            after: Entries up to this number are known already.
            newest: How many entries the caller can use at once; None: all are wanted.
            is_interrupted: Whether to give an update at once, so that the caller can act.
        """
        return follow(self._dispatch, self.id, after, newest=newest, is_interrupted=is_interrupted)

    def peek(self, after: int = 0, *, newest: int | None = None) -> Update:
        """What is new of the run right now; like every watcher it looks for lost runs, too."""
        self._dispatch.observe()
        return self._dispatch.peek(self.id, after, newest=newest)

    def __await__(self) -> Generator[Any, None, JobResult]:
        yield from asyncio.to_thread(self.wait).__await__()
        return self.check() if self.checks else self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, JobResult) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __str__(self) -> str:
        return f"Job result {self.id}"

    def __repr__(self) -> str:
        record = self.record
        return f"<JobResult {self.id} {record.job_name!r} {record.status}>"

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        return self.picture()


def _way_out(record: RunRecord) -> str:
    """How to run again what a key has made happen once."""
    if record.key is None:
        return ""
    return f". Its key {record.key!r} gives this run back; give another key to run the job again"


def watch(result: JobResult, view: View, *, cancels: bool) -> None:
    """Shows a run until it ends.

    Args:
        result: The run.
        view: Opened for it.
        cancels: Whether an interrupt cancels the run; otherwise it only ends the watching.

    Raises:
        KeyboardInterrupt: Somebody interrupted; the run has ended if that cancels.
    """
    with Interrupts() as interrupts:
        for update in result.updates(newest=view.newest, is_interrupted=interrupts.is_pending):
            view.update(update)
            if interrupts.is_pending():
                interrupts.is_handled = True
                if not cancels:
                    view.detach()
                    raise KeyboardInterrupt
                result.cancel()
        view.close(result.record)
    if interrupts.is_handled:
        raise KeyboardInterrupt
