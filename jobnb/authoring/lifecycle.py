"""One run from inside: the hooks and ``run()`` in Nautobot's order, whatever they do."""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, Final, TypeVar

from jobnb.authoring.failure import ExceptionInfo, one_line
from jobnb.authoring.inputs import form_variables, restore_inputs
from jobnb.authoring.job import Job, Request, RunningResult, User
from jobnb.authoring.joblog import Emit
from jobnb.authoring.keeping import keep_value
from jobnb.authoring.profiling import profiled
from jobnb.authoring.progress import Progress
from jobnb.authoring.spellings import sensitive_spellings
from jobnb.authoring.variables import InputFile, UploadedFile
from jobnb.errors import InvalidInput, RunCancelled, SoftTimeLimitExceeded
from jobnb.protocol import FinishedEvent, LogEvent, Reason, RunSpec, Status, Step, StepEvent

SendFile = Callable[[str, bytes], None]
"""Sends a file of the run to the parent: its name and content."""

_Task = tuple[str, tuple[Any, ...], dict[str, Any]]
"""What every hook gets: id of the run, no positional arguments, inputs as stored."""

_Raised = TypeVar("_Raised", bound=BaseException)

_HERE: Final = __file__
"""Frames of this file say nothing to an author."""


def perform(
    job_class: type[Job],
    spec: RunSpec,
    emit: Emit,
    send_file: SendFile,
    *,
    witness: Callable[[BaseException], object] = id,
) -> FinishedEvent:
    """Runs a job with its hooks, in this thread, and says how it ended.

    Nothing that the job raises leaves this function.

    Args:
        job_class: A class without faults.
        spec: Which run it is, with the stored inputs.
        emit: Takes the log lines of jobnb itself; those of the job go through ``logging``.
        send_file: Takes what the job gives to ``create_file()``.
        witness: Is shown the exception that ended the run, for whoever can look at it here.
    """
    request = _request(spec, emit, send_file)
    report = _Report(job_class.__module__, emit)
    report.begin(Step.STARTING)
    try:
        job = job_class()
        job.request = request
        report.log("INFO", "initialization", "Running job", about=spec.job_name)
        # Nautobot gives one dict to all: what before_start() changes in it arrives in run().
        with profiled(job, report.log, wanted=spec.profile):
            value = _call_hooks_and_run(job, dict(spec.inputs), spec, report)
    except BaseException as error:  # noqa: BLE001 - SystemExit and RunCancelled end here too
        request.progress.close()
        witness(error)
        return _broken(error)
    request.progress.close()
    return _returned(value, request, spec, report)


def _request(spec: RunSpec, emit: Emit, send_file: SendFile) -> Request:
    return Request(
        id=spec.run_id,
        user=User(spec.user),
        job_result=RunningResult(spec.run_id, spec.job_name),
        file_limit=spec.file_limit,
        send_file=send_file,
        emit=emit,
        progress=Progress(emit),
        display_limit=spec.display_limit,
        retries=spec.attempt - 1,
        is_retried=spec.is_retried,
    )


class _Report:
    """The log lines that jobnb itself adds to a run.

    They do not go through ``logging``, so that nothing a job sets there can lose them.
    """

    def __init__(self, source: str, emit: Emit) -> None:
        self._source = source
        self._emit = emit

    def log(self, level: str, grouping: str, message: str, *, about: str | None = None) -> None:
        """Adds one line."""
        event = LogEvent(
            time.time(),
            level,
            grouping,
            message,
            object=about,
            source=self._source,
            thread=threading.get_ident(),
        )
        self._emit(event)

    def begin(self, step: Step, secrets: list[str] | None = None) -> None:
        """Tells which step on the way to ``run()`` begins."""
        self._emit(StepEvent(step, secrets or []))


def _call_hooks_and_run(job: Job, kwargs: dict[str, Any], spec: RunSpec, report: _Report) -> Any:
    """The author's code in Nautobot's order; an exception leaves it after the hooks for it."""
    task: _Task = (job.request.id, (), kwargs)
    try:
        value = job.before_start(*task)
        if job.request.failure is None:
            value = _run_with_files(job, _live_inputs(job, kwargs, spec, report), spec.files)
        if job.request.failure is None:
            job.on_success(value, *task)
        elif job.request.is_retried:
            job.on_retry(value, *task, None)
            return value
        else:
            job.on_failure(value, *task, None)
        job.after_return(_status(job), value, *task, None)
    except BaseException as error:
        _call_hooks_after(error, job, task)
        raise
    return value


