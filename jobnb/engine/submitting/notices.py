"""Notices: what the runs that wait are said to wait for."""

from __future__ import annotations

from jobnb.engine.doorbell import DOORBELL
from jobnb.store.care.turns import Turns


class Notices:
    """Written down, and rung for, when there is something new. One thread at a time."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._said: dict[str, str] = {}

    def say(self, run_id: str, what: str) -> None:
        """Writes down what a run waits for."""
        if self._said.get(run_id) != what:
            self._turns.say(run_id, what)
            self._said[run_id] = what
            DOORBELL.ring(run_id)

    def withdraw(self, run_id: str) -> None:
        """Writes down that a run does not wait for that any more."""
        self.say(run_id, "")
        del self._said[run_id]

    def forget(self, run_id: str) -> None:
        """A run has left, and what is written of it is somebody else's from here on."""
        self._said.pop(run_id, None)
        DOORBELL.ring(run_id)
