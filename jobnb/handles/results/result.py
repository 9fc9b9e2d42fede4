"""A job result as people hold it in their hands, and what it needs of others for that."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from jobnb.engine.dispatch import Dispatch
from jobnb.engine.submitting.content import Source
from jobnb.handles.results.files import FileList, ResultFile
from jobnb.handles.results.live import LiveRun, View, watch
from jobnb.handles.results.log import Log
from jobnb.handles.results.outcome import refuse_failure, value_of
from jobnb.handles.results.outputs import RichOutput
from jobnb.handles.results.source import RunSource, kept_source
from jobnb.protocol import Reason, Status
from jobnb.store.values import AttemptRecord, RunRecord


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
        self.id: Final = run_id
        self.checks: Final = checks
        self.live: Final = LiveRun(dispatch, run_id)
        """For who shows it: what is new of it, and how it is drawn."""

    @property
    def record(self) -> RunRecord:
        """Everything about the run except its log and its files, as it is now."""
        return self.live.record

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
        return value_of(self)

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
        return self.live.outputs()

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
        kept = kept_source(self._dispatch.content, self.record)
        return RunSource(self.record, kept, lambda: self._reruns.source_now(self))

    def wait(self, timeout: float | None = None) -> JobResult:
        """Waits for the end, and gives this result back; an interrupt only stops waiting.

        Args:
            timeout: Seconds; None waits as long as it takes.

        Raises:
            TimeoutError: It works on.
        """
        if not self.live.wait(timeout):
            raise TimeoutError(f"{self} is still {self.status} after {timeout:g} s.")
        self._viewer.settle(self)
        return self

    def watch(self) -> JobResult:
        """Shows the run from its first line on, until it ends; an interrupt only detaches."""
        watch(self.live, self._viewer.open(self, cancels=False), cancels=False)
        return self

    def cancel(self) -> JobResult:
        """Asks for the end: what waits never starts, what works is told to stop. Does not wait."""
        self.live.cancel()
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
        refuse_failure(self)
        return self

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
        return self.live.picture()
