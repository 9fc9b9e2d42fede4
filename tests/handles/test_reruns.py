from __future__ import annotations

from types import SimpleNamespace

import pytest

from jobnb.errors import InvalidInput
from jobnb.handles.reruns import inputs_again


@pytest.fixture
def job(make_job):
    return make_job(who="StringVar", detail="StringVar", password="SecretVar", token="SecretVar")


def again(job, changes, *, hidden=(), withheld=("password",), **inputs):
    record = SimpleNamespace(inputs=inputs, withheld=withheld)
    return inputs_again(job, record, changes, lambda _inputs: hidden)


def test_inputs_are_given_again_with_changes(job):
    inputs = again(job, {"who": "y"}, withheld=(), who="x", detail="d", token="env:TOKEN")

    assert inputs == {"who": "y", "detail": "d", "token": "env:TOKEN"}


def test_what_was_never_stored_must_be_given_again(job):
    with pytest.raises(InvalidInput) as caught:
        again(job, {"token": "t"}, withheld=("password", "token"), who="x")

    [complaint] = caught.value.problems.pop("password")
    assert complaint == "is sensitive, so it was not kept; give it again: rerun(password=...)."
    assert caught.value.problems == {}


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
