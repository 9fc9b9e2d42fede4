"""What a form offers besides the inputs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jobnb.handles.records.choosing import choosable_options


@pytest.mark.parametrize(
    ("meta", "names"),
    [
        ({}, ["profile"]),
        ({"task_queues": ["gpu"]}, ["profile"]),
        ({"task_queues": ["gpu", "default"]}, ["queue", "profile"]),
        ({"is_singleton": True}, ["profile", "ignore_singleton_lock"]),
        ({"max_concurrent": 2}, ["profile", "ignore_singleton_lock"]),
        ({"concurrency_key": ["site"]}, ["profile", "ignore_singleton_lock"]),
    ],
)
def test_only_what_makes_a_difference_for_the_job_is_offered(make_job, meta, names):
    job = replace(make_job(), meta=meta)

    assert [option.name for option in choosable_options(job)] == names


def test_the_first_queue_that_a_job_declares_is_the_default(make_job):
    job = replace(make_job(), meta={"task_queues": ["gpu", "default"]})

    assert next(choosable_options(job)).choices == ("gpu", "default")
