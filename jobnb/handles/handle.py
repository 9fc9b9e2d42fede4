"""A job of the catalog, ready to be run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any, Final, get_args, get_type_hints

from jobnb.engine.dispatch import Dispatch
from jobnb.errors import RunRefused
from jobnb.handles.result import JobResult, Viewer, watch
from jobnb.protocol import Cleaned, JobDescription, Snapshot, SnapshotFile


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
            if not _fits(value, kinds[name]):
                wanted = {item.name: str(item.type) for item in fields(self)}[name]
                raise RunRefused(
                    f"Option {name!r} wants {wanted.replace('|', 'or')}, not {value!r} "
                    f"({type(value).__name__})."
                )
        return replace(self, **changes)

    def of_run(self) -> dict[str, Any]:
        """Those that belong to the run, and not to whoever waits for it; only what was changed."""
        return {
            item.name: getattr(self, item.name)
            for item in fields(self)
            if item.name != "check" and getattr(self, item.name) != item.default
        }


def _fits(value: Any, kind: Any) -> bool:
    """Whether an option may have that value; True is no number, but 1 is a number of seconds."""
    kinds = get_args(kind) or (kind,)
    return type(value) in kinds or (type(value) is int and float in kinds)


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
        """The same job with other options: ``check``, ``queue``, ``priority``, ``key`` ...

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
        options = self._options.of_run()
        run_id = runner.dispatch.submit(job, cleaned.inputs, snapshot, read, options)
        return JobResult(runner.dispatch, runner.viewer, run_id, checks=self._options.check)

    def __repr__(self) -> str:
        names = ", ".join(variable.name for variable in self.description.variables)
        return f"<Job {self.name!r} ({names})>"
