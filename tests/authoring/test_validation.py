"""What a job says about all of its inputs together."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from jobnb.authoring.inputs import clean_inputs
from jobnb.authoring.job import Job
from jobnb.authoring.validation import ValidationError, check_across, has_own_check
from jobnb.authoring.variables import (
    REQUIRED,
    BooleanVar,
    IntegerVar,
    JSONVar,
    SecretVar,
    StringVar,
)
from jobnb.errors import WHOLE_JOB, DeclarationError, InvalidInput


class Span(Job):
    start = IntegerVar()
    end = IntegerVar(default=10)
    data = JSONVar(required=False)
    key = SecretVar(required=False)
    deep = BooleanVar()
    depth = IntegerVar(visible_when={"deep": True})

    def run(self, **inputs: Any) -> None: ...


def job_that(check: Any) -> type:
    return type("Checked", (Span,), {"clean": classmethod(check)})


def inputs_after(check: Any, **raw: Any) -> dict[str, Any]:
    return clean_inputs(job_that(check), {"start": 1, **raw}).inputs


def problems_after(error: BaseException) -> dict[str, list[str]]:
    def check(_cls: type, _inputs: dict[str, Any]) -> Any:
        raise error

    with pytest.raises(InvalidInput) as caught:
        inputs_after(check)
    return caught.value.problems


def test_a_job_without_one_has_no_check_of_its_own() -> None:
    assert not has_own_check(Span)
    assert not has_own_check(object)
    assert Span.clean({"a": 1}) == {"a": 1}


def test_it_gets_the_live_values_of_all_inputs() -> None:
    seen: dict[str, Any] = {}

    def check(_cls: type, inputs: dict[str, Any]) -> Any:
        seen.update(inputs)
        return inputs

    inputs_after(check, key="env:TOKEN", start="3")

    assert seen == {
        "start": 3, "end": 10, "data": None, "key": "env:TOKEN", "deep": False, "depth": None,
    }  # fmt: skip


def test_it_is_not_called_while_an_input_is_wrong() -> None:
    def check(_cls: type, _inputs: dict[str, Any]) -> Any:
        pytest.fail("it was called")

    with pytest.raises(InvalidInput):
        inputs_after(check, end="x")


@pytest.mark.parametrize(
    ("error", "problems"),
    [
        (ValidationError({"end": "too early"}), {"end": ["too early"]}),
        (
            ValidationError({"end": ["a", "b"], "start": ("c",)}),
            {"start": ["c"], "end": ["a", "b"]},
        ),
        (ValidationError("no"), {WHOLE_JOB: ["no"]}),
        (ValidationError(["no", "never"]), {WHOLE_JOB: ["no", "never"]}),
        (ValidationError({"__all__": "no", "end": "x"}), {"end": ["x"], WHOLE_JOB: ["no"]}),
        (ValidationError({"ende": "x"}), {WHOLE_JOB: ["ende: x"]}),
        (ValidationError({}), {WHOLE_JOB: ["clean() refuses these inputs and does not say why."]}),
    ],
)
def test_what_it_refuses_is_told_by_name(
    error: ValidationError, problems: dict[str, list[str]]
) -> None:
    found = problems_after(error)

    assert list(found.items()) == list(problems.items())


def test_a_complaint_about_the_whole_is_shown_without_a_name() -> None:
    error = InvalidInput("Span", {"end": ["x"], WHOLE_JOB: ["Not today."]})

    assert str(error) == "Job 'Span' refuses these inputs:\n  end: x\n  Not today."


def test_the_error_reads_well_by_itself_and_can_be_pickled() -> None:
    error = pickle.loads(pickle.dumps(ValidationError({"end": "x", "__all__": "no"})))

    assert str(error) == "end: x no"


def test_any_other_error_is_one_of_the_code() -> None:
    def check(_cls: type, _inputs: dict[str, Any]) -> Any:
        raise ValueError("bug")

    with pytest.raises(ValueError, match="bug"):
        inputs_after(check)


def test_a_change_goes_through_the_variable_again() -> None:
    assert inputs_after(lambda _cls, inputs: {**inputs, "end": " 12 "})["end"] == 12


def test_a_change_inside_of_a_value_is_seen() -> None:
    def check(_cls: type, inputs: dict[str, Any]) -> Any:
        inputs["data"].append(2)
        return inputs

    assert inputs_after(check, data=[1])["data"] == [1, 2]


def test_a_change_that_does_not_fit_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        inputs_after(lambda _cls, inputs: {**inputs, "deep": True})

    assert caught.value.problems == {"depth": [REQUIRED]}


def test_a_literal_secret_stays_what_it_is_beside_a_change() -> None:
    job_class = job_that(lambda _cls, inputs: {**inputs, "end": 3})

    cleaned = clean_inputs(job_class, {"start": 1, "key": "text:env:TOKEN"})

    assert (cleaned.inputs["key"], cleaned.references) == ("env:TOKEN", ())


@pytest.mark.parametrize(
    ("outcome", "message"),
    [
        (None, "must return the inputs, not 'NoneType'; end it with: return inputs"),
        ([], "must return the inputs, not 'list'"),
        ({"who": 1, "x": 2}, "must return only inputs of the job, but 'x' is none"),
        ({"x": 1}, "must return all inputs, but 'who' is missing, and only inputs of the job"),
    ],
)
def test_it_must_return_the_inputs(outcome: Any, message: str) -> None:
    class Forgetful:
        who = StringVar()

        @classmethod
        def clean(cls, _inputs: dict[str, Any]) -> Any:
            return outcome

    with pytest.raises(DeclarationError) as caught:
        check_across(Forgetful, {"who": "x"})

    assert str(caught.value).startswith(f"clean() of job 'Forgetful' {message}")
