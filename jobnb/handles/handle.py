"""A job of the catalog, ready to be run."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from functools import partial
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, get_args, get_type_hints

from jobnb.catalogs.discovery import JobsCatalog
from jobnb.engine.dispatch import Dispatch
from jobnb.errors import RunRefused
from jobnb.handles.forms import Form
from jobnb.handles.giving.outgoing import check_files, outgoing_inputs
from jobnb.handles.giving.unusable import refuse_unusable
from jobnb.handles.giving.uploads import UploadWriter, size_limit
from jobnb.handles.records.choosing import Choosable, choosable_options
from jobnb.handles.records.known import Found, KnownJobs
from jobnb.handles.results.live import watch
from jobnb.handles.results.result import Again, JobResult, Viewer
from jobnb.protocol import (
    Cleaned,
    JobDescription,
    Look,
    Page,
    SourceKind,
    parse_size,
)
from jobnb.rendering.job import render_job

if TYPE_CHECKING:
    # It brings what performs a job, which only who debugs needs here.
    from jobnb.engine.attempts.inline import InlineLauncher


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a run is started and awaited; never mixed with its inputs."""

    check: bool = True
    """Whether ``run()`` raises ``JobFailed`` unless the run ends in SUCCESS."""
    queue: str | None = None
    """Whose workers take the run; None for the first queue that the job declares."""
    queue_timeout: float | None = None
    """Seconds for which that queue may be without any worker; None for what the setting says."""
    priority: int = 0
    """Of the runs that wait for a worker, the one with the highest goes first."""
    key: str | None = None
    """There is one run of the job for each key: whoever gives it again gets that run again."""
    ignore_singleton_lock: bool = False
    """Whether the run works beside others although the job says that it must not."""
    profile: bool = False
    """Whether ``run()`` is measured with cProfile; the profile is a file of the run."""
    inline: bool = False
    """Whether the job runs in this process and thread, for the debugger."""
    soft_time_limit: float | None = None
    """Seconds until ``SoftTimeLimitExceeded`` is raised in the job; 0: never, None: as it says."""
    time_limit: float | None = None
    """Seconds until the job's processes are ended; 0: never, None: as it says."""
    memory_limit: int | str | None = None
    """Bytes, or ``512 MiB``, that its processes may have resident; 0: any, None: as it says."""

    def changed(self, changes: Mapping[str, Any]) -> Options:
        """These options with some of them changed.

        Raises:
            RunRefused: There is no such option, or the value is of the wrong type.
        """
        kinds: Final = get_type_hints(type(self))
        for name, value in changes.items():
            if name not in kinds:
                hint = get_close_matches(name, kinds, n=1)
                more = f"Did you mean {hint[0]!r}?" if hint else f"There are: {', '.join(kinds)}."
                raise RunRefused(f"There is no option {name!r}. {more}")
            wanted, fits = _LIMITS.get(name) or _check_of(kinds[name])
            if not fits(value):
                raise RunRefused(
                    f"Option {name!r} wants {wanted}, not {value!r} ({type(value).__name__})."
                )
        return replace(self, **changes)

    def of_run(self) -> dict[str, Any]:
        """Those that belong to the run, and not to whoever waits for it; only what was changed."""
        mine = vars(self)
        return {name: mine[name] for name, usual in _OF_RUN.items() if mine[name] != usual}


_OF_RUN: Final = {item.name: item.default for item in fields(Options) if item.name != "check"}
"""The options that belong to the run, with their defaults."""


def _check_of(kind: Any) -> tuple[str, Callable[[Any], bool]]:
    kinds = get_args(kind) or (kind,)
    words = ("None" if item is type(None) else item.__name__ for item in kinds)
    return " or ".join(words), partial(_fits, kinds)


def _fits(kinds: Sequence[type], value: Any) -> bool:
    """Whether an option may have that value; True is no number, but 1 is a number of seconds."""
    return type(value) in kinds or (type(value) is int and float in kinds)


