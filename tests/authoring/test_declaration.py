"""What is refused before a job ever runs."""

from __future__ import annotations

from functools import wraps
from typing import Any

import pytest

from jobnb.authoring.declaration import class_faults
from jobnb.authoring.job import Job
from jobnb.authoring.variables import ChoiceVar, IntegerVar, StringVar


def faults(job_class: type) -> list[str]:
    return list(class_faults(job_class, Job))


def job_with(**attributes: Any) -> type:
    attributes.setdefault("run", lambda self, **inputs: None)
    return type("Report", (Job,), attributes)


def run_by_name(self: Any, *, path: str) -> None: ...
def run_by_position(self: Any, path: str, more: int = 3) -> None: ...
def run_anything(self: Any, **inputs: Any) -> None: ...
def run_everything(*args: Any, **inputs: Any) -> None: ...
def run_nothing(self: Any) -> None: ...
def run_without_self(*, path: str) -> None: ...
def run_with_only_inputs(**inputs: Any) -> None: ...
def run_positional_only(self: Any, path: str, /) -> None: ...
async def run_async(self: Any, path: str) -> None: ...


def run_generator(self: Any, path: str) -> Any:
    yield path


async def run_async_generator(self: Any, path: str) -> Any:
    yield path


@wraps(run_by_name)
def run_decorated(*args: Any, **inputs: Any) -> None: ...


@wraps(run_async)
def run_async_inside(*args: Any, **inputs: Any) -> None: ...


@pytest.mark.parametrize(
    "run",
    [run_by_name, run_by_position, run_anything, run_everything, run_decorated, run_async_inside],
)
def test_a_run_that_takes_every_variable_is_sound(run: Any) -> None:
    assert faults(job_with(path=StringVar(), run=run)) == []


@pytest.mark.parametrize(
    ("run", "fault"),
    [
        (run_nothing, "run() has no argument 'path' for variable 'path'; add it or remove"),
        (run_without_self, "run() has no argument 'self'"),
        (run_with_only_inputs, "run() has no argument 'self'"),
        (run_positional_only, "run() takes 'path' by position only"),
        (run_async, "run() is async"),
        (run_generator, "run() has a yield"),
        (run_async_generator, "run() has a yield"),
        (staticmethod(run_by_name), "run must be a plain method, not of type 'staticmethod'"),
        (classmethod(run_by_name), "run must be a plain method, not of type 'classmethod'"),
        (3, "run must be a plain method, not of type 'int'"),
        (Job.run, "run() is not defined"),
    ],
)
def test_a_run_that_does_not_fit_is_named(run: Any, fault: str) -> None:
    (found,) = faults(job_with(path=StringVar(), run=run))

    assert found.startswith(fault)


def test_an_argument_that_no_variable_feeds_is_named() -> None:
    (found,) = faults(job_with(run=run_by_position))

    assert found.startswith("run() needs an argument 'path', but there is no variable 'path';")


@pytest.mark.parametrize(
    "name", ["name", "logger", "request", "user", "time_limit", "job_model", "fail", "create_file"]
)
def test_a_variable_on_a_reserved_name_is_refused(name: str) -> None:
    (found,) = faults(job_with(**{name: StringVar()}))

    assert found == f"variable {name!r} hides what every job has under this name; rename it"


def test_a_variable_that_does_not_fit_together_is_named() -> None:
    (found,) = faults(job_with(count=IntegerVar(default="x")))

    assert found.startswith("variable 'count': its own check refuses the default 'x'")


@pytest.mark.parametrize("name", ["description", "name", "time_limit"])
def test_an_option_in_the_class_itself_is_refused(name: str) -> None:
    (found,) = faults(job_with(**{name: "x"}))

    assert found == f"{name!r} stands in the class, where nothing reads it; move it into class Meta"


def test_a_misplaced_option_of_a_parent_is_found_as_well() -> None:
    class Mixin:
        hidden = True

    class Child(Mixin, Job):  # type: ignore[misc]
        def run(self) -> None: ...

    assert len(faults(Child)) == 1


@pytest.mark.parametrize("hook", ["before_start", "on_success", "after_return"])
def test_a_hook_that_nothing_would_await_is_refused(hook: str) -> None:
    (found,) = faults(job_with(**{hook: run_async}))

    assert found.startswith(f"{hook}() is async")


def test_every_fault_is_found() -> None:
    meta = type("Meta", (), {"hiden": True})

    assert len(faults(job_with(Meta=meta, user=StringVar(), run=run_by_name))) == 4


def clean_one(cls: Any, inputs: dict[str, Any]) -> Any: ...
def clean_none(cls: Any) -> Any: ...
def clean_named(cls: Any, *, inputs: dict[str, Any]) -> Any: ...
async def clean_async(cls: Any, inputs: dict[str, Any]) -> Any: ...


def clean_generator(cls: Any, inputs: dict[str, Any]) -> Any:
    yield inputs


@pytest.mark.parametrize("clean", [clean_one, lambda *_given: None, lambda _cls, data, _x=1: data])
def test_a_classmethod_that_takes_the_inputs_is_sound(clean: Any) -> None:
    assert faults(job_with(clean=classmethod(clean))) == []


@pytest.mark.parametrize(
    ("clean", "fault"),
    [
        (clean_one, "clean must be a classmethod, not of type 'function': it is called before"),
        (staticmethod(clean_one), "clean must be a classmethod, not of type 'staticmethod'"),
        (None, "clean must be a classmethod, not of type 'NoneType'"),
        (classmethod(clean_none), "clean() must take the inputs, as clean(cls, inputs): too many"),
        (classmethod(clean_named), "clean() must take the inputs, as clean(cls, inputs): too many"),
        (classmethod(clean_async), "clean() is async, and nothing awaits it"),
        (classmethod(clean_generator), "clean() has a yield"),
        (StringVar(), "variable 'clean' hides what every job has under this name"),
    ],
)
def test_a_check_across_that_cannot_be_called_is_named(clean: Any, fault: str) -> None:
    (found,) = faults(job_with(clean=clean))

    assert found.startswith(fault)


def test_links_between_variables_are_checked() -> None:
    (found,) = faults(job_with(a=StringVar(visible_when={"b": 1})))

    assert found.startswith("variable 'a': visible_when looks at 'b', but there is no variable")


def test_links_are_not_followed_where_a_variable_is_wrong_by_itself() -> None:
    (found,) = faults(job_with(a=ChoiceVar(lambda b: [b], visible_when=3)))

    assert found.startswith("variable 'a': visible_when must map")


@pytest.mark.parametrize(
    ("fieldsets", "fault"),
    [
        (
            {"Disk": ["path", "pat"]},
            "Meta.fieldsets has 'pat' under 'Disk', but there is no variable 'pat'",
        ),
        (
            {"Disk": ["path"], "More": ["path"]},
            "Meta.fieldsets has 'path' under 'Disk' and under 'More'; a form shows it once",
        ),
        ({"Disk": "path"}, "Meta.fieldsets must be a dictionary"),
    ],
)
def test_a_fieldset_that_does_not_fit_is_named(fieldsets: Any, fault: str) -> None:
    meta = type("Meta", (), {"fieldsets": fieldsets})

    (found,) = faults(job_with(Meta=meta, path=StringVar()))

    assert found.startswith(fault)


def test_no_variable_can_have_the_name_that_stands_for_all() -> None:
    (found,) = faults(job_with(__all__=StringVar()))

    assert found.startswith("variable '__all__' hides")
