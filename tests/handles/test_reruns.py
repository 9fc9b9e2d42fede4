from __future__ import annotations

from types import SimpleNamespace

import pytest

from jobnb.handles.giving.unusable import problems_in
from jobnb.handles.reruns import inputs_again


@pytest.fixture
def job(make_job):
    return make_job(who="StringVar", detail="StringVar", password="SecretVar", token="SecretVar")


def again(job, changes, *, hidden=(), withheld=("password",), **inputs):
    record = SimpleNamespace(run_id="r-1", inputs=inputs, withheld=withheld)
    return inputs_again(job, record, changes, lambda _inputs: hidden)


def test_inputs_are_given_again_with_changes(job):
    inputs = again(job, {"who": "y"}, withheld=(), who="x", detail="d", token="env:TOKEN")

    assert inputs == {"who": "y", "detail": "d", "token": "env:TOKEN"}


def test_what_was_never_stored_must_be_given_again(job):
    inputs = again(job, {"token": "t"}, withheld=("password", "token"), who="x")

    assert (inputs["token"], inputs["who"]) == ("t", "x")
    assert problems_in(inputs) == {
        "password": ["is sensitive, so it was not kept; give it again: rerun(password=...)."]
    }


def test_what_the_job_has_no_more_is_left_out_and_named(job):
    with pytest.warns(UserWarning, match="no input 'old' any more; what run r-1 had there"):
        inputs = again(job, {}, withheld=(), who="x", old=1)

    assert inputs == {"who": "x"}


def test_an_input_that_is_given_and_that_the_job_has_not_is_refused_as_ever(job):
    assert again(job, {"nope": 1}, withheld=(), who="x") == {"who": "x", "nope": 1}


@pytest.mark.parametrize("changes", [{"password": "new"}, {"password": ""}])
def test_what_is_given_again_is_enough(job, changes):
    assert again(job, changes, who="x") == {"who": "x", **changes}


def test_what_nobody_asks_for_any_more_is_left_out(job):
    assert again(job, {}, hidden=("detail", "password"), who="x", detail="d") == {"who": "x"}


def test_what_nobody_asks_for_is_kept_if_it_is_given(job):
    inputs = again(job, {"detail": "new"}, hidden=("detail", "password"), who="x", detail="d")

    assert inputs == {"who": "x", "detail": "new"}


def test_a_sensitive_input_that_the_job_has_no_more_is_not_asked_for(make_job):
    assert again(make_job(who="StringVar"), {}, who="x") == {"who": "x"}