def _is_seconds(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value is None or (is_number and isfinite(value) and value >= 0)


def _is_size(value: Any) -> bool:
    try:
        return value is None or parse_size(value) >= 0
    except ValueError:
        return False


_SECONDS: Final = ("a number of seconds, 0 or more", _is_seconds)
_LIMITS: Final[dict[str, tuple[str, Callable[[Any], bool]]]] = {
    "soft_time_limit": _SECONDS,
    "time_limit": _SECONDS,
    "memory_limit": ("bytes, or a text as '512 MiB'", _is_size),
}
"""Options of which more is wanted than a type: what, in words, and whether a value is that."""


@dataclass(frozen=True, kw_only=True)
class Runner:
    """What a job handle needs of the workbench."""

    dispatch: Dispatch
    viewer: Viewer
    known: KnownJobs
    """Finds the job as its code says now, and its source."""
    jobs: Callable[[], JobsCatalog]
    """Gives what asks that code."""
    reruns: Again
    inline: Callable[[], tuple[Dispatch, InlineLauncher]]
    """For runs in this thread."""
    foresee: Callable[[], None]
    """Loads what a run needs, meanwhile."""
    upload_limit: int
    """Most bytes of one file that is given to a job."""


_OUR_FRAMES: Final = 5
"""From a warning up to the line of whoever runs a job."""


def _warn_of_retries(job: JobDescription) -> None:
    if job.origin.kind is SourceKind.CELL and job.meta.get("max_retries"):
        warnings.warn(
            f"Job {job.name!r} was typed into a notebook cell, so its code is kept nowhere: a run "
            "of it is not tried again (Meta.max_retries).",
            stacklevel=_OUR_FRAMES,
        )


class JobHandle:
    """A job of the catalog, ready to be run."""

    call: Final = "jobnb.run"
    verb: Final = "Run"

    def __init__(
        self,
        runner: Runner,
        description: JobDescription,
        options: Options | None = None,
        *,
        found: Found | None = None,
    ) -> None:
        self._runner = runner
        self._found = found
        """What was found just now, for the first run; None: whoever runs it looks anew."""
        self._options = options or Options()
        self.description: Final = description

    @property
    def name(self) -> str:
        """Display name."""
        return self.description.name

    def options(self, **changes: Any) -> JobHandle:
        """The same job with other options: ``check``, ``queue``, ``time_limit``, ``inline`` ...

        Args:
            **changes: Any field of ``Options``.

        Raises:
            RunRefused: There is no such option, or the value is of the wrong type.
        """
        return JobHandle(self._runner, self.description, self._options.changed(changes))

    def run(self, /, **inputs: Any) -> JobResult:
        """Runs the job, shows its log as it grows, and waits for the end.

        An interrupt cancels the run, waits for its end and raises ``KeyboardInterrupt``; a second
        one stops waiting.

        Raises:
            InvalidInput: The inputs do not fit; nothing was started.
            RunRefused: The job may not run.
            JobFailed: It did not end in SUCCESS; not with ``options(check=False)``.
            Exception: With ``options(inline=True)`` what the job raised, as it is.
        """
        result = self._start(inputs)
        view = self._runner.viewer.open(result, cancels=True)
        watch(result.live, view, cancels=True, is_new=not self._options.inline)
        if self._options.inline:
            self._raise_own(result)
        if self._options.check:
            result.check()
        return result

    def submit(self, /, **inputs: Any) -> JobResult:
        """Starts the job and returns at once; ``await`` the result, or ``wait()`` for it.

        Raises:
            InvalidInput: The inputs do not fit; nothing was started.
            RunRefused: The job may not run.
        """
        if self._options.inline:
            raise RunRefused(
                "submit() returns at once, and an inline run keeps this thread busy: call run()."
            )
        result = self._start(inputs)
        self._runner.viewer.show(result)
        return result

    def form(self, /, **inputs: Any) -> Form:
        """The job's form, filled in with these inputs; the last value of a cell shows it.

        Raises:
            InvalidInput: There is no input of that name.
        """
        refuse_unusable(self.name, inputs)
        form: Form = self._runner.viewer.form(self, inputs)
        self._runner.foresee()  # Dask is there before anybody has filled it in
        return form

    @property
    def title(self) -> str:
        """What its form is headed with."""
        return self.name

    @property
    def preset(self) -> Mapping[str, Any]:
        """Nothing but the defaults stands in its form at first."""
        return {}

    @property
    def choosable(self) -> list[Choosable]:
        """The options that a form offers."""
        return list(choosable_options(self.description))

    def renewed(self) -> JobHandle | None:
        """The job as its file says now; None if its form would be no other.

        Raises:
            JobNotFound: The job is gone.
        """
        job = self._runner.known.find(self.description.class_path)
        is_same = job == self.description
        return None if is_same else JobHandle(self._runner, job, self._options)

    def look(self, inputs: Mapping[str, Any], names: Sequence[str]) -> Look:
        """How a form looks with these inputs, and what is wrong with those of ``names``.

        Raises:
            ChildError: The job's code ended the child, hangs, or failed.
        """
        return self._runner.jobs().look(self.description, inputs, names)

    def search(self, name: str, text: str, page: int, inputs: Mapping[str, Any]) -> Page:
        """Those of the objects that an input could have that fit a text, 20 to a page.

        Raises:
            InvalidInput: The other inputs do not let it search.
            ChildError: The job's code ended the child, hangs, or failed.
        """
        jobs = self._runner.jobs()
        return jobs.search(self.description, name, text, page=page, inputs=inputs)

    def clean(self, inputs: Mapping[str, Any]) -> Cleaned:
        """The inputs as a run would be given them.

        Raises:
            InvalidInput: They do not fit.
        """
        with outgoing_inputs(self.description, inputs, self._runner.upload_limit) as outgoing:
            return outgoing.clean(self._runner.jobs().clean)

    def start(self, inputs: Mapping[str, Any], options: Mapping[str, Any]) -> JobResult:
        """Starts a run that nobody shows yet; otherwise as ``options(...).submit(...)``."""
        return self.options(**options)._start(inputs)  # noqa: SLF001 - it is of this class

    def _start(self, inputs: Mapping[str, Any]) -> JobResult:
        runner = self._runner
        dispatch = runner.inline()[0] if self._options.inline else runner.dispatch
        found, self._found = self._found, None
        job, source = found or runner.known.find_to_run(self.description.class_path)
        with outgoing_inputs(job, inputs, runner.upload_limit) as outgoing:
            cleaned = outgoing.clean(runner.jobs().clean)
            _warn_of_retries(job)
            check_files(job, cleaned, outgoing.uploads, dispatch.content.file_sizes)
            files = tuple(outgoing.uploads.values())
            options = self._options.of_run()
            run = dispatch.submit(job, cleaned, source, files, options)
        return JobResult(
            runner.dispatch,
            runner.viewer,
            run.run_id,
            checks=self._options.check,
            reruns=runner.reruns,
        )

    def upload(self, name: str, file_name: str) -> UploadWriter:
        """Begins a file for an input, which somebody sends piece by piece.

        Args:
            name: Of the input.
            file_name: As its owner calls it.
        """
        variable, limit = self.description.variable(name), self._runner.upload_limit
        assert variable is not None, "a form asks only for inputs of its job"
        return UploadWriter(file_name, size_limit(variable, limit))

    def _raise_own(self, result: JobResult) -> None:
        """Raises what ended an inline run, so that a debugger finds the author's frames in it."""
        error = self._runner.inline()[1].take_error(result.id)
        wanted: tuple[type[BaseException], ...] = (KeyboardInterrupt,)
        if self._options.check:
            wanted = (KeyboardInterrupt, Exception)  # a SystemExit would end the kernel
        if isinstance(error, wanted):
            raise error

    def __repr__(self) -> str:
        names = ", ".join(variable.name for variable in self.description.variables)
        return f"<Job {self.name!r} ({names})>"

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        return render_job(self.description)
