"""The steps by which a child is ended that does not end by itself."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from contextlib import suppress

import psutil

from jobnb.child.memory import strays
from jobnb.child.process import ChildProcess
from jobnb.engine.recorder import Recorder
from jobnb.engine.verdict import Stop


class Escalation:
    """What is still to be done to end one child; one thread at a time."""

    def __init__(self, child: ChildProcess, recorder: Recorder) -> None:
        self._child = child
        self._recorder = recorder
        self._steps: list[tuple[float, Callable[[], None]]] = []
        self._strays: list[psutil.Process] = []
        self.was_killed = False
        """Whether SIGKILL was sent because of a stop."""

    @property
    def next_due(self) -> float | None:
        """When the next step is due, on the monotonic clock; None if there is none."""
        return self._steps[0][0] if self._steps else None

    def begin(self, stop: Stop) -> None:
        """An exception in the job, if that is gentle; then SIGTERM; then SIGKILL."""
        self._recorder.note("WARNING", stop.sentence)
        now = time.monotonic()
        if stop.is_gentle:
            self._child.send(json.dumps({"cancel": stop.sentence}).encode())
            now += stop.grace
        self._steps = [(now, self._terminate), (now + stop.grace, self._kill)]

    def allow(self, grace: float) -> None:
        """The job has ended: its process may take ``grace`` seconds for its own clean-up."""

        def end_leftovers() -> None:
            self._recorder.note(
                "WARNING",
                f"The job has ended, but its process went on for {grace:g} s (threads that do not "
                "end?); it is killed.",
            )
            self._child.kill()

        self._steps = [(time.monotonic() + grace, end_leftovers)]

    def advance(self, now: float) -> None:
        """Takes the steps that are due."""
        while self._steps and now >= self._steps[0][0]:
            _, step = self._steps.pop(0)
            step()

    def _terminate(self) -> None:
        self._recorder.note("WARNING", "SIGTERM is sent to the processes of the job.")
        self._signal(signal.SIGTERM)

    def _kill(self) -> None:
        self._recorder.note("WARNING", "The job goes on; SIGKILL is sent to its processes.")
        self.was_killed = True
        self._signal(signal.SIGKILL)

    def finish(self) -> None:
        """The child is gone: what it had started elsewhere, and was told to end as well, goes."""
        for process in self._strays:
            with suppress(psutil.Error):
                process.kill()

    def _signal(self, number: int) -> None:
        # Before it is over: nobody knows then whose children they were.
        new = [process for process in strays(self._child.pid) if process not in self._strays]
        self._strays += new
        self._child.kill(number)
        for process in self._strays:
            with suppress(psutil.Error):
                process.send_signal(number)
