"""Reruns: the inputs of an earlier run, as they are given again."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from jobnb.catalogs.discovery import JobsCatalog
from jobnb.engine.submitting.content import Source
from jobnb.handles.forms import Form
from jobnb.handles.giving.unusable import Unusable
from jobnb.handles.handle import JobHandle
from jobnb.handles.records.known import KnownJobs
from jobnb.handles.results.result import JobResult
from jobnb.protocol import JobDescription
from jobnb.store.values import RunRecord

FindHidden = Callable[[Mapping[str, Any]], Collection[str]]
"""Names of the inputs that are not asked for with these values."""

_OUR_FRAMES: Final = 5
"""From a warning here to the line of the user that calls ``rerun()`` or ``form()``."""


class Reruns:
    """Takes the jobs of earlier runs in hand again, with their inputs. Safe for any thread."""

    def __init__(
        self,
        known: KnownJobs,
        jobs: Callable[[], JobsCatalog],
        handle: Callable[[JobDescription], JobHandle],
    ) -> None:
        """Looks at nothing yet.

        Args:
            known: Finds the job of a run.
            jobs: Gives what asks its code.
            handle: Makes the handle of a job.
        """
        self._known = known
        self._jobs = jobs
        self._handle = handle

    def rerun(self, result: JobResult, changes: Mapping[str, Any]) -> JobResult:
        """A new run with the inputs of another one, some of them changed.

        Raises:
            JobNotFound: The job is gone.
            InvalidInput: They do not fit, or one that is sensitive and was not kept is missing.
        """
        job = self._known.job_of(result.record)

        def find_hidden(inputs: Mapping[str, Any]) -> tuple[str, ...]:
            return self._jobs().look(job, inputs, ()).hidden

        inputs = inputs_again(job, result.record, changes, find_hidden)
        return self._handle(job).options(check=result.checks).submit(**inputs)

    def form(self, result: JobResult, changes: Mapping[str, Any]) -> Form:
        """The form of a job with those inputs of a run that were kept, some of them changed.

        Raises:
            JobNotFound: The job is gone.
            InvalidInput: There is no input of that name.
        """
        handle = self._handle(self._known.job_of(result.record))
        return handle.form(**kept_inputs(handle.description, result.record) | dict(changes))

    def source_now(self, result: JobResult) -> Source:
        """The source of the job of a run, as it is now.

        Raises:
            JobNotFound: The job is gone.
        """
        return self._known.source_of(result.record)


def inputs_again(
    job: JobDescription, record: RunRecord, changes: Mapping[str, Any], find_hidden: FindHidden
) -> dict[str, Any]:
    """What a run was given, with some inputs changed.

    Inputs that nobody asks for any more because of the changes are left out. Those that were never
    stored and are not among the changes are ``Unusable``.

    Args:
        job: The job as it is now.
        record: The earlier run.
        changes: Inputs to give another value, or to give again.
        find_hidden: Asks the job.
    """
    inputs = {**kept_inputs(job, record), **changes}
    hidden = find_hidden(inputs)
    lost = {
        name: Unusable(f"is sensitive, so it was not kept; give it again: rerun({name}=...).")
        for name in record.withheld
        if name not in changes and name not in hidden and job.variable(name) is not None
    }
    given = {name: value for name, value in inputs.items() if name in changes or name not in hidden}
    return given | lost


def kept_inputs(job: JobDescription, record: RunRecord) -> dict[str, Any]:
    """The stored inputs of a run that the job still has; a warning names those that it has not."""
    kept = {name: value for name, value in record.inputs.items() if job.variable(name) is not None}
    if gone := [name for name in record.inputs if name not in kept]:
        warnings.warn(
            f"Job {job.name!r} has no input {' or '.join(map(repr, gone))} any more; what run "
            f"{record.run_id} had there is left out.",
            stacklevel=_OUR_FRAMES,
        )
    return kept
