from __future__ import annotations

import time

import pytest

from jobnb.engine import patience
from jobnb.engine.patience import _OUTAGES, FRESH, Trouble, patiently
from jobnb.errors import StoreError, StoreUnreachable, StoreVanished


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(patience, "PAUSE", 0.001)


@pytest.fixture(autouse=True)
def no_trouble():
    _OUTAGES.forget_all()


def failing(times, error):
    """An action that fails so often, and then counts its calls."""
    calls = []

    def action():
        calls.append(1)
        if len(calls) <= times:
            raise error
        return len(calls)

    return action


def test_an_action_is_tried_until_the_database_answers():
    assert patiently(failing(3, StoreUnreachable("away")), 10) == 4


def test_a_database_that_refuses_is_not_asked_again():
    action = failing(1, StoreError("refused"))

    with pytest.raises(StoreError, match="refused"):
        patiently(action, 10)
    assert action() == 2


def test_patience_has_an_end():
    with pytest.raises(StoreUnreachable):
        patiently(failing(10**9, StoreUnreachable("away")), 0.05)


def test_who_slept_in_the_middle_of_a_try_tries_once_more():
    calls = []

    def action():
        calls.append(1)
        if len(calls) == 1:
            time.sleep(0.1)  # as a process that is stopped, for longer than it has patience
            raise StoreUnreachable("away")
        return "back"

    assert patiently(action, 0.05) == "back"


def test_people_hear_of_an_outage_once_and_when_it_is_over_for_all(caplog):
    first, second, gone = Trouble(), Trouble(), StoreUnreachable("It is gone.")
    for _ in range(3):
        first.meet(gone)
        second.meet(gone)
    first.end()
    patiently(failing(2, gone), 10)
    assert caplog.messages == ["It is gone. Trying again."]

    second.end()
    second.end()
    assert caplog.messages[1:] == ["The database answers again."]
    first.meet(gone)
    assert caplog.messages[2:] == ["It is gone. Trying again."]


def test_a_part_that_is_gone_does_not_keep_people_from_hearing_that_it_is_over(caplog):
    gone, last = StoreUnreachable("It is gone."), Trouble()
    Trouble().meet(gone)
    last.meet(gone)
    last.end()

    assert caplog.messages == ["It is gone. Trying again.", "The database answers again."]


def test_what_is_told_anew_is_that_it_is_lost_for_good(caplog):
    first, second = Trouble(), Trouble()
    first.meet(StoreUnreachable("It is gone."))
    for trouble in (second, first):
        trouble.meet(StoreVanished("It was deleted."))

    assert caplog.messages == ["It is gone. Trying again.", "It was deleted."]


def test_who_has_given_up_does_not_keep_a_later_outage_from_being_told(caplog, monkeypatch):
    gone = StoreUnreachable("It is gone.")
    with pytest.raises(StoreUnreachable):
        patiently(failing(10**9, gone), 0.01)
    Trouble().meet(gone)  # and then this part ends without a word
    now = time.monotonic() + FRESH
    monkeypatch.setattr(time, "monotonic", lambda: now)
    last = Trouble()
    last.meet(gone)
    last.end()

    assert caplog.messages == 3 * ["It is gone. Trying again."] + ["The database answers again."]
