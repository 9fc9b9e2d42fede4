"""How a running job is told to stop: a signal to its main thread becomes an exception there."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType

from jobnb.child.pipe import FrameWriter

STOP_SIGNAL = signal.SIGUSR2
"""Sent to the main thread by our own order thread; SIGTERM comes later and from outside."""

_OURS = (STOP_SIGNAL, signal.SIGTERM)
_installed: dict[int, Callable[[int, FrameType | None], None]] = {}


def install(writer: FrameWriter, make_error: Callable[[int], BaseException | None]) -> None:
    """Turns the two signals into the exception that ``make_error`` gives for their number.

    A handler that a job file has set at its import stays.
    """

    def stop(number: int, _frame: FrameType | None) -> None:
        error = make_error(number)
        if error is not None:
            writer.stop(error)

    for number in _OURS:
        if callable(signal.getsignal(number)):
            continue
        signal.signal(number, stop)
        _installed[number] = stop


def interrupt_main() -> None:
    """From any thread: raises the exception in the main thread, out of a blocking call too."""
    signal.pthread_kill(threading.main_thread().ident or 0, STOP_SIGNAL)


def ignore() -> None:
    """From now on nothing interrupts the main thread: the end of the run is being reported."""
    for number in _OURS:
        signal.signal(number, signal.SIG_IGN)
    _installed.clear()


def restore_defaults() -> None:
    """In a forked process: SIGTERM ends it again, as ``Process.terminate()`` expects."""
    for number, handler in _installed.items():
        if signal.getsignal(number) is handler:
            signal.signal(number, signal.SIG_DFL)
    _installed.clear()
