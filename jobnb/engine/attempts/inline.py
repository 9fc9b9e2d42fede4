"""The inline launcher: a run in this process and thread, for the debugger; recorded as any other.

The one exception of the rule that job code runs only in children, and the user's own wish.
"""

from __future__ import annotations

import os
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, Self

from jobnb.child.inline import perform_inline
from jobnb.engine.attempts.delivery import InputMissing
from jobnb.engine.attempts.environment import installed
from jobnb.engine.attempts.preparation import Preparation
from jobnb.engine.attempts.verdict import Stop, reach_verdict
from jobnb.engine.doorbell import DOORBELL
from jobnb.engine.hosts.presence import Presence, hold_presence
from jobnb.engine.recording.loglimit import LogLimit
from jobnb.engine.recording.recorder import Recorder
from jobnb.engine.recording.spool import Fenced
from jobnb.errors import JobnbError, RunCancelled, RunRefused, StoreError
from jobnb.protocol import (
    ConsoleEvent,
    DisplayEvent,
    FinishedEvent,
    LogEvent,
    ProgressEvent,
    Reason,
    RunEvent,
    RunOrder,
    RunPolicy,
    Status,
    StepEvent,
)
from jobnb.settings import Settings
from jobnb.store.database import Database
from jobnb.store.results import Results
from jobnb.store.values import Claim, EndOfRun, RunRecord

if TYPE_CHECKING:
    # It brings Dask, which who only looks at runs does without.
    from jobnb.engine.launching.tasks import Task

FLUSH: Final = 0.05
"""Seconds between two looks at what has been said and not been written."""

_one_at_a_time: Final = threading.Lock()


class InlineLauncher:
    """Carries out each order before ``launch`` returns; one at a time in a process.

    Attributes:
        scheduler_id: Of nobody; it begins as those that end with their process do.
        is_embedded: True: nobody else could take a run over.
    """

    is_connected = True
    runs: frozenset[str] = frozenset()
    is_lost = False

    def __init__(self, database: Database, settings: Settings) -> None:
        self.scheduler_id = f"inproc://inline {uuid.uuid4()}"
        self.is_embedded = True
        self.is_immediate = True
        self._database = database
        self._settings = settings
        self._errors: dict[str, BaseException] = {}

    def check(self, probe: RunOrder) -> None:  # noqa: ARG002 - there is no worker to ask
        """Refuses a second run at a time.

        Raises:
            RunRefused: A run works inline already; streams and logging can be captured for one.
        """
        if _one_at_a_time.locked():
            raise RunRefused(
                "A run works inline in this process already, and there can be only one; wait for "
                "it, or run this one without inline=True."
            )

    def launch(self, order: RunOrder, job: str, *, tries: int = 1) -> None:  # noqa: ARG002
        """Carries out the order in this thread, up to its recorded end."""
        with _one_at_a_time:
            presence = hold_presence(
                self._database, lambda: self._settings, "inline in its own process", self
            )
            try:
                work = _InlineWork(order, self._database, presence)
                error = work.carry_out()
            finally:
                presence.release(self)
        if error is not None:
            self._errors[order.run_id] = error

    def watch(self, order: RunOrder, job: str, *, tries: int) -> bool:  # noqa: ARG002
        """False: no other process hands anything over."""
        return False

    def take_error(self, run_id: str) -> BaseException | None:
        """What ended the run, with its traceback; once."""
        return self._errors.pop(run_id, None)

    def renewed(self) -> str | None:
        """None: it stays the same."""
        return None

    def is_gone(self) -> bool:
        """False: it is here."""
        return False

    def done_tasks(self) -> list[Task]:
        """None: what was launched has ended, and is known to have."""
        return []

    def queued_tasks(self) -> list[Task]:
        """None: nothing waits."""
        return []

    def served_queues(self) -> frozenset[str]:
        """None: a queue makes no difference here."""
        return frozenset()

    def withdraw(self, task: Task) -> None:
        """Has nothing to take back."""

    def forget(self, task: Task) -> None:
        """Has nothing to forget."""

    def close(self) -> None:
        """Has nothing to close."""


