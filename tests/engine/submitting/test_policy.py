from __future__ import annotations

import json

import pytest

from jobnb.engine.submitting.policy import fix_policy
from jobnb.protocol import JobDescription, RunPolicy
from jobnb.settings import load_settings

SETTINGS = load_settings({"time_limit": 600, "memory_limit": 1000}, environment={})


def fix(meta, overrides=None, settings=SETTINGS, **options):
    job = JobDescription(
        class_path="a.A", module="a", class_name="A", name="A", grouping="", description="",
        file="a.py", meta=meta,
    )  # fmt: skip
    return fix_policy(job.overridden(overrides or {}), options, settings)


@pytest.mark.parametrize(
    ("meta", "overrides", "option", "limit"),
    [
        ({}, {}, None, 600),
        ({"time_limit": 0}, {}, None, 600),
        ({"time_limit": 5}, {}, None, 5),
        ({"time_limit": 5}, {"time_limit": 6}, None, 6),
        ({"time_limit": 5}, {"time_limit": 0}, None, 600),
        ({"time_limit": 5}, {"time_limit": 6}, 7, 7),
        ({"time_limit": 5}, {"time_limit": 6}, 0, 0),
    ],
)
def test_an_option_goes_before_the_record_that_before_meta_and_that_before_the_setting(
    meta, overrides, option, limit
):
    assert fix(meta, overrides, time_limit=option).limits.time_limit == limit


def test_a_size_may_be_a_text_wherever_it_is_said():
    assert fix({"memory_limit": "1 KiB"}).limits.memory_limit == 1024
    assert fix({}, memory_limit="1 kB").limits.memory_limit == 1000


def test_a_policy_survives_its_way_through_the_options_of_a_run():
    policy = fix({"max_retries": 3, "retry_backoff": True, "max_entries": 9})

    assert RunPolicy.of(policy.to_options()) == policy
    assert policy.retries.max_retries == 3


def test_options_of_another_version_are_read_as_far_as_they_are_known():
    assert RunPolicy.of({"limits": {"time_limit": 3, "of_the_future": 1}}).limits.time_limit == 3
    assert RunPolicy.of({}) == RunPolicy()


def test_what_the_job_hides_is_added_to_what_the_submitter_hides():
    settings = load_settings(environment={"JOBNB_SANITIZER_PATTERNS": '[["a+", "b"], ["c", "d"]]'})
    policy = fix({"sanitizer_patterns": [["c", "d"], ["e", "f"]]}, settings=settings)

    assert policy.sanitizer_patterns == (("a+", "b"), ("c", "d"), ("e", "f"))
    assert RunPolicy.of(json.loads(json.dumps(policy.to_options()))) == policy


def test_the_default_patterns_are_not_stored_with_each_run():
    assert "sanitizer_patterns" not in fix({}).to_options()
