from __future__ import annotations

import signal

import pytest

from jobnb.engine.attempts.verdict import Clues, Stop, reach_verdict
from jobnb.protocol import FinishedEvent, Reason, Status

CANCEL = Stop(reason=Reason.CANCELLED, sentence="Cancelled by ada.", grace=5.0)


def finished(status=Status.SUCCESS, reason=None, detail=""):
    return FinishedEvent(1.0, status, reason, detail, "7")


@pytest.mark.parametrize(
    ("code", "reason"), [(0, Reason.EXIT_CODE), (3, Reason.EXIT_CODE), (-11, Reason.SIGNAL)]
)
def test_a_child_without_a_last_word_has_failed(code, reason):
    end = reach_verdict(None, None, code, was_killed=False)

    assert (end.status, end.reason, end.exit_code) == (Status.FAILURE, reason, code)
    assert "without reporting an end" in end.detail


def test_the_last_word_counts_whatever_the_process_did_afterwards():
    end = reach_verdict(finished(), None, -9, was_killed=True)

    assert (end.status, end.value) == (Status.SUCCESS, "7")


def test_a_job_that_finished_its_work_before_the_cancel_reached_it_is_a_success():
    assert reach_verdict(finished(), CANCEL, 0, was_killed=False).status is Status.SUCCESS


def test_a_job_that_raised_because_it_was_cancelled_is_revoked():
    end = reach_verdict(
        finished(Status.FAILURE, Reason.EXCEPTION, "x"), CANCEL, 0, was_killed=False
    )

    assert (end.status, end.reason) == (Status.REVOKED, Reason.CANCELLED)
    assert end.detail == "Cancelled by ada."


def test_a_job_that_had_to_be_killed_is_revoked_and_says_so():
    end = reach_verdict(None, CANCEL, -9, was_killed=True)

    assert end.status is Status.REVOKED
    assert end.detail == (
        "Cancelled by ada. Told to stop, it did not end by itself, so its process was killed."
    )


def test_a_job_that_was_told_and_ended_by_itself_needs_no_cause():
    end = reach_verdict(None, CANCEL, -15, was_killed=False)

    assert end.detail == "Cancelled by ada. Told to stop, its process ended (killed by SIGTERM)."


def test_a_crash_whose_own_words_fill_the_log_is_told_as_a_crash():
    full = Stop(reason=Reason.LOG_LIMIT, sentence="Full.", grace=1.0, status=Status.FAILURE)
    clues = Clues(place=" at disk.py:12")
    end = reach_verdict(None, full, -signal.SIGSEGV, was_killed=False, clues=clues)

    assert (end.reason, "SIGSEGV" in end.detail) == (Reason.SIGNAL, True)
    assert end.detail.endswith(" at disk.py:12.")


def test_a_limit_that_ended_the_job_is_a_failure_with_that_reason():
    limit = Stop(reason=Reason.TIME_LIMIT, sentence="Late.", grace=1.0, status=Status.FAILURE)

    assert reach_verdict(None, limit, -9, was_killed=True).status is Status.FAILURE
    end = reach_verdict(finished(Status.REVOKED, Reason.CANCELLED), limit, 0, was_killed=False)
    assert (end.status, end.reason, end.detail) == (Status.FAILURE, Reason.TIME_LIMIT, "Late.")


def test_a_kill_while_memory_is_short_is_probably_for_that():
    end = reach_verdict(None, None, -9, was_killed=False, clues=Clues(memory="it had much"))

    assert end.reason is Reason.OUT_OF_MEMORY
    assert "killed by SIGKILL, probably out of memory: it had much." in end.detail


def test_a_crash_is_told_with_its_place():
    end = reach_verdict(None, None, -11, was_killed=False, clues=Clues(place=" at a.py:1 in f()"))

    assert end.reason is Reason.SIGNAL
    assert end.detail.endswith("killed by SIGSEGV (a crash in native code) at a.py:1 in f().")
