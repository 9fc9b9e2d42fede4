"""What a form is to whoever holds it, and what it needs of its job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from jobnb.handles.giving.uploads import UploadWriter
from jobnb.handles.records.choosing import Choosable
from jobnb.handles.records.editing import JobSettings
from jobnb.handles.results.result import JobResult
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


class EditForm(Protocol):
    """The record of one job while somebody edits it; the last value of a cell shows it."""

    @property
    def values(self) -> dict[str, Any]:
        """What is set, by setting; assigning fills the form in."""

    @values.setter
    def values(self, settings: Mapping[str, Any]) -> None: ...

    @property
    def errors(self) -> dict[str, list[str]]:
        """What is wrong, by setting."""

    def save(self) -> JobSettings:
        """Saves what was changed in it.

        Raises:
            InvalidSetting: Some do not fit; the form shows it too.
            EditConflict: Somebody has changed the same meanwhile.
        """


class FormJob(Protocol):
    """What a form is about; a ``JobHandle`` is one, and so is a ``JobEditor``."""

    @property
    def call(self) -> str:
        """What does in Python what the form does: ``jobnb.run``."""

    @property
    def verb(self) -> str:
        """What its button says."""

    @property
    def description(self) -> JobDescription:
        """The job as plain data."""

    @property
    def title(self) -> str:
        """What the form is headed with."""

    @property
    def preset(self) -> Mapping[str, Any]:
        """What stands in the form before anybody gives it anything, besides the defaults."""

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

    def start(self, inputs: Mapping[str, Any], options: Mapping[str, Any]) -> Any:
        """Does what the button says: starts a run that nobody shows yet, and gives it."""

    def renewed(self) -> FormJob | None:
        """The same as it is now; None if its form would be no other.

        Raises:
            JobNotFound: The job is gone.
        """
