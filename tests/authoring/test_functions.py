"""A job made of a typed function."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from enum import Enum
from typing import Any, Literal

import pytest

from jobnb.authoring.functions import argument_texts, job
from jobnb.authoring.inputs import clean_inputs, form_variables, restore_inputs
from jobnb.authoring.job import Job
from jobnb.authoring.joblog import get_task_logger
from jobnb.authoring.registration import describe_job, register_jobs, registered_jobs
from jobnb.errors import DeclarationError
from jobnb.protocol import Status

logger = get_task_logger(__name__)


class Mode(Enum):
    FAST = 1
    SLOW = 2


@job
def disk_report(path: str, limit: int = 90, mode: Mode = Mode.FAST) -> dict[str, Any]:
    """Says how full
    a disk is.

    And more.

    Args:
        path: A folder
            on the disk.
        limit (int): Percent.

    Returns:
        path: nothing of an argument.
    """
    logger.info("looking at %s", path)
    print("printed")  # noqa: T201 - a job may
    return {"path": path, "limit": limit, "mode": mode.name}


def received(function: Any, **raw: Any) -> dict[str, Any]:
    """What a function that returns its arguments was called with."""
    job_class = function.job_class
    live = restore_inputs(job_class, clean_inputs(job_class, raw).inputs)
    found: dict[str, Any] = job_class().run(**live)
    return found


def test_it_stays_a_function() -> None:
    assert disk_report("/") == {"path": "/", "limit": 90, "mode": "FAST"}
    assert disk_report.__name__ == "disk_report"
    assert list(inspect.signature(disk_report).parameters) == ["path", "limit", "mode"]
    assert repr(disk_report) == f"<job function {__name__}.disk_report>"


def test_registered_it_is_a_job() -> None:
    register_jobs(disk_report)

    (job_class,) = registered_jobs().values()
    assert job_class is disk_report.job_class
    described = describe_job(job_class, "x.py")
    assert described.class_path == f"{__name__}.disk_report"
    assert described.description == "Says how full\na disk is."
    assert [(item.name, item.default, item.description) for item in described.variables] == [
        ("path", None, "A folder on the disk."),
        ("limit", 90, "Percent."),
        ("mode", "1", ""),
    ]


def test_it_runs_as_a_job(run_job: Callable[..., Any]) -> None:
    outcome = run_job(disk_report.job_class, {"path": "/", "limit": 1, "mode": "2"})

    assert outcome.finished.value == '{"path":"/","limit":1,"mode":"SLOW"}'
    assert "looking at /" in outcome.messages


def test_a_traceback_begins_in_the_function(run_job: Callable[..., Any]) -> None:
    @job
    def fails() -> None:
        raise LookupError("gone")

    finished = run_job(fails.job_class).finished

    assert finished.status == Status.FAILURE
    assert "functions.py" not in finished.traceback.replace(__file__, "")
    assert "in fails" in finished.traceback


def test_options_are_those_of_meta() -> None:
    @job(name="Disk Report", hidden=True)
    def report() -> None: ...

    assert (report.job_class.name, report.job_class.hidden) == ("Disk Report", True)


def test_an_unknown_option_is_refused_where_every_job_is() -> None:
    @job(nam="x")
    def report() -> None: ...

    with pytest.raises(DeclarationError, match=r"Meta\.nam is no option"):
        register_jobs(report)


def test_defaults_of_the_signature_hold_for_what_is_not_given() -> None:
    @job
    def echo(
        a: str = "",
        b: int | None = None,
        c: list[str] = [],  # noqa: B006 - people write it
        d: dict[str, int] = {},  # noqa: B006
        e: int = 0,
        f: Literal[1, 2] = 2,
        g: str | None = "x",
        h: bool = True,  # noqa: FBT001, FBT002
        i: int = None,  # type: ignore[assignment]  # noqa: RUF013
    ) -> Any:
        return dict(locals())

    assert received(echo) == {
        "a": "", "b": None, "c": [], "d": {}, "e": 0, "f": 2, "g": "x", "h": True, "i": None,
    }  # fmt: skip
    assert {name for name, item in form_variables(echo.job_class).items() if item.required} == {
        "e",
        "f",
    }


def test_what_is_emptied_is_none_where_the_type_says_so() -> None:
    @job
    def echo(a: str | None = "x", b: list[str] | None = ["y"]) -> Any:  # noqa: B006
        return {"a": a, "b": b}

    assert received(echo, a="", b=[]) == {"a": None, "b": None}


def test_an_argument_that_is_a_job_gets_the_job() -> None:
    @job
    def asks(who: str, me: Job | None = None) -> Any:
        return (who, me)

    who, me = received(asks, who="x")
    assert (who, type(me)) == ("x", asks.job_class)
    assert asks("x") == ("x", None)


def test_what_cannot_be_asked_for_is_refused_all_at_once() -> None:
    with pytest.raises(DeclarationError) as caught:

        @job
        async def bad(a, b: set[int], /, c: int, *args: int, run: str, user: str, **more: str): ...

    assert [line.strip() for line in str(caught.value).splitlines()[1:]] == [
        "- bad() is async, and nothing awaits it; use asyncio.run() inside of it.",
        "- argument 'a' has no name that an input could have; declare each by its name.",
        "- argument 'b' has no name that an input could have; declare each by its name.",
        "- argument 'args' has no name that an input could have; declare each by its name.",
        "- argument 'run' hides what every job has under this name; rename it.",
        "- argument 'user' hides what every job has under this name; rename it.",
        "- argument 'more' has no name that an input could have; declare each by its name.",
    ]


def test_the_argument_and_its_type_are_named() -> None:
    with pytest.raises(DeclarationError, match="argument 'a' has no type; write a: str"):

        @job
        def bad(a): ...


def test_a_method_is_told_where_it_belongs() -> None:
    with pytest.raises(DeclarationError, match="argument 'self' is that of a method, and jobs"):

        @job
        def bad(self, a: int): ...


def test_an_annotation_that_means_nothing_is_told() -> None:
    with pytest.raises(DeclarationError, match="annotations cannot be read: NameError: name 'Nope"):

        @job
        def bad(a: Nope) -> None: ...  # type: ignore[name-defined]  # noqa: F821


@pytest.mark.parametrize("thing", [int, 3, print])
def test_only_a_function_can_be_one(thing: Any) -> None:
    with pytest.raises(DeclarationError, match=r"@jobs\.job stands before a function, not before"):
        job(thing)


@pytest.mark.parametrize(
    ("docstring", "texts"),
    [
        ("", {}),
        ("Only a sentence.", {}),
        ("x\n\nArguments:\n    a: One.\n    b (int): Two\n        lines.", {"a": "One.", "b": "Two lines."}),  # noqa: E501
        ("x\n\nArgs:\n    a:\n        Below.\n\n    b: After.", {"a": "Below.", "b": "After."}),
        ("x\n\nArgs:\n    a: With: a colon.\nReturns:\n    b: no", {"a": "With: a colon."}),
        ("x\n\nArgs:\n    no argument here\n    a: One.", {"a": "One."}),
    ],
)  # fmt: skip
def test_the_docstring_explains_arguments(docstring: str, texts: dict[str, str]) -> None:
    assert argument_texts(docstring) == texts
