"""The running child: loads one job, performs it, and reports all it does as events."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # the public one makes words of all it gives
import faulthandler
import json
import os
import signal
import time
from collections.abc import Callable
from typing import Final, Protocol

from jobnb.authoring.job import Job
from jobnb.authoring.lifecycle import perform
from jobnb.child.importing import carried, loader
from jobnb.child.running import signals
from jobnb.child.running.border import Border
from jobnb.child.running.outlet import Outlet, say_plainly
from jobnb.child.running.pipe import FrameWriter, OrderReader
from jobnb.errors import RunCancelled, SoftTimeLimitExceeded
from jobnb.objects.scope import session_scope
from jobnb.protocol import (
    PIECE,
    WHERE_SIGNAL,
    ChildOrder,
    FileEvent,
    FinishedEvent,
    HeardEvent,
    Reason,
    RunEvent,
    RunSpec,
    Status,
    Step,
    StepEvent,
    pack_piece,
    pack_run_event,
)


class Pipes(Protocol):
    """What a run has to its parent."""

    @property
    def writer(self) -> FrameWriter:
        """Frames to it."""

    @property
    def orders(self) -> OrderReader:
        """Orders from it."""


_BY_SIGNAL: Final = "The process was told to end by a signal."


def run_cold(order: ChildOrder, border: Border) -> None:
    """Runs the job that ``order.run`` names, in a process that has imported nothing yet."""
    outlet, loggers = Outlet(), loader.job_loggers(order)
    outlet.install(loggers)
    _run(order, border, outlet, lambda spec: carried.load(order, spec.class_path))


def run_forked(
    order: ChildOrder, pipes: Pipes, outlet: Outlet, load: Callable[[RunSpec], type[Job]]
) -> None:
    """Runs the job that ``order.run`` names, in a fork of a process that has imported it.

    Args:
        order: As a cold child gets it.
        pipes: Of this process.
        outlet: Installed before the imports.
        load: Gives the job class.
    """
    _run(order, pipes, outlet, load)


def _run(
    order: ChildOrder, pipes: Pipes, outlet: Outlet, load: Callable[[RunSpec], type[Job]]
) -> None:
    """Runs the job; the last event says how it ended."""
    assert order.run is not None, "a run order names its run"
    report = _Report(pipes.writer)
    # Never taken back: threads and exit functions of the job speak after its end.
    outlet.open(report.event)
    # To descriptor 2, as it is done in C: also while a pattern or a database never comes to an end.
    faulthandler.register(WHERE_SIGNAL, file=2, all_threads=False)
    canceller = _Canceller(pipes.orders, pipes.writer, report)
    try:
        signals.install(pipes.writer, canceller.error)
        canceller.start()
        finished = _perform(order.run, report, load)
        signals.ignore()
        report.end(finished)
    except RunCancelled as error:
        signals.ignore()
        report.end(_cancelled(error))
    except SoftTimeLimitExceeded as error:
        signals.ignore()
        report.end(_too_slow(error))


def _perform(spec: RunSpec, report: _Report, load: Callable[[RunSpec], type[Job]]) -> FinishedEvent:
    try:
        job_class = load(spec)
    except loader.JobNotLoaded as error:
        return error.end_of_run()
    with session_scope():  # objects given as inputs are alive until the last hook
        return perform(job_class, spec, report.event, report.file)


def _cancelled(error: RunCancelled) -> FinishedEvent:
    """The end of a run that was cancelled outside of the job's own code, say while it loaded."""
    return FinishedEvent(time.time(), Status.REVOKED, Reason.CANCELLED, str(error), value=None)


def _too_slow(error: SoftTimeLimitExceeded) -> FinishedEvent:
    """The end of a run whose soft limit came just when its own code had ended."""
    reason = Reason.SOFT_TIME_LIMIT
    return FinishedEvent(time.time(), Status.FAILURE, reason, str(error), value=None)


class _Report:
    """Everything that the job says, on its way to the parent."""

    def __init__(self, writer: FrameWriter) -> None:
        self._writer = writer
        self._has_ended = False

    def end(self, finished: FinishedEvent) -> None:
        """Sends the last word, once."""
        if not self._has_ended:
            self._has_ended = True
            self._writer.write(pack_run_event(finished))

    def event(self, event: RunEvent) -> None:
        """Sends one event."""
        if type(event) is StepEvent and event.step == Step.RUNNING:
            _give_up_signal()
        # A job that has closed all descriptors is only found out by the first word after it.
        if not (self._writer.is_open and self._writer.write(pack_run_event(event))):
            say_plainly(event)

    def file(self, name: str, content: bytes) -> None:
        """Sends one file: its event, then its pieces, with nothing in between."""
        pieces = (content[at : at + PIECE] for at in range(0, len(content), PIECE))
        event = FileEvent(time.time(), name, len(content))
        self._writer.write_together([pack_run_event(event), *map(pack_piece, pieces)])


def _give_up_signal() -> None:
    """From here on the signal that asks where a job is belongs to the job.

    ``faulthandler`` puts back what there was before it, and knows nothing of a handler that the job
    file has set at its import.
    """
    handler = _signal.getsignal(WHERE_SIGNAL)
    faulthandler.unregister(WHERE_SIGNAL)
    if handler is not None and handler != _signal.SIG_DFL:
        _signal.signal(WHERE_SIGNAL, handler)


class _Canceller:
    """Hears the words of the parent: to cancel, that time is up; or its death."""

    def __init__(self, orders: OrderReader, writer: FrameWriter, report: _Report) -> None:
        self._orders = orders
        self._writer = writer
        self._report = report
        self._text = _BY_SIGNAL
        self._late = ""
        """That time is up; empty before, and once somebody cancels."""
        self._was_told = False
        self._is_hearing = False

    def start(self) -> None:
        """From now on hears them, on the main thread, which a signal interrupts."""
        signals.announce(self._orders.descriptor)
        if self._orders.has_more():  # it came before
            signals.interrupt_main()

    def error(self, number: int) -> BaseException | None:
        """In a signal handler: what the job gets raised; None if it has heard of it already."""
        if number != signals.STOP_SIGNAL:
            return RunCancelled(self._text)
        if self._is_hearing:  # another signal, in the midst of this
            return None
        self._is_hearing = True
        try:
            is_news = self._hear()
        finally:
            self._is_hearing = False
        if self._was_told and not is_news:
            return None
        return SoftTimeLimitExceeded(self._late) if self._late else RunCancelled(self._text)

    def _hear(self) -> bool:
        """Takes all the words that are there; whether one of them says something."""
        is_news = False
        while self._orders.has_more():
            order = self._orders.receive()
            if order is None:
                # The parent is gone: nobody records what the job does from here on.
                os.killpg(0, signal.SIGKILL)
                break
            if words := json.loads(order):
                self._late = words.get("late", "")
                self._text = words.get("cancel", self._text)
                self._was_told = is_news = True
        if is_news:
            self._report.event(HeardEvent(time.time()))
        return is_news
