"""Whoever stops a run first is heard, at once, and whoever is late does no harm."""

from __future__ import annotations

import select
from collections.abc import Iterator

import pytest

from jobnb.engine.attempts.stopbell import StopBell
from jobnb.engine.attempts.verdict import Stop
from jobnb.protocol import Reason

CANCEL = Stop(reason=Reason.CANCELLED, sentence="Cancelled by ada.", grace=1.0)
LIMIT = Stop(reason=Reason.TIME_LIMIT, sentence="Too long.", grace=1.0)


@pytest.fixture
def bell() -> Iterator[StopBell]:
    made = StopBell()
    yield made
    made.close()


def is_ringing(bell: StopBell) -> bool:
    return bool(select.select([bell.descriptor], [], [], 0)[0])


def test_a_stop_wakes_whoever_listens_until_it_is_answered(bell):
    assert not is_ringing(bell)
    bell.ring(CANCEL)

    assert is_ringing(bell)
    assert bell.answer() is CANCEL
    assert not is_ringing(bell)


def test_the_first_stop_counts(bell):
    bell.ring(CANCEL)
    bell.ring(LIMIT)

    assert bell.answer() is bell.stop is CANCEL
    assert not is_ringing(bell)


def test_a_stop_that_comes_too_late_is_for_nothing():
    bell = StopBell()
    bell.close()
    bell.ring(CANCEL)

    assert bell.stop is None
