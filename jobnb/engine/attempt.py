"""One attempt at a run, from the start of its child to its end, pumped by one thread."""

from __future__ import annotations

import os
import select
import selectors
import threading
import time
from collections.abc import Callable
from itertools import groupby
from operator import itemgetter
from typing import Final

from jobnb.child.process import ChildProcess
from jobnb.engine.escalation import Escalation
from jobnb.engine.guard import Guard
from jobnb.engine.recorder import Recorder
from jobnb.engine.startup import Startup
from jobnb.engine.verdict import Stop, reach_verdict
from jobnb.protocol import (
    ConsoleEvent,
    DisplayEvent,
    FileEvent,
    FinishedEvent,
    Frame,
    FrameReader,
    HeardEvent,
    LogEvent,
    ProgressEvent,
    RunEvent,
    Step,
    StepEvent,
    WorkerLogEvent,
    parse_run_events,
)
from jobnb.store.values import EndOfRun

CHUNK: Final = 256 * 1024
"""Bytes read from a pipe at once: what is in them is taken before anything else is looked at."""
TICK: Final = 1.0
"""Seconds between two looks at things that do not wake the pump."""
POLL: Final = 0.02
"""The same where the operating system gives no notice of the end of a child."""
LEAVING: Final = 0.15
"""Seconds that helpers of the child (Python's resource tracker) have to end after it by themselves.
"""
HURRY: Final = 1.0
"""Seconds that threads of a job may take to end after it has, if it was told to stop."""
DRAIN: Final = 0.3
"""Seconds that are spent on the pipes after the child is gone, if somebody still holds them."""


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
        self._worker_log = worker_log
        self._frames = FrameReader()
        self._finished: FinishedEvent | None = None
        self._file: tuple[FileEvent, bytearray] | None = None
        self._escalation = Escalation(child, recorder)
        self._gone_since: float | None = None
        self._has_swept = self._is_closed = False
        self._stop: Stop | None = None
        self._delivered: Stop | None = None
        self._stop_lock = threading.Lock()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(child.frames, selectors.EVENT_READ, self._read_frames)
        self._selector.register(child.output, selectors.EVENT_READ, self._read_output)
        self._selector.register(child.errors, selectors.EVENT_READ, self._read_errors)
        self._selector.register(self._wake_read, selectors.EVENT_READ, self._begin_stop)
        if child.exit_notice is not None:
            self._selector.register(child.exit_notice, selectors.EVENT_READ, self._take_notice)

    def stop(self, stop: Stop) -> None:
        """Ends the job: an exception in it, then SIGTERM, then SIGKILL. The first stop counts.

        One that is not gentle begins with SIGTERM.
        """
        with self._stop_lock:
            if self._stop is None and not self._is_closed:
                self._stop = stop
                os.write(self._wake_write, b"!")

    def pump(self, look: Callable[[], None]) -> EndOfRun:
        """Works until the child is gone and everything that it said is with the recorder.

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
            while not self._is_over():
                for key, _ in self._selector.select(self._pause()):
                    key.data()
                now = time.monotonic()
                self._escalation.advance(now)
                self._startup.look(now, self._child)
                if (stop := self._guard.look(now)) is not None:
                    self.stop(stop)
                self._recorder.flush_due(now)
                if now >= next_look:
                    next_look = now + TICK
                    look()
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
        ]
        if self._gone_since is not None:
            times.append(self._gone_since + (DRAIN if self._has_swept else LEAVING))
        now = time.monotonic()
        waits = [when - now for when in times if when is not None]
        return max(0.0, min([TICK if self._child.exit_notice is not None else POLL, *waits]))

    def _take_notice(self) -> None:
        """The operating system says that the child is over; ``_is_over`` sees it as well."""
        assert self._child.exit_notice is not None, "it was registered"
        self._selector.unregister(self._child.exit_notice)

    def _is_over(self) -> bool:
        if self._gone_since is None:
            if not self._child.has_exited():
                return False
            self._gone_since = time.monotonic()
        pipes = {self._child.frames, self._child.output, self._child.errors}
        if pipes.isdisjoint(self._selector.get_map()):
            return True
        now = time.monotonic()
        if not self._has_swept and now >= self._gone_since + LEAVING:
            # What the job left running shares its group: it ends with it and frees the pipes.
            self._has_swept = True
            self._child.kill()
        return now >= self._gone_since + DRAIN and not self._has_more_frames()

    def _has_more_frames(self) -> bool:
        """Whether words of the child are left, which may be many, and take their time."""
        ready = select.poll()
        ready.register(self._child.frames, select.POLLIN)
        return self._child.frames in self._selector.get_map() and bool(ready.poll(0))

    def _conclude(self) -> EndOfRun:
        code = self._child.end()
        end = self._verdict(code)
        told = None if self._delivered is None else self._delivered.reason
        if self._finished is None and end.reason is not told:
            self._recorder.note("ERROR", end.detail)
        return end

    def _verdict(self, code: int | None) -> EndOfRun:
        if self._finished is None and (late := self._startup.verdict(code)):
            return late
        return reach_verdict(
            self._finished,
            self._delivered,
            code,
            was_killed=self._escalation.was_killed,
            clues=self._guard.clues(),
        )

    def _read(self, descriptor: int) -> bytes:
        data = os.read(descriptor, CHUNK)
        if not data:
            self._selector.unregister(descriptor)
        return data

    def _read_output(self) -> None:
        self._recorder.native("stdout", self._read(self._child.output))

    def _read_errors(self) -> None:
        data = self._read(self._child.errors)
        if not self._startup.hears(data):
            self._guard.take_errors(data)
            self._recorder.native("stderr", data)

    def _read_frames(self) -> None:
        frames = self._frames.feed(self._read(self._child.frames))
        for kind, group in groupby(frames, key=itemgetter(0)):
            payloads = [payload for _, payload in group]
            if kind is Frame.BYTES:
                for payload in payloads:
                    self._take_piece(payload)
            else:
                self._take_events(parse_run_events(payloads))

    def _take_events(self, events: list[RunEvent]) -> None:
        """A flood is nearly all log records, and nearly all of its time is spent on each."""
        for kind, group in groupby(events, key=type):
            if kind is LogEvent:
                self._recorder.logs([event for event in group if isinstance(event, LogEvent)])
            else:
                for event in group:
                    self._take(event)

    def _take(self, event: RunEvent) -> None:
        match event:
            case ConsoleEvent() | DisplayEvent() | ProgressEvent():
                self._recorder.take(event)
            case WorkerLogEvent():
                self._worker_log(event.level, event.message)
            case FileEvent():
                self._file = (event, bytearray())
                self._take_piece(b"")
            case StepEvent():
                self._begin(Step(event.step), event.secrets)
            case HeardEvent():
                self._guard.heard()
            case FinishedEvent():
                self._finished = event
                self._recorder.await_end()
                self._startup.end()
                self._guard.end()
                self._allow_rest()

    def _allow_rest(self) -> None:
        """The job has ended: its threads may end as well, for whoever stopped it not for long."""
        is_told = self._stop is not None
        self._escalation.allow(min(self._exit_grace, HURRY) if is_told else self._exit_grace)

    def _begin(self, step: Step, secrets: list[str]) -> None:
        self._startup.begin(step)
        self._recorder.secrecy.mask_also(secrets)
        if step is Step.STARTING:
            self._guard.begin()

    def _take_piece(self, piece: bytes) -> None:
        assert self._file is not None, "a child announces a file before its pieces"
        event, content = self._file
        content += piece
        if len(content) >= event.size:
            self._file = None
            self._recorder.add_file(event.name, bytes(content), event.created)

    def _begin_stop(self) -> None:
        os.read(self._wake_read, 16)
        stop = self._stop
        if stop is None:
            return
        if self._finished is not None:
            self._allow_rest()
            return
        self._delivered = stop
        self._startup.end()
        self._guard.end()
        self._escalation.begin(stop)

    def _close(self) -> None:
        self._child.close()
        self._selector.close()
        with self._stop_lock:
            self._is_closed = True
            for descriptor in (self._wake_read, self._wake_write):
                os.close(descriptor)
