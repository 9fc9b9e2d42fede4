"""Return values that are files of their run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from jobnb.errors import ValueNotKept
from jobnb.handles.files import ResultFile
from jobnb.protocol.dataframes import frame_of_file


class HasFiles(Protocol):
    """A ``JobResult``."""

    @property
    def files(self) -> Sequence[ResultFile]:
        """The files that the run made."""


def read_value(result: HasFiles, told: Mapping[str, Any]) -> Any:
    """The DataFrame that a run returned.

    Args:
        result: Of that run.
        told: What the database says of its file.

    Raises:
        ValueNotKept: The file is not there any more, or this process cannot read it.
    """
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
