from __future__ import annotations

import pytest

from jobnb.errors import ResultNotFound
from jobnb.protocol import READY_STATES, Reason, Status
from jobnb.store.tables.clock import now
from jobnb.store.values import EndOfRun
from jobnb.store.writing.appending import Batch
from jobnb.store.writing.endings import Ending


def test_the_end_is_kept_with_all_that_is_known_of_it(results, started, line):
    claim = started()
    end = EndOfRun(
        status=Status.FAILURE,
        reason=Reason.EXCEPTION,
        detail="ValueError: no",
        value='{"a": 1}',
        value_problem="too big",
        exc_type="ValueError",
        exc_message="no",
        traceback="Traceback ...",
        exit_code=1,
    )

    assert results.end(claim.run_id, claim.token, end, [line("last words")])
    record = results.get(claim.run_id)
    (attempt,) = results.attempts.of(claim.run_id)
    known = {name: getattr(record, name) for name in vars(end) if name != "exit_code"}
    assert known == {name: value for name, value in vars(end).items() if name != "exit_code"}
    assert (attempt.ended, attempt.reason, attempt.exit_code) == (record.ended, end.reason, 1)
    assert [entry.message for entry in results.entries.read(claim.run_id)] == ["last words"]


def test_a_run_ends_only_once(results, started):
    claim = started()
    results.end(claim.run_id, claim.token, EndOfRun(status=Status.SUCCESS))

    assert not results.end(claim.run_id, claim.token, EndOfRun(status=Status.FAILURE))
    assert results.state(claim.run_id).status is Status.SUCCESS


def test_a_run_that_is_to_be_retried_has_not_ended(results, started, make_claim):
    first = started()
    results.end(first.run_id, first.token, EndOfRun(status=Status.RETRY, reason=Reason.EXCEPTION))

    assert results.get(first.run_id).ended is None
    assert results.claim(make_claim(first.run_id, 2))
    assert results.get(first.run_id).attempts == 2


def test_a_child_that_ends_at_once_is_noted_with_its_end(results, started):
    claim = started()
    results.end(claim.run_id, claim.token, EndOfRun(status=Status.SUCCESS), pid=4242)

    assert [attempt.pid for attempt in results.attempts.of(claim.run_id)] == [4242]


def test_the_end_of_a_child_leaves_what_was_noted_of_it(results, started):
    claim = started()
    results.append(claim.run_id, claim.token, [], pid=4242)
    results.end(claim.run_id, claim.token, EndOfRun(status=Status.SUCCESS))

    assert [attempt.pid for attempt in results.attempts.of(claim.run_id)] == [4242]


def test_a_run_that_waits_can_be_closed(results, pending):
    run_id = pending()
    closing = {"status": Status.REVOKED, "reason": Reason.NEVER_STARTED, "detail": "Nobody came."}

    assert results.close_unstarted(run_id, **closing)
    record = results.get(run_id)
    assert {name: getattr(record, name) for name in closing} == closing
    assert record.ended is not None


def test_a_run_that_works_is_not_closed_as_unstarted(results, started):
    run_id = started().run_id
    closing = {"status": Status.REVOKED, "reason": Reason.NEVER_STARTED, "detail": ""}

    assert not results.close_unstarted(run_id, **closing)
    assert results.state(run_id).status is Status.STARTED


def test_cancelling_a_run_that_waits_ends_it(results, pending):
    run_id = pending()
    state = results.request_cancel(run_id, "bob")
    record = results.get(run_id)

    assert (state.status, state.last_entry, state.cancel_requested) == (Status.REVOKED, 0, True)
    assert (record.reason, record.cancelled_by) == (Reason.CANCELLED, "bob")
    assert record.detail == "Cancelled by bob before it started."
    assert record.ended == record.cancel_requested


def test_cancelling_a_run_that_works_asks_its_worker(results, started, worker):
    other, asked = started(), started()
    state = results.request_cancel(asked.run_id, "bob")

    assert (state.status, state.last_entry, state.cancel_requested) == (Status.STARTED, 0, True)
    assert results.attempts.held_by(worker.worker_id) == {
        other.token: None,
        asked.token: "bob",
    }
    assert results.attempts.held_by("another") == {}


def test_the_first_to_cancel_is_the_one_who_did(results, started):
    run_id = started().run_id
    results.request_cancel(run_id, "bob")
    first = results.get(run_id)
    results.request_cancel(run_id, "eve")

    assert results.get(run_id) == first


@pytest.mark.parametrize("status", sorted(READY_STATES))
def test_cancelling_a_run_that_has_ended_changes_nothing(results, started, worker, status):
    claim = started()
    results.end(claim.run_id, claim.token, EndOfRun(status=status))
    before = results.get(claim.run_id)

    assert results.request_cancel(claim.run_id, "bob").status is status
    assert results.get(claim.run_id) == before
    assert results.attempts.held_by(worker.worker_id) == {}


def test_what_is_not_there_cannot_be_cancelled(results):
    with pytest.raises(ResultNotFound):
        results.request_cancel("00000000-0000-0000-0000-000000000000", "ada")


def test_an_attempt_that_fails_while_somebody_cancels_is_not_tried_again(results, started):
    claim = started()
    results.request_cancel(claim.run_id, "ada")
    results.end(claim.run_id, claim.token, EndOfRun(status=Status.RETRY, due=now()))
    record = results.get(claim.run_id)

    assert (record.status, record.reason) == (Status.REVOKED, Reason.CANCELLED)
    assert record.detail == "Cancelled by ada before its next attempt."


@pytest.mark.parametrize("place", ["message", "object", "grouping", "source"])
def test_long_last_words_go_before_the_end_and_not_within_it(line, place):
    """As JSON 180 million control characters are more than PostgreSQL takes."""

    def is_short(words):
        batch = Batch([line(), line(**{place: words})], "postgresql")
        end = EndOfRun(status=Status.SUCCESS)
        return Ending("run", "token", end, batch, progress=None, pid=None).is_short

    assert is_short("\x1b" * 60_000)
    assert not is_short("\x1b" * 70_000)
