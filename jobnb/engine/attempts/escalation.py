"""The steps by which a child is ended that does not end by itself."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

import psutil

from jobnb.child.memory import strays
from jobnb.child.process import NUDGING, ChildProcess
from jobnb.engine.attempts.verdict import Stop
from jobnb.engine.recording.recorder import Recorder

STRAY_GRACE: Final = 1.0
"""Seconds from SIGTERM to SIGKILL for what a job has left in other sessions that was stopped."""


class Escalation:
    """What is still to be done to end one child; one thread at a time."""

    def __init__(self, child: ChildProcess, recorder: Recorder) -> None:
        self._child = child
        self._recorder = recorder
        self._steps: list[tuple[float, Callable[[], None]]] = []
        self._strays: list[psutil.Process] = []
        """What it has started that no signal to its group reaches."""
        self._is_stopped = False
        self.was_killed = False
        """Whether SIGKILL was sent because of a stop."""

    @property
    def next_due(self) -> float | None:
        """When the next step is due, on the monotonic clock; None if there is none."""
        return self._steps[0][0] if self._steps else None

    def begin(self, stop: Stop) -> None:
        """An exception in the job, if that is gentle; then SIGTERM; then SIGKILL."""
        self._is_stopped = True
        self._recorder.note("WARNING", stop.sentence)
        self._find_strays()
        now, self._steps = time.monotonic(), []
        if stop.is_gentle:
            self._child.send(json.dumps({"cancel": stop.sentence}).encode())
            self._steps = [(now + min(NUDGING, stop.grace), self._child.nudge)]
            now += stop.grace
        self._steps += [(now, self._terminate), (now + stop.grace, self._kill)]

    def allow(self, grace: float) -> None:
        """The job has ended: its process may take ``grace`` seconds for its own clean-up."""

        def end_leftovers() -> None:
            self._recorder.note(
                "WARNING",
                f"The job has ended, but its process went on for {grace:g} s (threads that do not "
                "end?); it is killed.",
            )
            self._child.kill()

        if self._is_stopped:
            self._find_strays()  # it may have started more while it cleaned up
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
        """The child is gone: of a job that was stopped, what it had started elsewhere goes."""
        living = [process for process in self._strays if process.is_running()]
        if living and not self.was_killed:
            _send(living, signal.SIGTERM)
            _, living = psutil.wait_procs(living, STRAY_GRACE)
        _send(living, signal.SIGKILL)

    def _signal(self, number: int) -> None:
        self._find_strays()
        self._child.kill(number)
        _send(self._strays, number)

    def _find_strays(self) -> None:
        """Before the child is over: nobody knows then whose children they were."""
        new = [process for process in strays(self._child.pid) if process not in self._strays]
        self._strays += new


def _send(processes: Iterable[psutil.Process], number: int) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.send_signal(number)
