"""Retries, limits, secrets, files and locks at once: none of them forgets the others."""

from __future__ import annotations

import pytest

from jobnb.protocol import Reason, Status

pytestmark = pytest.mark.cluster

JOBS = """
import os, time
from jobnb import jobs

class Again(jobs.Job):
    password = jobs.SecretVar()
    upload = jobs.FileVar(required=False)
    fails = jobs.IntegerVar(default=1)

    class Meta:
        max_retries = 2
        retry_delay = 0.2
        is_singleton = True

    def run(self, *, password, upload, fails):
        print("password is", password)
        number = self.request.retries + 1
        if number <= fails:
            raise ValueError(f"attempt {number} fails with {password}")
        return [len(password), None if upload is None else upload.read().decode()]

jobs.register_jobs(Again)
"""


@pytest.fixture
def again(project, bench):
    project.write("again.py", JOBS)
    return bench.get_job("Again")


@pytest.mark.parametrize("password", ["hunter2secret", "env:MY_TOKEN"])
def test_a_secret_and_a_file_reach_the_next_attempt_and_no_log(again, monkeypatch, password):
    monkeypatch.setenv("MY_TOKEN", "hunter2secret")
    result = again.run(password=password, upload=b"a,b")

    assert (result.status, result.value) == (Status.SUCCESS, [13, "a,b"])
    assert len(result.attempts) == 2
    assert "hunter2" not in str([*result.log, result.detail])
    assert "attempt 1 fails with ********" in str(result.log)


def test_what_was_given_is_shown_and_what_was_fixed_is_not(again):
    limited = again.options(profile=True, time_limit=60)
    result = limited.run(password="hunter2secret", fails=0)

    assert result.options == {"profile": True}
    assert result.record.options["limits"]["time_limit"] == 60


def test_an_inline_run_knows_references_files_and_masking_but_no_retry(again, monkeypatch):
    monkeypatch.setenv("MY_TOKEN", "hunter2secret")
    inline = again.options(inline=True, check=False)
    done = inline.run(password="env:MY_TOKEN", upload=b"a,b", fails=0)
    failed = inline.run(password="env:MY_TOKEN", fails=9)
    missing = inline.run(password="env:NOT_THERE")

    assert done.value == [13, "a,b"]
    assert "hunter2" not in str([*done.log, *failed.log, failed.detail])
    assert (failed.status, len(failed.attempts)) == (Status.FAILURE, 1)
    assert missing.reason == Reason.INPUT_MISSING
