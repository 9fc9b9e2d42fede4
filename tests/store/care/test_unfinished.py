from __future__ import annotations

from jobnb.protocol import Status
from jobnb.store.values import EndOfRun


def test_open_runs_tell_who_has_them(results, pending, started, worker):
    waiting, claim = pending(embedded=True), started()
    first, second = results.unfinished.all()

    assert (first.run_id, first.status, first.token) == (waiting, Status.PENDING, None)
    assert (first.owner, first.worker, first.embedded) == (worker, None, True)
    assert (second.run_id, second.status, second.token) == (
        claim.run_id,
        Status.STARTED,
        claim.token,
    )
    assert (second.owner, second.worker) == (worker, worker)


def test_an_owner_that_never_registered_is_unknown(results, pending):
    pending(owner_id="nobody")
    (run,) = results.unfinished.all()

    assert run.owner is None


def test_a_run_between_two_attempts_is_open_and_nobodys(results, started):
    claim = started()
    results.end(claim.run_id, claim.token, EndOfRun(status=Status.RETRY))
    (run,) = results.unfinished.all()

    assert (run.status, run.token, run.worker) == (Status.RETRY, None, None)


def test_a_run_that_ended_is_not_open(results, started):
    claim = started()
    results.end(claim.run_id, claim.token, EndOfRun(status=Status.SUCCESS))

    assert results.unfinished.all() == []


def test_what_waits_moves_with_its_owner_to_another_scheduler(results, pending, started, worker):
    waiting, working, others = (
        pending(),
        started(scheduler_id="Scheduler-9").run_id,
        pending(owner_id="somebody else"),
    )
    over = started()
    results.end(over.run_id, over.token, EndOfRun(status=Status.SUCCESS))
    results.unfinished.move(worker.worker_id, "Scheduler-1", "Scheduler-2")

    at = [results.get(run).scheduler_id for run in (waiting, working, others, over.run_id)]
    assert at == ["Scheduler-2", "Scheduler-9", "Scheduler-1", "Scheduler-1"]


def test_those_of_some_runs_that_wait_are_told_with_their_attempts(results, pending, started):
    waiting, working, tried = pending(), started(), started()
    results.end(tried.run_id, tried.token, EndOfRun(status=Status.RETRY))
    found = results.unfinished.waiting([waiting, working.run_id, tried.run_id, "unknown"])

    assert found == {waiting: 0, tried.run_id: 1}
