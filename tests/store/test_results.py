from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from jobnb.errors import SnapshotError, StoreError
from jobnb.protocol import LEVELS, Status
from jobnb.store.content.environments import Environment


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


def test_the_child_of_an_attempt_is_noted(results, started, worker):
    claim = started()
    results.append(claim.run_id, claim.token, [], pid=4242)
    (attempt,) = results.attempts.of(claim.run_id)

    assert (attempt.pid, attempt.number, attempt.ended) == (4242, 1, None)
    assert (attempt.worker, attempt.host) == (worker.name, worker.host)


def test_a_claim_gives_the_run_as_it_is_then(results, pending, make_claim, worker):
    claim = make_claim(pending(key="one"))
    installed = Environment.of({"python": "3.11.7"})
    record = results.claim(claim, installed)

    assert record == results.get(claim.run_id)
    assert (record.status, record.attempts, record.worker) == (Status.STARTED, 1, worker.name)
    assert results.attempts.environment(claim.run_id) == installed.facts


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


def test_what_a_submit_gets_back_is_what_the_database_has(results, new_run):
    new = new_run(options={"priority": 3}, inputs={"who": "x"}, queue="gpu", key="one")
    admission = results.create(new)

    assert admission.record == results.get(new.run_id)
