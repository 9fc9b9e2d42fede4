"""The departure of a child that only a test has seen: its pipes are real, its process is not."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest

from jobnb.engine.attempts import departure as departure_module
from jobnb.engine.attempts.departure import Departure
from jobnb.engine.attempts.ears import Ears
from jobnb.engine.attempts.stopbell import StopBell
from jobnb.engine.attempts.verdict import Stop
from jobnb.protocol import Reason

STOP = Stop(reason=Reason.CANCELLED, sentence="Cancelled.", grace=1.0)


class Child:
    """Has three pipes, and ends when a test says so."""

    def __init__(self) -> None:
        pipes = [os.pipe() for _ in range(3)]
        self.frames, self.output, self.errors = (pipe for pipe, _ in pipes)
        self._ends = [end for _, end in pipes]
        self.is_gone = False
        self.kills = 0

    def has_exited(self) -> bool:
        return self.is_gone

    def kill(self) -> None:
        self.kills += 1

    def say(self) -> None:
        os.write(self._ends[0], b"x")

    def fall_silent(self) -> None:
        while self._ends:
            os.close(self._ends.pop())

    def close(self) -> None:
        self.fall_silent()
        for pipe in (self.frames, self.output, self.errors):
            os.close(pipe)


@pytest.fixture
def house():
    """A child, who hears it, and its departure."""
    child, ears, bell = Child(), Ears(), StopBell()
    hearing = SimpleNamespace(exit_code=None)
    for pipe in (child.frames, child.output, child.errors):
        ears.read(pipe, lambda _: None, patient=pipe == child.frames)
    departure = Departure(child, hearing, ears, bell)
    yield SimpleNamespace(child=child, ears=ears, bell=bell, hearing=hearing, departure=departure)
    bell.close()
    child.close()


def test_who_has_taken_its_leave_and_is_silent_is_not_waited_for(house):
    house.hearing.exit_code = 0
    assert not house.departure.is_over()
    house.child.fall_silent()
    house.ears.hear(1)

    assert house.departure.is_over()


def test_whoever_has_stopped_a_run_finds_its_process_gone(house):
    house.hearing.exit_code = 0
    house.bell.ring(STOP)
    house.child.fall_silent()
    house.ears.hear(1)
    assert not house.departure.is_over()
    house.child.is_gone = True

    assert house.departure.is_over()


def test_what_holds_the_pipes_of_a_child_that_is_gone_is_killed_and_not_waited_for(
    house, monkeypatch
):
    house.child.is_gone = True
    assert not house.departure.is_over()
    assert house.departure.next_due is not None
    monkeypatch.setattr(departure_module, "LEAVING", 0.0)
    monkeypatch.setattr(departure_module, "DRAIN", 0.0)

    assert house.departure.is_over()
    assert house.child.kills == 1


def test_what_is_left_of_its_words_is_waited_for(house, monkeypatch):
    monkeypatch.setattr(departure_module, "LEAVING", 0.0)
    monkeypatch.setattr(departure_module, "DRAIN", 0.0)
    house.child.is_gone = True
    house.child.say()
    assert not house.departure.is_over()
    house.ears.hear(1)

    assert house.departure.is_over()
