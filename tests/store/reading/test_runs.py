from __future__ import annotations

import pickle

import pytest

from jobnb.errors import AmbiguousResult, ResultNotFound
from jobnb.store.care.turns import Turns


@pytest.mark.parametrize("asked", ["abcd1111", "ABCD1", " abcd1111-0000-0000-0000-000000000000"])
def test_the_beginning_of_an_id_is_enough(results, pending, asked):
    run_id = pending(run_id="abcd1111-0000-0000-0000-000000000000")
    pending(run_id="abcd2222-0000-0000-0000-000000000000")

    assert results.get(asked).run_id == run_id


@pytest.mark.parametrize("asked", ["", "abc", "abce", "%", "____", "abcd1111-1"])
def test_an_id_that_fits_nothing_is_not_found(results, pending, asked):
    pending(run_id="abcd1111-0000-0000-0000-000000000000")

    with pytest.raises(ResultNotFound, match="No job result"):
        results.get(asked)


def test_an_ambiguous_beginning_names_the_candidates(results, pending):
    ids = [pending(run_id=f"abcd{number}111-0000-0000-0000-000000000000") for number in range(3)]

    with pytest.raises(AmbiguousResult, match="begins the ids of several") as caught:
        results.get("abcd")
    assert pickle.loads(pickle.dumps(caught.value)).known == ids


def test_the_state_of_an_unknown_run_is_not_found(results):
    with pytest.raises(ResultNotFound):
        results.state("00000000-0000-0000-0000-000000000000")


@pytest.mark.parametrize(
    ("read", "index"),
    [
        (lambda results, _: results.unfinished.all(), "open_idx"),
        (lambda results, claim: results.attempts.held_by(claim.worker_id), "open_idx"),
    ],
    ids=["open runs", "cancel requests"],
)
def test_lists_are_read_through_their_index(results, started, plans, read, index):
    claim = started()
    plans.clear()
    read(results, claim)

    assert plans
    assert all(index in plan for plan in plans)


def test_the_runs_at_a_lock_are_read_through_their_index(results, database, started, plans):
    lock = {"lock": "hello.Hello", "lock_limit": 1, "when_busy": "wait"}
    claim = started(**lock)
    plans.clear()
    Turns(database).holders(claim.run_id)

    assert "lock_idx" in plans[-1]


@pytest.mark.parametrize(
    "read",
    [
        lambda results, claim: results.get(claim.run_id[:6]),
        lambda results, claim: results.state(claim.run_id),
        lambda results, claim: results.attempts.of(claim.run_id),
        lambda results, claim: results.entries.read(claim.run_id, 500),
        lambda results, claim: results.entries.tail(claim.run_id, 200),
    ],
    ids=["get", "state", "attempts", "entries", "tail"],
)
def test_no_query_reads_or_sorts_the_whole_history(results, started, plans, read):
    claim = started()
    plans.clear()
    read(results, claim)

    assert plans
    for plan in plans:
        assert "scan jobnb" not in plan.lower()
        assert "seq scan" not in plan.lower()
        assert "temp b-tree" not in plan.lower()
