"""Registration: which classes are taken in, and what other processes are told of them."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from jobnb.authoring.job import Job
from jobnb.authoring.registration import describe_job, register_jobs, registered_jobs
from jobnb.authoring.variables import BooleanVar, IntegerVar, StringVar
from jobnb.errors import DeclarationError
from jobnb.protocol import CELL_MODULE, JobDescription


class Greet(Job):
    """Greets somebody."""

    class Meta:
        name = "Hello World"
        field_order = ("often",)
        time_limit = 2.5

    who = StringVar(default="world")
    often = IntegerVar(min_value=1)

    def run(self, *, who: str, often: int) -> str:
        return who * often


class Plain(Job):
    def run(self) -> None: ...


class TestRegistration:
    def test_classes_are_known_by_path_in_the_order_of_registration(self) -> None:
        register_jobs(Plain)
        register_jobs(Greet)

        assert registered_jobs() == {f"{__name__}.Plain": Plain, f"{__name__}.Greet": Greet}
        assert list(registered_jobs().values()) == [Plain, Greet]

    def test_a_second_registration_changes_nothing(self) -> None:
        register_jobs(Plain, Plain)
        register_jobs(Plain)

        assert list(registered_jobs().values()) == [Plain]

    def test_another_class_of_the_same_path_is_refused(self) -> None:
        register_jobs(Plain)
        twin = type("Plain", (Plain,), {"__module__": __name__})

        with pytest.raises(DeclarationError, match="another class of this name is registered"):
            register_jobs(twin)

    def test_two_classes_of_one_path_in_one_call_are_refused(self) -> None:
        twin = type("Plain", (Plain,), {"__module__": __name__})

        with pytest.raises(DeclarationError, match="another class of this name is registered"):
            register_jobs(Plain, twin)

    @pytest.mark.parametrize("thing", [None, "Greet", 3])
    def test_what_is_no_class_is_refused(self, thing: Any) -> None:
        with pytest.raises(
            DeclarationError, match=r"takes classes, and functions decorated with jobs\.job, not"
        ):
            register_jobs(thing)

    def test_a_class_that_is_no_job_is_refused(self) -> None:
        with pytest.raises(DeclarationError, match=r"does not derive from jobs\.Job"):
            register_jobs(StringVar)  # type: ignore[arg-type]

    def test_a_refusal_names_every_fault_of_every_class_and_registers_none(self) -> None:
        class NoRun(Job):
            class Meta:
                hiden = True

        class NoArgument(Job):
            path = StringVar()

            def run(self) -> None: ...

        with pytest.raises(DeclarationError) as caught:
            register_jobs(Plain, NoRun, NoArgument)

        first, *rest = str(caught.value).splitlines()
        assert first.endswith("NoRun' has 2 faults:")
        assert rest[0] == "  - Meta.hiden is no option; perhaps you mean 'hidden'."
        assert rest[1].startswith("  - run() is not defined")
        assert "NoArgument': run() has no argument 'path' for variable 'path';" in rest[2]
        assert registered_jobs() == {}


class TestDescription:
    def test_it_says_all_that_other_processes_must_know(self) -> None:
        described = describe_job(Greet, "greetings/hello.py")

        assert described.class_path == f"{__name__}.Greet"
        assert (described.module, described.class_name) == (__name__, "Greet")
        assert (described.name, described.description) == ("Hello World", "Greets somebody.")
        assert (described.grouping, described.file) == (__name__, "greetings/hello.py")
        assert [variable.name for variable in described.variables] == ["often", "who"]
        assert (described.meta["time_limit"], described.meta["field_order"]) == (2.5, ["often"])

    def test_it_survives_json(self) -> None:
        described = describe_job(Greet, "hello.py")

        assert JobDescription(**json.loads(json.dumps(asdict(described)))) == described


def test_a_class_that_is_typed_anew_replaces_the_one_before() -> None:
    body = {"__module__": CELL_MODULE, "run": Plain.run}
    first, second = type("Greet", (Job,), dict(body)), type("Greet", (Job,), dict(body))
    register_jobs(first)
    register_jobs(second)

    assert list(registered_jobs().values()) == [second]


def test_a_subclass_has_the_variables_of_its_parent() -> None:
    class Loud(Greet):
        loud = BooleanVar()

        def run(self, **inputs: Any) -> str:
            return str(inputs)

    register_jobs(Loud)

    names = [item.name for item in describe_job(Loud, "x.py").variables]
    assert names == ["often", "who", "loud"]
