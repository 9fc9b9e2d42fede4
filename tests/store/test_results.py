from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from jobnb.errors import SnapshotError, StoreError
from jobnb.protocol import LEVELS, READY_STATES, Reason, Status
from jobnb.store.environments import Environment
from jobnb.store.values import EndOfRun


def test_a_new_run_is_pending_and_holds_what_it_was_given(results, pending):
    run_id = pending(inputs={"who": "x", "n": 3}, options={"queue": "gpu"}, embedded=True)
    record = results.get(run_id)

    assert (record.status, record.last_entry, record.attempts) == (Status.PENDING, 0, 0)
    assert record.inputs == {"who": "x", "n": 3}
    assert (record.options, record.embedded, record.user) == ({"queue": "gpu"}, True, "ada")
    assert record.counts == dict.fromkeys(LEVELS, 0)
    assert (record.started, record.ended, record.worker, record.reason) == (None,) * 4


def test_times_come_back_aware_and_in_utc(results, started):
    record = results.get(started().run_id)

    assert record.created.tzinfo is UTC
    assert record.started.tzinfo is UTC
    assert datetime.now(UTC) - record.created < timedelta(minutes=1)


def test_a_run_is_written_down_only_once(results, pending):
    run_id = pending()

    with pytest.raises(StoreError, match="refused"):
        pending(run_id=run_id)


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
    (attempt,) = results.attempts(claim.run_id)
    known = {name: getattr(record, name) for name in vars(end) if name != "exit_code"}
    assert known == {name: value for name, value in vars(end).items() if name != "exit_code"}
    assert (attempt.ended, attempt.reason, attempt.exit_code) == (record.ended, end.reason, 1)
    assert [entry.message for entry in results.read_entries(claim.run_id)] == ["last words"]


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


def test_the_child_of_an_attempt_is_noted(results, started, worker):
    claim = started()
    results.append(claim.run_id, claim.token, [], pid=4242)
    (attempt,) = results.attempts(claim.run_id)

    assert (attempt.pid, attempt.number, attempt.ended) == (4242, 1, None)
    assert (attempt.worker, attempt.host) == (worker.name, worker.host)


def test_a_child_that_ends_at_once_is_noted_with_its_end(results, started):
    claim = started()
    results.end(claim.run_id, claim.token, EndOfRun(status=Status.SUCCESS), pid=4242)

    assert [attempt.pid for attempt in results.attempts(claim.run_id)] == [4242]


def test_the_end_of_a_child_leaves_what_was_noted_of_it(results, started):
    claim = started()
    results.append(claim.run_id, claim.token, [], pid=4242)
    results.end(claim.run_id, claim.token, EndOfRun(status=Status.SUCCESS))

    assert [attempt.pid for attempt in results.attempts(claim.run_id)] == [4242]


def test_a_claim_gives_the_run_as_it_is_then(results, pending, make_claim, worker):
    claim = make_claim(pending(key="one"))
    installed = Environment.of({"python": "3.11.7"})
    record = results.claim(claim, installed)

    assert record == results.get(claim.run_id)
    assert (record.status, record.attempts, record.worker) == (Status.STARTED, 1, worker.name)
    assert results.environment(claim.run_id) == installed.facts


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
    assert results.held_attempts(worker.worker_id) == {
        other.token: None,
        asked.token: "bob",
    }
    assert results.held_attempts("another") == {}


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
    assert results.held_attempts(worker.worker_id) == {}


def test_hostile_text_is_kept_wherever_it_stands(results, pending):
    hostile = "a\0b\udce9'\"; DROP TABLE jobnb_job; -- 🚀" + "x" * 100_000
    run_id = pending(job_name=hostile, source_file=hostile, inputs={hostile: hostile})
    record = results.get(run_id)

    assert record.inputs == {hostile: hostile}
    assert record.job_name == record.source_file
    assert record.job_name[-100_020:].endswith("🚀" + "x" * 100_000)


def test_a_run_points_only_to_a_snapshot_that_is_stored(pending):
    with pytest.raises(SnapshotError, match="is not stored"):
        pending(snapshot="0" * 64)


def test_what_waits_moves_with_its_owner_to_another_scheduler(results, pending, started, worker):
    waiting, working, others = (
        pending(),
        started(scheduler_id="Scheduler-9").run_id,
        pending(owner_id="somebody else"),
    )
    over = started()
    results.end(over.run_id, over.token, EndOfRun(status=Status.SUCCESS))
    results.move(worker.worker_id, "Scheduler-1", "Scheduler-2")

    at = [results.get(run).scheduler_id for run in (waiting, working, others, over.run_id)]
    assert at == ["Scheduler-2", "Scheduler-9", "Scheduler-1", "Scheduler-1"]


def test_what_a_submit_gets_back_is_what_the_database_has(results, new_run):
    new = new_run(options={"priority": 3}, inputs={"who": "x"}, queue="gpu", key="one")
    admission = results.create(new)

    assert admission.record == results.get(new.run_id)


def test_those_of_some_runs_that_wait_are_told_with_their_attempts(results, pending, started):
    waiting, working, tried = pending(), started(), started()
    results.end(tried.run_id, tried.token, EndOfRun(status=Status.RETRY))
    found = results.waiting_runs([waiting, working.run_id, tried.run_id, "unknown"])

    assert found == {waiting: 0, tried.run_id: 1}
