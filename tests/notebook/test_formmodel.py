from __future__ import annotations

from pathlib import Path

import pytest

from jobnb.errors import InvalidInput
from jobnb.notebook.formmodel import FormModel
from jobnb.protocol import MASK
from tests.notebook.formjob import FakeJob, variable


def test_an_empty_form_has_the_defaults():
    job = FakeJob(
        variable("who", default="world"),
        variable("count", "IntegerVar"),
        variable("loud", "BooleanVar"),
        variable("token", sensitive=True, default="env:TOKEN"),
    )

    assert FormModel(job, {}).values == {"who": "world", "loud": False}


def test_what_was_given_is_checked_and_the_rest_is_left_alone():
    job = FakeJob(variable("who"), variable("count", required=True))
    model = FormModel(job, {"who": "bad"})

    assert model.errors == {"who": ["is bad."]}
    assert job.looks == [({"who": "bad"}, ["who"])]


def test_a_secret_that_an_earlier_run_had_none_of_is_not_said_to_be_given():
    model = FormModel(FakeJob(variable("token", sensitive=True)), {"token": ""})

    assert model.values == {"token": ""}


def test_a_form_that_nobody_has_touched_asks_nothing():
    job = FakeJob(variable("who", default="bad"))

    assert FormModel(job, {}).errors == {}
    assert job.looks == []


def test_filling_in_begins_anew():
    model = FormModel(
        FakeJob(variable("who", default="world"), variable("where")), {"where": "bad"}
    )
    model.fill({"who": "you"})

    assert model.values == {"who": "you"}
    assert model.errors == {}


@pytest.mark.parametrize("fill", [FormModel.fill, lambda model, inputs: model.put("whom", 1)])
def test_an_unknown_name_is_refused_and_nothing_changes(fill):
    model = FormModel(FakeJob(variable("who")), {"who": "you"})
    with pytest.raises(InvalidInput, match="whom: is no input of this job"):
        fill(model, {"whom": "x", "who": "y"})

    assert model.values == {"who": "you"}


def test_a_form_without_inputs_says_so():
    with pytest.raises(InvalidInput, match="There are: none"):
        FormModel(FakeJob(), {"who": "x"})


def test_a_secret_is_masked_and_given_to_the_run():
    job = FakeJob(variable("token", sensitive=True), variable("who"))
    model = FormModel(job, {"token": "s3cret"})
    model.fill({**model.values, "who": "you"})
    model.start({})

    assert model.values == {"token": MASK, "who": "you"}
    assert job.starts == [({"token": "s3cret", "who": "you"}, {})]


@pytest.mark.parametrize("empty", ["", None])
def test_a_secret_that_is_emptied_is_not_given(empty):
    model = FormModel(FakeJob(variable("token", sensitive=True)), {"token": "s3cret"})
    model.put("token", empty)

    assert model.given() == {}


def test_the_mask_is_a_value_like_any_other_where_nothing_was_masked():
    model = FormModel(FakeJob(variable("who"), variable("token", sensitive=True)), {"who": MASK})

    assert model.given() == {"who": MASK}


def test_an_emptied_field_is_given_as_empty_and_gets_no_default():
    model = FormModel(FakeJob(variable("who", default="world")), {})
    model.put("who", "")

    assert model.given() == {"who": ""}


def test_what_is_hidden_is_not_given_but_comes_back_as_it_was():
    boss = variable("boss", default="yes")
    model = FormModel(FakeJob(boss, variable("who", visible_when={"boss": ["yes"]})), {"who": "x"})
    model.put("boss", "no")
    model.refresh()
    assert model.values == {"boss": "no"}

    model.put("boss", "yes")
    model.refresh()
    assert model.values == {"boss": "yes", "who": "x"}


def test_what_depends_on_something_empty_is_hidden():
    first = variable("first", visible_when={"boss": ["yes"]})
    second = variable("second", visible_when={"first": ["yes"]})
    model = FormModel(FakeJob(variable("boss"), first, second), {})

    assert model.hidden == {"first", "second"}


def test_a_refused_start_shows_its_complaints_until_they_are_mended():
    job = FakeJob(variable("who", default="bad"))
    model = FormModel(job, {})
    with pytest.raises(InvalidInput):
        model.start({})
    assert model.errors == {"who": ["is bad."]}
    assert job.starts == []

    model.put("who", "good")
    model.refresh()
    assert model.errors == {}
    model.start({"queue": "gpu"})
    assert job.starts == [({"who": "good"}, {"queue": "gpu"})]


def test_mending_one_input_leaves_the_complaint_about_another():
    model = FormModel(FakeJob(variable("who", default="bad"), variable("where", default="bad")), {})
    with pytest.raises(InvalidInput):
        model.start({})
    model.put("who", "good")
    model.refresh()

    assert model.errors == {"where": ["is bad."]}


def test_a_form_that_cannot_be_checked_says_why():
    job = FakeJob(variable("who"))
    model = FormModel(job, {})
    job.trouble = "clean() does not end"
    model.put("who", "x")
    model.refresh()
    assert model.trouble == "clean() does not end"

    job.trouble = ""
    model.refresh()
    assert model.trouble == ""


def test_a_file_is_read_when_the_job_starts_and_not_before():
    job = FakeJob(variable("image", "FileVar"), variable("who"))
    model = FormModel(job, {"image": Path("image.bin"), "who": "x"})

    assert job.looks == [({"who": "x"}, ["who"])]
    assert model.given()["image"] == Path("image.bin")


def test_what_cannot_be_a_file_is_looked_at_like_any_other_value():
    job = FakeJob(variable("image", "FileVar"))
    FormModel(job, {"image": 77})

    assert job.looks == [({"image": 77}, ["image"])]


def test_the_first_look_comes_before_the_form_is_shown_if_it_matters():
    job = FakeJob(variable("who", "ChoiceVar"))
    FormModel(job, {})

    assert job.looks == [({}, [])]
