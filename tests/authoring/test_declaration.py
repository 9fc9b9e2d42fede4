"""What is refused before a job ever runs."""

from __future__ import annotations

from functools import wraps
from typing import Any

import pytest

from jobnb.authoring.declaration import class_faults
from jobnb.authoring.job import Job
from jobnb.authoring.variables import IntegerVar, StringVar


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
