"""Reruns: the inputs of an earlier run, as they are given again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from jobnb.errors import InvalidInput
from jobnb.protocol import JobDescription
from jobnb.store.values import RunRecord

FindHidden = Callable[[Mapping[str, Any]], Collection[str]]
"""Names of the inputs that are not asked for with these values."""


def inputs_again(
    job: JobDescription, record: RunRecord, changes: Mapping[str, Any], find_hidden: FindHidden
) -> dict[str, Any]:
    """What a run was given, with some inputs changed.

    Inputs that nobody asks for any more because of the changes are left out.

    Args:
        job: The job as it is now.
        record: The earlier run.
        changes: Inputs to give another value, or to give again.
        find_hidden: Asks the job.

    Raises:
        InvalidInput: An input was never stored and is not among the changes.
    """
    inputs = {**record.inputs, **changes}
    hidden = find_hidden(inputs)
    problems = {
        name: [f"is sensitive, so it was not kept; give it again: rerun({name}=...)."]
        for name in record.withheld
        if name not in changes and name not in hidden and job.variable(name) is not None
    }
    if problems:
        raise InvalidInput(job.name, problems)
    return {name: value for name, value in inputs.items() if name in changes or name not in hidden}