class _InlineWork:
    """One attempt, as the supervisor of a worker and its child have one between them."""

    def __init__(self, order: RunOrder, database: Database, presence: Presence) -> None:
        self._order = order
        self._results = Results(database)
        self._preparation = Preparation(order, database, presence)
        self._presence = presence
        self._settings = presence.settings
        self._stop: Stop | None = None
        self._error: BaseException | None = None
        self._was_interrupted = False
        self._sink: _Sink | None = None

    def carry_out(self) -> BaseException | None:
        """Works on the run up to its recorded end; gives what the job raised.

        Raises:
            RunRefused: It may not start any more.
        """
        claim = Claim(
            run_id=self._order.run_id,
            token=str(uuid.uuid4()),
            number=self._order.attempt,
            worker_id=self._presence.worker_id,
        )
        self._presence.attend(claim.token, claim.run_id, self._take_stop)
        try:
            record = self._results.claim(claim, installed())
            if record is None:
                raise RunRefused(
                    "The run was cancelled, its job disabled, or its lock taken, before it started."
                )
            self._work(claim, record)
        finally:
            self._presence.leave(claim.token)
        return KeyboardInterrupt() if self._was_interrupted else self._error

    def _work(self, claim: Claim, record: RunRecord) -> None:
        recorder = Recorder(
            self._results,
            claim,
            lambda: DOORBELL.ring(claim.run_id),
            patience=self._settings.lost_after,
            last=record.last_entry,
        )
        recorder.note_pid(os.getpid())
        try:
            with _Sink(recorder) as self._sink:
                end = self._end_of(self._perform(self._sink, recorder, record))
        except StoreError:
            raise
        except JobnbError as error:
            is_missing = isinstance(error, InputMissing)
            reason = Reason.INPUT_MISSING if is_missing else Reason.SUPERVISOR_ERROR
            self._error = error
            end = EndOfRun(status=Status.FAILURE, reason=reason, detail=str(error))
        if self._was_interrupted:
            self._results.request_cancel(claim.run_id, self._settings.user)
        if not recorder.end(end):
            raise StoreError(f"Run {claim.run_id} was taken from this process, and has ended.")

    def _end_of(self, finished: FinishedEvent) -> EndOfRun:
        end = reach_verdict(finished, self._stop, 0, was_killed=False)
        return replace(end, exit_code=None)  # there was no process that could have had one

    def _perform(self, sink: _Sink, recorder: Recorder, record: RunRecord) -> FinishedEvent:
        policy = RunPolicy.of(record.options)
        recorder.log_limit = LogLimit(policy.limits)
        with (
            self._preparation.ready(record, recorder, policy) as ready,
            sink.interruptible(self._be_interrupted),
        ):
            place = Path(ready.workplace)
            return perform_inline(ready.order, place, sink.event, sink.file, self._keep)

    def _keep(self, error: BaseException) -> None:
        self._error = error

    def _take_stop(self, reason: Reason, sentence: str) -> None:
        """Called on the pulse thread, again and again until the run has ended."""
        self._stop = self._stop or Stop(reason=reason, sentence=sentence, grace=0.0)
        if self._sink is not None:
            self._sink.wake()

    def _be_interrupted(self, number: int) -> RunCancelled:
        """What the main thread gets raised by a signal."""
        if number == signal.SIGINT:
            self._was_interrupted = True
            sentence = f"Cancelled by {self._settings.user}."
            self._stop = self._stop or Stop(reason=Reason.CANCELLED, sentence=sentence, grace=0.0)
        assert self._stop is not None, "the other signal is sent by a stop"
        return RunCancelled(self._stop.sentence)


class _Sink:
    """The way of a run's events to its recorder, from whatever thread speaks.

    A signal handler of ours never raises while an event is being written: it only marks, and the
    exception comes when the event is out.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._lock = threading.RLock()
        self._pending: BaseException | None = None
        self._is_open = False
        self._main = threading.main_thread() is threading.current_thread()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._flush, name="jobnb-inline", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    def event(self, event: RunEvent) -> None:
        """Takes one event."""
        with self._lock:
            match event:
                case LogEvent() | ConsoleEvent() | DisplayEvent() | ProgressEvent():
                    self._recorder.take(event)
                case StepEvent():
                    self._recorder.secrecy.mask_also(event.secrets)
        self._raise_pending()

    def file(self, name: str, content: bytes) -> None:
        """Takes one file."""
        with self._lock:
            self._recorder.add_file(name, content, time.time())
        self._raise_pending()

    def wake(self) -> None:
        """From any thread: raises the exception in the job. Only a main thread can be reached."""
        if self._is_open and self._main:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR2)

    @contextmanager
    def interruptible(self, make_error: Callable[[int], BaseException]) -> Iterator[None]:
        """Within the block, an interrupt and ``wake()`` raise in the main thread."""

        def stop(number: int, _frame: FrameType | None) -> None:
            error = make_error(number)
            # See FrameWriter.stop() for the private name.
            if self._lock._is_owned():  # type: ignore[attr-defined]  # noqa: SLF001
                self._pending = error
            elif self._is_open:
                raise error

        before: dict[signal.Signals, Any] = {}
        if self._main:
            for number in (signal.SIGINT, signal.SIGUSR2):
                before[number] = signal.signal(number, stop)
        self._is_open = True
        try:
            yield
        finally:
            self._is_open = False
            for number, handler in before.items():
                signal.signal(number, handler)

    def _flush(self) -> None:
        while not self._over.wait(FLUSH):
            try:
                with self._lock:
                    self._recorder.flush_due(time.monotonic())
            except (Fenced, StoreError) as error:
                self._pending = error
                return

    def _raise_pending(self) -> None:
        if threading.current_thread() is threading.main_thread() or not self._main:
            pending, self._pending = self._pending, None
            if pending is not None:
                raise pending
