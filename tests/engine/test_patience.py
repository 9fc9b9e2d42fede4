from __future__ import annotations

import time

import pytest

from jobnb.engine import patience
from jobnb.engine.patience import patiently
from jobnb.errors import StoreError, StoreUnreachable


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(patience, "PAUSE", 0.001)


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
