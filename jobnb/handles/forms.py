"""What a form is to whoever holds it, and what it needs of its job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from jobnb.handles.choosing import Choosable
from jobnb.handles.result import JobResult
from jobnb.handles.uploads import UploadWriter
from jobnb.protocol import Cleaned, JobDescription, Look, Page


class Form(Protocol):
    """The inputs of one job while somebody fills them in; the last value of a cell shows it."""

    @property
    def values(self) -> dict[str, Any]:
        """What ``run()`` would be given now; secrets as ``********``.

        Assigning fills the form in: inputs that are left out get their defaults.
        """

    @values.setter
    def values(self, inputs: Mapping[str, Any]) -> None: ...

    @property
    def errors(self) -> dict[str, list[str]]:
        """What is wrong, by input; only of inputs that were given, until a run was refused."""

    def run(self) -> JobResult:
        """Starts the job and returns at once.

        Raises:
            InvalidInput: The inputs do not fit; the form shows it too.
            RunRefused: The job may not run.
        """


class FormJob(Protocol):
    """The job of a form; a ``JobHandle`` is one."""

    @property
    def description(self) -> JobDescription:
        """The job as plain data."""

    @property
    def choosable(self) -> Sequence[Choosable]:
        """Options that a person may set."""

    def look(self, inputs: Mapping[str, Any], names: Sequence[str]) -> Look:
        """How the form looks with these inputs, and the problems of some."""

    def search(self, name: str, text: str, page: int, inputs: Mapping[str, Any]) -> Page:
        """The objects that an input could have."""

    def clean(self, inputs: Mapping[str, Any]) -> Cleaned:
        """The inputs as they would be stored."""

    def upload(self, name: str, file_name: str) -> UploadWriter:
        """Begins a file for an input, which comes piece by piece."""

    def start(self, inputs: Mapping[str, Any], options: Mapping[str, Any]) -> JobResult:
        """Starts a run that nobody shows yet."""
