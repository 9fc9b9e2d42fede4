"""The guard of one attempt: it knows the limits, and says when one is exceeded."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from jobnb.child.exits import place_of_crash
from jobnb.child.memory import count_kills, resident_memory
from jobnb.child.process import NUDGING, ChildProcess
from jobnb.engine.attempts.verdict import Clues, Stop
from jobnb.engine.recording.recorder import Recorder
from jobnb.protocol import Limits, LogEvent, Reason, Status, size_of

HEARING: Final = 1.0
"""Seconds in which a job that can be interrupted has heard that it is late."""
SAMPLING: Final = 0.25
"""Seconds between two looks at the memory of a job."""
SHARE: Final = 0.05
"""Of one core, at most, that these looks may take on a machine with very many processes."""
MEMORY_GRACE: Final = 1.0
"""Seconds that a job with too much memory has after SIGTERM: the machine may not have more."""
NEAR: Final = 0.8
"""Part of a memory limit from which on a sudden death is taken for a lack of memory."""
LAST_WORDS: Final = 64 * 1024
"""Bytes of what the child wrote to its descriptor 2 that may tell where it crashed."""


class Guard:
    """Watches the limits of one attempt for its pump; one thread at a time."""

    def __init__(
        self, limits: Limits, child: ChildProcess, recorder: Recorder, *, grace: float
    ) -> None:
        """Begins with the child.

        Args:
            limits: What the attempt may take.
            child: Just started.
            recorder: Hears what happens; its log limit is watched as well.
            grace: Seconds that the job has to end by itself, and again after SIGTERM.
        """
        self._limits = limits
        self._child = child
        self._recorder = recorder
        self._grace = grace
        self._memory = 0
        self._errors = b""
        self._kills = _kills_at(int(time.monotonic()))
        self._timers: dict[Callable[[float], Stop | None], float] = {}
        now = time.monotonic()
        if limits.memory_limit:
            self._timers[self._sample] = now + SAMPLING
        if limits.on_log_limit == "fail":
            self._timers[self._check_log] = now

    @property
    def next_due(self) -> float | None:
        """When there is something to look at, on the monotonic clock; None if never."""
        return min((when for when in self._timers.values() if when > 0), default=None)

    def look(self, now: float) -> Stop | None:
        """Looks at what is due; gives the stop that the attempt needs, once."""
        for check, due in tuple(self._timers.items()):
            if now >= due:
                del self._timers[check]
                stop = check(now)
                if stop is not None:
                    self._timers.clear()
                    return stop
        return None

    def begin(self) -> None:
        """The job's own code begins: its time is counted from here on."""
        limits, now = self._limits, time.monotonic()
        if limits.time_limit:
            self._timers[self._end] = now + limits.time_limit
        if limits.soft_time_limit:
            self._timers[self._warn] = now + limits.soft_time_limit
        if 0 < limits.time_limit <= limits.soft_time_limit:
            # Nautobot's words.
            text = (
                f"The hard time limit of {float(limits.time_limit)} seconds is less than or equal "
                f"to the soft time limit of {float(limits.soft_time_limit)} seconds. "
                f"This job will fail silently after {float(limits.time_limit)} seconds."
            )
            event = LogEvent(time.time(), "WARNING", "initialization", text, source="jobnb")
            self._recorder.log(event)

    def heard(self) -> None:
        """The job has heard the last word that it was sent."""
        for what in (self._nudge, self._complain):
            self._timers.pop(what, None)

    def end(self) -> None:
        """The job has ended or is being stopped: no limit matters any more."""
        self._timers.clear()

    def take_errors(self, data: bytes) -> None:
        """Keeps the end of what the child writes to its descriptor 2."""
        self._errors = (self._errors + data)[-LAST_WORDS:]

    def clues(self) -> Clues:
        """What tells why the child is gone without a word."""
        errors = self._errors.decode("utf-8", "replace")
        return Clues(memory=self._lack_of_memory(), place=place_of_crash(errors))

    def _lack_of_memory(self) -> str:
        limit, kills = self._limits.memory_limit, count_kills()
        if self._kills is not None and kills is not None and kills > self._kills:
            return "the system has killed processes for lack of memory meanwhile"
        if limit and self._memory >= NEAR * limit:
            return f"it last had {size_of(self._memory)}, near its limit of {size_of(limit)}"
        return ""

    def _warn(self, now: float) -> None:
        text = (
            f"The job took longer than its soft time limit of {self._limits.soft_time_limit:g} s."
        )
        self._recorder.note("WARNING", f"{text} SoftTimeLimitExceeded is raised in it.")
        self._child.send(json.dumps({"late": text}).encode())
        self._timers[self._nudge] = now + NUDGING
        self._timers[self._complain] = now + HEARING

    def _nudge(self, _now: float) -> None:
        self._child.nudge()

    def _complain(self, _now: float) -> None:
        hard = self._limits.time_limit
        rest = f"its time limit of {hard:g} s ends it" if hard else "it has no time limit"
        self._recorder.note(
            "WARNING",
            f"The job has not heard of it for {HEARING:g} s: it is in a call that cannot be "
            f"interrupted, such as native code that holds Python's lock; {rest}.",
        )

    def _end(self, _now: float) -> Stop:
        text = f"The job took longer than its time limit of {self._limits.time_limit:g} s."
        return _stop(Reason.TIME_LIMIT, text, self._grace, is_gentle=False)

    def _sample(self, _now: float) -> Stop | None:
        began = time.thread_time()
        found, limit = resident_memory(self._child.pid), self._limits.memory_limit
        # The dead have none: what it had last tells why it is gone.
        self._memory = found or self._memory
        if self._memory > limit:
            text = (
                f"The processes of the job had {size_of(self._memory)} of memory resident, more "
                f"than their limit of {size_of(limit)}."
            )
            grace = min(self._grace, MEMORY_GRACE)
            return _stop(Reason.MEMORY_LIMIT, text, grace, is_gentle=False)
        # Its own work, and not what it waited for a busy machine, which must not let it look away.
        pause = max(SAMPLING, (time.thread_time() - began) / SHARE)
        self._timers[self._sample] = time.monotonic() + pause
        return None

    def _check_log(self, _now: float) -> Stop | None:
        log = self._recorder.log_limit
        if log.is_full:
            return _stop(Reason.LOG_LIMIT, log.sentence, self._grace)
        self._timers[self._check_log] = 0.0  # at every look, but no reason to wake up
        return None


@lru_cache(1)
def _kills_at(_second: int) -> int | None:
    """To count takes the system longer than to fork; runs that begin together share the answer."""
    return count_kills()


def _stop(reason: Reason, sentence: str, grace: float, *, is_gentle: bool = True) -> Stop:
    return Stop(
        reason=reason, sentence=sentence, grace=grace, status=Status.FAILURE, is_gentle=is_gentle
    )
