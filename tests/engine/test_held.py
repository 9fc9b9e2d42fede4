"""Runs whose results somebody has: what is read of them, and when."""

from __future__ import annotations

import gc

import pytest

from jobnb.engine.doorbell import DOORBELL
from jobnb.engine.held import MANY, HeldRuns
from jobnb.protocol import Status
from jobnb.store.values import EndOfRun


@pytest.fixture
def held(results):
    return HeldRuns(results)


@pytest.fixture
def process(make_presence):
    return make_presence().process


@pytest.fixture
def begin(held, results, process, make_run, make_claim):
    """A run that works, and how it ends with its bell ringing or not."""

    def make():
        claim = make_claim(make_run(process), process)

        def end(*, rings: bool = True) -> None:
            results.end(claim.run_id, claim.token, EndOfRun(status=Status.SUCCESS))
            if rings:
                DOORBELL.ring(claim.run_id)

        return held.hold(claim.run_id, is_new=True), end

    return make


def test_of_all_that_have_rung_the_ends_are_read_with_that_of_one(held, begin):
    (first, end_first), (second, end_second) = begin(), begin()
    end_first()
    end_second()
    held.look(first)

    assert first.end.status is Status.SUCCESS
    assert second.end.status is Status.SUCCESS


def test_one_that_has_not_rung_is_not_read_with_others(held, begin):
    (first, end_first), (second, end_second) = begin(), begin()
    end_first()
    end_second(rings=False)
    held.look(first)

    assert held.is_silent(second)
    assert second.end is None


def test_one_that_was_asked_for_is_read_although_its_bell_was_lost(held, begin):
    run, end = begin()
    end(rings=False)

    assert held.record_of(run).status is Status.SUCCESS


def test_one_that_rings_and_works_on_is_silent_again_until_it_rings_again(held, begin):
    run, end = begin()
    DOORBELL.ring(run.run_id)
    assert not held.is_silent(run)
    held.look(run)
    assert held.is_silent(run)
    end()

    assert not held.is_silent(run)
    assert held.record_of(run).status is Status.SUCCESS


def test_a_run_that_others_hold_is_the_same_for_everybody(held, begin):
    run, end = begin()
    end()
    held.look(run)

    assert held.hold(run.run_id) is run


def test_a_run_that_nobody_holds_is_forgotten(held, begin):
    run, end = begin()
    run_id = run.run_id
    end()
    del run
    gc.collect()

    assert held.hold(run_id).end is None


def test_a_run_precedes_many_while_those_that_came_later_are_silent(held, begin):
    first, *others = [begin()[0] for _ in range(MANY + 1)]
    assert held.precedes_many(first)
    assert not held.precedes_many(others[0])
    DOORBELL.ring(others[0].run_id)

    assert not held.precedes_many(first)


def test_an_end_is_read_when_it_was_rung_for(held, begin):
    run, end = begin()
    end(rings=False)
    assert held.end_of(run.run_id) is None
    DOORBELL.ring(run.run_id)
    assert held.end_of(run.run_id) is None
    DOORBELL.ring(run.run_id, has_ended=True)

    assert held.end_of(run.run_id).status is Status.SUCCESS


def test_an_end_that_was_rung_for_and_is_none_is_looked_for_once(held, begin, database):
    run, _ = begin()  # an attempt has failed, and another one follows
    DOORBELL.ring(run.run_id, has_ended=True)
    assert held.end_of(run.run_id) is None
    database.close()

    assert held.end_of(run.run_id) is None


def test_who_holds_no_run_hears_of_no_end(held, begin):
    run, end = begin()
    run_id = run.run_id
    end()
    del run
    gc.collect()
    DOORBELL.ring(run_id, has_ended=True)

    assert held.end_of(run_id) is None


def test_an_end_that_is_known_is_not_read_again(held, begin, database):
    run, end = begin()
    end()
    held.look(run)
    database.close()

    assert held.record_of(run).status is Status.SUCCESS
