"""What came of a run: whether it succeeded, and what it returned."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from jobnb.errors import JobFailed, NotFinished, ValueNotKept
from jobnb.handles.results.files import ResultFile
from jobnb.protocol import Status
from jobnb.protocol.dataframes import frame_of_file
from jobnb.store.values import RunRecord

_parse: Final = json.JSONDecoder().decode


class Ended(Protocol):
    """A ``JobResult``, whose run may have ended."""

    @property
    def record(self) -> RunRecord:
        """Everything about the run except its log and its files."""

    @property
    def files(self) -> Sequence[ResultFile]:
        """The files that the run made."""


def refuse_failure(result: Ended) -> None:
    """Passes if the run ended in SUCCESS.

    Raises:
        JobFailed: It ended otherwise.
        NotFinished: It has not ended.
    """
    record = result.record
    if not record.is_ready:
        raise NotFinished(f"{result} is {record.status}.")
    if record.status is Status.SUCCESS:
        return
    ended = f"Job {record.job_name!r} ended in {record.status}: {record.detail}"
    message = f"{ended} (result {record.run_id})"
    if record.key is not None:
        message += f". Its key {record.key!r} gives this run back; give another key to run the "
        message += "job again"
    raise JobFailed(message, result)


def value_of(result: Ended) -> Any:
    """What the job returned: as JSON gives it back, or a DataFrame; None if it raised.

    Raises:
        NotFinished: The run has not ended.
        ValueNotKept: It returned something else, or this process cannot read it.
    """
    record = result.record
    if not record.is_ready:
        raise NotFinished(
            f"{result} is {record.status}; its value is known at the end: call wait() first."
        )
    if record.value_problem is not None:
        raise ValueNotKept(f"{result}: {record.value_problem}")
    if record.value_file is not None:
        return _frame(result, record.value_file)
    return None if record.value is None else _parse(record.value)


def _frame(result: Ended, told: Mapping[str, Any]) -> Any:
    """The DataFrame in the file of which the database says that."""
    found = next((file for file in result.files if file.digest == told["digest"]), None)
    if found is None:
        raise ValueNotKept(f"{result}: the value is a DataFrame, but its file is not there.")
    try:
        return frame_of_file(found.read(), told)
    except ImportError as error:
        raise ValueNotKept(
            f"{result}: the value is a DataFrame, and this environment cannot read it: {error}. "
            f"Install what is missing, or save the file {found.name!r} of result.files."
        ) from error
