"""Startup: how long a child may take until ``run()`` begins, and the end of one that hangs.

``run()`` itself, and the hooks, may take as long as they like.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

from jobnb.child.process import ChildProcess
from jobnb.child.stack import without_machinery
from jobnb.protocol import WHERE_SIGNAL, Reason, Status, Step
from jobnb.store.values import EndOfRun

START_LIMIT: Final = 60.0
"""Seconds that the start of a process may take besides: the machine may be busy."""
TELLING: Final = 0.5
"""Seconds that a child which is too slow has to tell where it is."""

_DEEDS: Final = {Step.LOADING: "Loading the job", Step.RESTORING: "Checking the inputs"}


class Startup:
    """The deadlines of one child. One thread at a time."""

    def __init__(self, limits: Mapping[Step, float]) -> None:
        """Begins with the start of the child.

        Args:
            limits: Seconds of the steps that may not take for ever.
        """
        self._limits = limits
        self._late: Step | None = None
        self._words = bytearray()
        self.due: float | None = None
        """When ``look`` has something to do, on the monotonic clock; None: never again."""
        self.begin(Step.LOADING)

    def begin(self, step: Step) -> None:
        """The child has come to this step."""
        if self._late is None:
            self._step = step
            limit = self._limits.get(step)
            self.due = None if limit is None else time.monotonic() + limit

    def end(self) -> None:
        """Somebody else has a word now: the run has ended, or is told to."""
        if self._late is None:
            self.due = None

    def look(self, now: float, child: ChildProcess) -> None:
        """Asks a child that is late where it is, and ends it a little later."""
        if self.due is None or now < self.due:
            return
        if self._late is None:
            self._late, self.due = self._step, now + TELLING
            child.kill(WHERE_SIGNAL)
        else:
            self.due = None
            child.kill()

    def hears(self, data: bytes) -> bool:
        """Takes what the child says about where it is; False if nobody has asked it."""
        if self._late is not None:
            self._words += data
        return self._late is not None

    def verdict(self, exit_code: int | None) -> EndOfRun | None:
        """How the run ended if it was late; None if it was not."""
        if self._late is None:
            return None
        stack = without_machinery(self._words.decode("utf-8", "backslashreplace")).strip()
        return EndOfRun(
            status=Status.FAILURE,
            reason=Reason.NOT_PREPARED,
            detail=f"{_DEEDS[self._late]} did not come to an end within "
            f"{self._limits[self._late]:g} s, so the process was killed before run() began.",
            traceback=stack or None,
            exit_code=exit_code,
        )
