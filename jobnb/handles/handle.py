"""A job of the catalog, ready to be run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any, Final

from jobnb.engine.dispatch import Dispatch
from jobnb.engine.inline import InlineLauncher
from jobnb.errors import RunRefused
from jobnb.handles.result import JobResult, Viewer, watch
from jobnb.protocol import Cleaned, JobDescription, Snapshot, SnapshotFile


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a run is started and awaited; never mixed with its inputs."""

    check: bool = True
    """Whether ``run()`` raises ``JobFailed`` unless the run ends in SUCCESS."""
    inline: bool = False
    """Whether the job runs in this process and thread, for the debugger."""

    def changed(self, changes: Mapping[str, Any]) -> Options:
        """These options with some of them changed.

        Raises:
            RunRefused: There is no such option, or the value is of the wrong type.
        """
        kinds: Final = {item.name: bool for item in fields(self)}
        for name, value in changes.items():
            if name not in kinds:
                hint = get_close_matches(name, kinds, n=1)
                more = f"Did you mean {hint[0]!r}?" if hint else f"There are: {', '.join(kinds)}."
                raise RunRefused(f"There is no option {name!r}. {more}")
            if not isinstance(value, kinds[name]):
                raise RunRefused(
                    f"Option {name!r} wants {kinds[name].__name__}, not {value!r} "
                    f"({type(value).__name__})."
                )
        return replace(self, **changes)


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
    inline: Callable[[], tuple[Dispatch, InlineLauncher]]
    """For runs in this thread."""


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
        """The same job with other options: ``check``, ``inline``.

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
        watch(result, self._runner.viewer.open(result, cancels=True), cancels=True)
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

    def _start(self, inputs: Mapping[str, Any]) -> JobResult:
        runner = self._runner
        dispatch = runner.inline()[0] if self._options.inline else runner.dispatch
        job, snapshot, read = runner.source(self.description)
        cleaned = runner.clean(job, inputs)
        run_id = dispatch.submit(job, cleaned.inputs, snapshot, read)
        return JobResult(runner.dispatch, runner.viewer, run_id, checks=self._options.check)

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
