"""One attempt at a run, from the start of its child to its end, pumped by one thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from jobnb.child.process import ChildProcess
from jobnb.engine.attempts.departure import Departure
from jobnb.engine.attempts.ears import Ears
from jobnb.engine.attempts.escalation import Escalation
from jobnb.engine.attempts.guard import Guard
from jobnb.engine.attempts.hearing import Hearing
from jobnb.engine.attempts.startup import Startup
from jobnb.engine.attempts.stopbell import StopBell
from jobnb.engine.attempts.verdict import Stop, reach_verdict
from jobnb.engine.recording.recorder import Recorder
from jobnb.store.values import EndOfRun

TICK: Final = 1.0
"""Seconds between two looks at things that do not wake the pump."""
FIRST_REST: Final = 0.01
"""Seconds for which the first log lines may come together on the pipe."""
REST: Final = 0.025
"""The same while others wait to be written."""
POLL: Final = 0.02
"""The same where the operating system gives no notice of the end of a child."""
HURRY: Final = 1.0
"""Seconds that threads of a job may take to end after it has, if it was told to stop."""


class Attempt:
    """A child that works, and the pump between its pipes and the recorder.

    ``stop`` may be called from any thread; everything else belongs to the thread that calls
    ``pump``.
    """

    def __init__(
        self,
        child: ChildProcess,
        recorder: Recorder,
        *,
        guard: Guard,
        startup: Startup,
        exit_grace: float,
        worker_log: Callable[[int, str], None],
    ) -> None:
        """Takes over the child.

        Args:
            child: Just started.
            recorder: Where everything goes.
            guard: Says when a limit is exceeded.
            startup: Says how long the child may take until ``run()`` begins.
            exit_grace: Seconds that the process may live on after the job has ended.
            worker_log: Takes the records that are meant for the worker's own log.
        """
        self._child, self._recorder = child, recorder
        self._guard, self._startup = guard, startup
        self._exit_grace = exit_grace
        self._hearing = Hearing(
            recorder,
            guard=guard,
            startup=startup,
            worker_log=worker_log,
            on_end=self._allow_rest,
        )
        self._escalation = Escalation(child, recorder)
        self._bell = StopBell()
        self._delivered: Stop | None = None
        self._ears = self._listen()
        self._departure = Departure(child, self._hearing, self._ears, self._bell)

    def _listen(self) -> Ears:
        ears, child, hearing = Ears(), self._child, self._hearing
        ears.read(child.frames, hearing.frames, patient=True)
        ears.read(child.output, hearing.output)
        ears.read(child.errors, hearing.errors)
        ears.listen(self._bell.descriptor, self._begin_stop)
        if child.exit_notice is not None:
            ears.listen(child.exit_notice, self._take_notice)
        return ears

    def stop(self, stop: Stop) -> None:
        """Ends the job: an exception in it, then SIGTERM, then SIGKILL. The first stop counts.

        One that is not gentle begins with SIGTERM.
        """
        self._bell.ring(stop)

    def pump(self, look: Callable[[], None]) -> EndOfRun:
        """Works until the child is gone and everything that it said is with the recorder.

        Whoever has given the child closes it then: one that ends as it should, and has said so, is
        not waited for here.

        Args:
            look: Called about once a second; it may call ``stop``.

        Returns:
            How it ended; not yet written.

        Raises:
            Fenced: The run belongs to somebody else; the child has been killed.
            StoreError: The database stayed out of reach; the child has been killed.
        """
        next_look = time.monotonic() + TICK
        try:
            self._ears.rest(FIRST_REST)  # a small job has ended by then, and is heard at once
            while not self._departure.is_over():
                self._ears.hear(self._pause())
                now = time.monotonic()
                self._escalation.advance(now)
                self._startup.look(now, self._child)
                if (stop := self._guard.look(now)) is not None:
                    self.stop(stop)
                self._recorder.flush_due(now)
                if now >= next_look:
                    next_look = now + TICK
                    look()
                self._rest(now)
            return self._conclude()
        finally:
            self._close()

    def _pause(self) -> float:
        """Seconds until something is due although no descriptor has anything to say."""
        times = [
            self._recorder.next_due,
            self._startup.due,
            self._guard.next_due,
            self._escalation.next_due,
            self._departure.next_due,
        ]
        now = time.monotonic()
        waits = [when - now for when in times if when is not None]
        return max(0.0, min([TICK if self._child.exit_notice is not None else POLL, *waits]))

    def _rest(self, now: float) -> None:
        """Until the batch that waits is written, nobody can see what comes after it anyway.

        Once the job has ended there is little more to come, and maybe nothing that ends the rest.
        """
        due = self._recorder.gathers_until
        if due is not None and now < due and self._hearing.finished is None:
            self._ears.rest(min(due - now, REST))

    def _take_notice(self) -> None:
        """The operating system says that the child is over; the departure sees it as well."""
        assert self._child.exit_notice is not None, "it was registered"
        self._ears.forget(self._child.exit_notice)

    def _conclude(self) -> EndOfRun:
        if self._departure.has_left:
            self._child.bury()
        code = self._hearing.exit_code if self._departure.has_left else self._child.end()
        self._escalation.finish()
        end = self._verdict(code)
        told = None if self._delivered is None else self._delivered.reason
        self._recorder.close_lines()
        if self._hearing.finished is None and end.reason is not told:
            self._recorder.note("ERROR", end.detail)
        return end

    def _verdict(self, code: int | None) -> EndOfRun:
        if self._hearing.finished is None and (late := self._startup.verdict(code)):
            return late
        return reach_verdict(
            self._hearing.finished,
            self._delivered,
            code,
            was_killed=self._escalation.was_killed,
            clues=None if self._hearing.finished else self._guard.clues(),
        )

    def _allow_rest(self) -> None:
        """The job has ended: its threads may end as well, for whoever stopped it not for long."""
        is_told = self._bell.stop is not None
        self._escalation.allow(min(self._exit_grace, HURRY) if is_told else self._exit_grace)

    def _begin_stop(self) -> None:
        stop = self._bell.answer()
        if self._hearing.finished is not None:
            self._allow_rest()
            return
        self._delivered = stop
        self._startup.end()
        self._guard.end()
        self._escalation.begin(stop)

    def _close(self) -> None:
        if not self._departure.has_left:
            self._child.close()
        self._bell.close()
