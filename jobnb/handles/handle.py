"""A job of the catalog, ready to be run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from math import isfinite
from typing import Any, Final

from jobnb.engine.dispatch import Dispatch
from jobnb.errors import RunRefused
from jobnb.handles.result import JobResult, Viewer, watch
from jobnb.protocol import Cleaned, JobDescription, Snapshot, SnapshotFile, parse_size


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a run is started and awaited; never mixed with its inputs."""

    check: bool = True
    """Whether ``run()`` raises ``JobFailed`` unless the run ends in SUCCESS."""
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
        kinds: Final = {item.name: str(item.type) for item in fields(self)}
        for name, value in changes.items():
            if name not in kinds:
                hint = get_close_matches(name, kinds, n=1)
                more = f"Did you mean {hint[0]!r}?" if hint else f"There are: {', '.join(kinds)}."
                raise RunRefused(f"There is no option {name!r}. {more}")
            wanted, fits = _KINDS[kinds[name]]
            if not fits(value):
                raise RunRefused(
                    f"Option {name!r} wants {wanted}, not {value!r} ({type(value).__name__})."
                )
        return replace(self, **changes)

    @property
    def limits(self) -> dict[str, Any]:
        """What goes before the limits of the job."""
        return {name: getattr(self, name) for name in _LIMITS}


def _is_seconds(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value is None or (is_number and isfinite(value) and value >= 0)


def _is_size(value: Any) -> bool:
    try:
        return value is None or parse_size(value) >= 0
    except ValueError:
        return False


_LIMITS: Final = ("soft_time_limit", "time_limit", "memory_limit")
_KINDS: Final[dict[str, tuple[str, Callable[[Any], bool]]]] = {
    "bool": ("bool", lambda value: isinstance(value, bool)),
    "float | None": ("a number of seconds, 0 or more", _is_seconds),
    "int | str | None": ("bytes, or a text as '512 MiB'", _is_size),
}


@dataclass(frozen=True, kw_only=True)
class Runner:
    """What a job handle needs of the workbench."""

    dispatch: Dispatch
    viewer: Viewer
    clean: Callable[[JobDescription, Mapping[str, Any]], Cleaned]
    source: Callable[
        [JobDescription], tuple[JobDescription, Snapshot, Callable[[SnapshotFile], bytes]]
    ]
    """The job as its file says now, with the source that says so and a reader of its files."""


class JobHandle:
    """A job of the catalog, ready to be run."""

    def __init__(
        self, runner: Runner, description: JobDescription, options: Options | None = None
    ) -> None:
        self._runner = runner
        self._options = options or Options()
        self.description: Final = description

    @property
    def name(self) -> str:
        """Display name."""
        return self.description.name

    def options(self, **changes: Any) -> JobHandle:
        """The same job with other options: ``check``, and the limits of its runs.

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
        """
        result = self._start(inputs)
        watch(result, self._runner.viewer.open(result, cancels=True), cancels=True)
        if self._options.check:
            result.check()
        return result

    def submit(self, /, **inputs: Any) -> JobResult:
        """Starts the job and returns at once; ``await`` the result, or ``wait()`` for it.

        Raises:
            InvalidInput: The inputs do not fit; nothing was started.
            RunRefused: The job may not run.
        """
        result = self._start(inputs)
        self._runner.viewer.show(result)
        return result

    def _start(self, inputs: Mapping[str, Any]) -> JobResult:
        runner = self._runner
        job, snapshot, read = runner.source(self.description)
        cleaned = runner.clean(job, inputs)
        limits = self._options.limits
        run_id = runner.dispatch.submit(job, cleaned.inputs, snapshot, read, limits)
        return JobResult(runner.dispatch, runner.viewer, run_id, checks=self._options.check)

    def __repr__(self) -> str:
        names = ", ".join(variable.name for variable in self.description.variables)
        return f"<Job {self.name!r} ({names})>"
