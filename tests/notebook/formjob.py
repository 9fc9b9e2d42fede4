"""A job for forms that needs no child: it checks a little itself, and notes what it is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from jobnb.errors import ChildError, InvalidInput
from jobnb.handles.giving.uploads import UploadWriter
from jobnb.handles.records.choosing import Choosable
from jobnb.protocol import Cleaned, JobDescription, Look, Page, VariableDescription


def variable(name: str, kind: str = "StringVar", **more: Any) -> VariableDescription:
    common = {"label": name.capitalize(), "description": "", "required": False, "default": None}
    return VariableDescription(name=name, type=kind, **common | more)


def job(*variables: VariableDescription, **more: Any) -> JobDescription:
    return JobDescription(
        class_path="hello.Hello",
        module="hello",
        class_name="Hello",
        name="Hello World",
        grouping="Examples",
        description="Greets.",
        file="hello.py",
        variables=variables,
        **more,
    )


class Started:
    """What stands for a job result."""

    id = "0123456789"


class FakeJob:
    """The value "bad" fits no input; an input called ``boss`` with "no" hides those that ask it."""

    call = "jobnb.run"
    verb = "Run"
    title = "Hello World"
    preset: ClassVar = {}

    def __init__(self, *variables: VariableDescription, **more: Any) -> None:
        self.description = job(*variables, **more)
        self.edited: FakeJob | Exception | None = None
        self.choosable = [
            Choosable(name="queue", text="Where it runs.", choices=("gpu", "default")),
            Choosable(name="profile", text="How long it takes."),
        ]
        self.looks: list[tuple[dict[str, Any], list[str]]] = []
        self.starts: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self.trouble = ""

    def look(self, inputs: Mapping[str, Any], names: Sequence[str]) -> Look:
        self.looks.append((dict(inputs), list(names)))
        if self.trouble:
            raise ChildError(self.trouble)
        hidden = [item.name for item in self.description.variables if self._hides(item, inputs)]
        return Look(hidden=hidden, problems={n: t for n, t in _bad(inputs).items() if n in names})

    def search(self, name: str, text: str, page: int, inputs: Mapping[str, Any]) -> Page:
        if self.trouble:
            raise ChildError(self.trouble)
        return Page(items=[[page, f"{name} {text}"]], has_more=True)

    def clean(self, inputs: Mapping[str, Any]) -> Cleaned:
        if problems := _bad(inputs):
            raise InvalidInput(self.description.name, problems)
        return Cleaned(inputs=dict(inputs))

    def renewed(self) -> FakeJob | None:
        if isinstance(self.edited, Exception):
            raise self.edited
        return self.edited

    def upload(self, name: str, file_name: str) -> UploadWriter:
        return UploadWriter(file_name, 10)

    def start(self, inputs: Mapping[str, Any], options: Mapping[str, Any]) -> Any:
        self.clean(inputs)
        self.starts.append((dict(inputs), dict(options)))
        return Started()

    def _hides(self, item: VariableDescription, inputs: Mapping[str, Any]) -> bool:
        return any(inputs.get(name) not in wanted for name, wanted in item.visible_when.items())


def _bad(inputs: Mapping[str, Any]) -> dict[str, list[str]]:
    return {name: ["is bad."] for name, value in inputs.items() if value == "bad"}