def _run_with_files(job: Job, inputs: dict[str, Any], paths: Mapping[str, str]) -> Any:
    """What ``run()`` returns; its files are open meanwhile."""
    if not paths:
        return _run(job, inputs)
    with ExitStack() as files:
        return _run(job, _with_content(inputs, paths, files))


def _run(job: Job, inputs: dict[str, Any]) -> Any:
    """What ``run()`` returns. A process that it has forked and that comes back as well ends here.

    Without that there would be two that go on to the hooks and to the end of one run.
    """
    process = os.getpid()
    try:
        value = job.run(**inputs)
    except BaseException as error:
        if os.getpid() != process:
            os._exit(_exit_code(error))
        raise
    if os.getpid() != process:
        os._exit(0)
    return value


def _exit_code(error: BaseException) -> int:
    """As Python itself would end."""
    if not isinstance(error, SystemExit):
        traceback.print_exception(error)
        return 1
    if error.code is None or isinstance(error.code, int):
        return error.code or 0
    print(error.code, file=sys.stderr)  # noqa: T201 - as sys.exit("text") does
    return 1


def _call_hooks_after(error: BaseException, job: Job, task: _Task) -> None:
    """The hooks for an exception; a run that was cancelled has not failed."""
    info = ExceptionInfo.of(error, hidden=_HERE)
    if _wrapped(error, RunCancelled) is None:
        if job.request.is_retried:
            job.on_retry(error, *task, info)
            return
        job.on_failure(error, *task, info)
        job.after_return(Status.FAILURE, error, *task, info)
        return
    try:
        job.after_return(Status.REVOKED, error, *task, info)
    except Exception:
        job.logger.exception("after_return() failed", extra={"grouping": "post_run"})


def _status(job: Job) -> Status:
    return Status.SUCCESS if job.request.failure is None else Status.FAILURE


def _live_inputs(
    job: Job, kwargs: dict[str, Any], spec: RunSpec, report: _Report
) -> dict[str, Any]:
    report.begin(Step.RESTORING)
    try:
        live = restore_inputs(type(job), kwargs, spec.resolved)
        secrets = sensitive_spellings(form_variables(type(job)), live)
    except InvalidInput:
        report.log("ERROR", "__call__", "Error deserializing kwargs")
        raise
    report.begin(Step.RUNNING, secrets)
    return live


def _with_content(
    inputs: dict[str, Any], paths: Mapping[str, str], files: ExitStack
) -> dict[str, Any]:
    """The inputs with their files open; they close with ``files``, after ``run()``."""
    for name, path in paths.items():
        uploaded = inputs.get(name)
        if isinstance(uploaded, UploadedFile):
            inputs[name] = files.enter_context(InputFile(path, uploaded))
    return inputs


def _returned(value: Any, request: Request, spec: RunSpec, report: _Report) -> FinishedEvent:
    """The end of a run whose code came to its end."""
    kept, failure = keep_value(value, request, spec.value_limit), request.failure
    if kept.problem is not None:
        report.log("WARNING", "post_run", kept.problem)
    if failure is None:
        report.log("SUCCESS", "post_run", "Job completed")
    return FinishedEvent(
        time.time(),
        Status.SUCCESS if failure is None else Status.FAILURE,
        None if failure is None else Reason.FAIL_CALLED,
        "" if failure is None else one_line(failure),
        value=kept.text,
        value_problem=kept.problem,
        value_file=kept.file,
    )


def _broken(error: BaseException) -> FinishedEvent:
    """The end of a run by an exception."""
    if cancellation := _wrapped(error, RunCancelled):
        return FinishedEvent(
            time.time(), Status.REVOKED, Reason.CANCELLED, str(cancellation), value=None
        )
    info = ExceptionInfo.of(error, hidden=_HERE)
    reason, detail = Reason.EXCEPTION, info.sentence
    if isinstance(error, SystemExit):
        code = "" if error.code is None else repr(error.code)
        reason, detail = Reason.SYSTEM_EXIT, one_line(f"The job called sys.exit({code}).")
    elif limit := _wrapped(error, SoftTimeLimitExceeded):
        reason, detail = Reason.SOFT_TIME_LIMIT, one_line(str(limit))
    return FinishedEvent(
        time.time(),
        Status.FAILURE,
        reason,
        detail,
        value=None,
        exc_type=info.type_name,
        exc_message=info.message,
        traceback=info.traceback,
    )


def _wrapped(error: BaseException, kind: type[_Raised]) -> _Raised | None:
    """What jobnb has raised, as it is or in a group, into which asyncio's task groups wrap it."""
    while isinstance(error, BaseExceptionGroup):
        inside = error.subgroup(kind)
        if inside is None:
            return None
        error = inside.exceptions[0]
    return error if isinstance(error, kind) else None
