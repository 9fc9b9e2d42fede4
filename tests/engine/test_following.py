"""Waiting for the end of runs, without a cluster: a test ends them."""

from __future__ import annotations

import threading
import uuid

import pytest

from jobnb.engine import patience, updates
from jobnb.engine.dispatch import Dispatch
from jobnb.engine.doorbell import DOORBELL
from jobnb.engine.following import await_end, follow
from jobnb.engine.held import HeldRuns
from jobnb.errors import ResultNotFound, StoreUnreachable
from jobnb.protocol import Status
from jobnb.settings import load_settings
from jobnb.store.reading import entries
from jobnb.store.results import Results
from jobnb.store.values import EndOfRun
from tests.runs import torn_run


class CountingResults(Results):
    """Counts how often the ends of runs are read."""

    reads = 0

    def ended(self, run_ids):
        self.reads += 1
        return super().ended(run_ids)


@pytest.fixture
def dispatch(database):
    found = Dispatch(database, load_settings(), lambda: pytest.fail("no cluster is needed"))
    yield found
    found.close()


@pytest.fixture
def begin(dispatch, results, make_presence, make_run, make_claim):
    """A run that works, and what ends it."""
    process = make_presence().process

    def make():
        claim = make_claim(make_run(process), process)

        def end(*, rings: bool = True) -> None:
            results.end(claim.run_id, claim.token, EndOfRun(status=Status.SUCCESS))
            if rings:
                DOORBELL.ring(claim.run_id)

        return dispatch.held.hold(claim.run_id, is_new=True), end

    return make


def test_a_run_that_has_ended_is_not_waited_for(dispatch, begin):
    run, end = begin()
    end()

    assert await_end(dispatch, run, timeout=0)


def test_the_end_of_a_run_is_seen_although_nobody_rings(dispatch, begin):
    run, end = begin()
    end(rings=False)

    assert await_end(dispatch, run, timeout=10)


def test_nobody_asks_how_far_a_run_is_whose_end_was_rung_for(dispatch, begin, monkeypatch):
    run, end = begin()
    end(rings=False)
    DOORBELL.ring(run.run_id, has_ended=True)
    monkeypatch.setattr(entries, "state_of", lambda *_: pytest.fail("it is known"))
    [update] = follow(dispatch, run.run_id)

    assert update.is_final
    assert update.state.status is Status.SUCCESS


def test_who_does_not_wait_is_told_at_once_how_it_stands(dispatch, begin):
    (working, _), (ended, end) = begin(), begin()
    end(rings=False)

    assert not await_end(dispatch, working, timeout=0)
    assert await_end(dispatch, ended, timeout=0)


def test_who_waits_bears_a_database_that_is_away_at_first(dispatch, begin, monkeypatch):
    """When the run is read, and when this process first looks for lost runs."""
    monkeypatch.setattr(patience, "PAUSE", 0.001)
    monkeypatch.setattr(dispatch.held, "is_silent", lambda _: False)
    run, end = begin()
    read, reads = dispatch.held.record_of, []

    def away_at_first(run):
        reads.append(run)
        if len(reads) == 1:
            raise StoreUnreachable("away")
        return read(run)

    def end_and_be_away():
        end(rings=False)
        raise StoreUnreachable("away")

    monkeypatch.setattr(dispatch.held, "record_of", away_at_first)
    monkeypatch.setattr(dispatch, "presence", end_and_be_away)
    assert await_end(dispatch, run, timeout=10)
    assert len(reads) > 1


def test_who_waits_for_a_run_that_was_removed_is_told_so(dispatch):
    run = dispatch.held.hold(str(uuid.uuid4()))

    with pytest.raises(ResultNotFound):
        await_end(dispatch, run, timeout=10)


def test_who_waits_for_many_reads_the_ends_of_several_together(dispatch, database, begin):
    dispatch.held = HeldRuns(counting := CountingResults(database))
    runs, ends = zip(*[begin() for _ in range(60)], strict=True)

    def end_all() -> None:
        for end in ends:
            end()

    thread = threading.Thread(target=end_all)
    thread.start()
    waited = [await_end(dispatch, run, timeout=30) for run in runs]
    thread.join()

    assert all(waited)
    assert counting.reads < len(runs) / 2


def test_who_follows_a_run_gets_what_comes_after_lost_lines(dispatch, database, monkeypatch):
    monkeypatch.setattr(updates, "PAGE", 2)
    seen = list(follow(dispatch, torn_run(database), timeout=30))

    assert seen[-1].is_final
    assert [item.message for update in seen for item in update.entries] == ["1", "2", "7", "8"]
