"""How a running job is told to stop: a signal to its main thread becomes an exception there."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Final

from jobnb.child.running.pipe import FrameWriter

STOP_SIGNAL = signal.SIGUSR2
"""Sent to the main thread by our own order thread; SIGTERM comes later and from outside."""
INSISTENCE: Final = 0.05
"""Seconds between two signals to a main thread that has not heard the first one."""

_OURS = (STOP_SIGNAL, signal.SIGTERM)
_installed: dict[int, Callable[[int, FrameType | None], None]] = {}
_forking = threading.local()
"""Its ``mask`` is what the thread that forks had blocked before; None outside of a fork."""


def install(writer: FrameWriter, make_error: Callable[[int], BaseException | None]) -> None:
    """Turns the two signals into the exception that ``make_error`` gives for their number.

    A handler that a job file has set at its import stays.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        if frame is not None and frame.f_code in _AT_FORK:
            _say_again(number)
            return
        error = make_error(number)
        if error is not None:
            writer.stop(error)

    for number in _OURS:
        if not callable(signal.getsignal(number)):
            _handle(number, stop)


def interrupt_main(number: int = STOP_SIGNAL) -> None:
    """From any thread: raises the exception in the main thread, out of a blocking call too."""
    signal.pthread_kill(threading.main_thread().ident or 0, number)


def ignore() -> None:
    """From now on nothing interrupts the main thread: the end of the run is being reported."""
    for number in _OURS:
        # Not SIG_IGN, which a program that is started now would inherit.
        _handle(number, _ignore)


def hold_back() -> None:
    """Before a fork: in the new process no signal may find the handlers of this one.

    Python forgets those that come before it is ready there, and what a handler raises while it is
    made ready is lost as well: ``terminate()`` of a process just forked would do nothing. Held
    back, the signal comes after ``restore_defaults``, and ends it.
    """
    if _installed:
        _forking.mask = signal.pthread_sigmask(signal.SIG_BLOCK, _OURS)


def let_through() -> None:
    """After a fork, in the process that has forked."""
    mask, _forking.mask = getattr(_forking, "mask", None), None
    if mask is not None:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def restore_defaults() -> None:
    """In a forked process: SIGTERM ends it again, as ``Process.terminate()`` expects."""
    for number, handler in _installed.items():
        if signal.getsignal(number) is handler:
            signal.signal(number, signal.SIG_DFL)
    _installed.clear()
    let_through()


_AT_FORK: Final = {hook.__code__ for hook in (hold_back, let_through)}
"""Where an exception would be lost, as Python calls them from the depths of a fork."""


def _handle(number: int, handler: Callable[[int, FrameType | None], None]) -> None:
    signal.signal(number, handler)
    _installed[number] = handler


def _ignore(_number: int, _frame: FrameType | None) -> None:
    pass


def _say_again(number: int) -> None:
    later = threading.Timer(INSISTENCE, interrupt_main, [number])
    later.daemon = True
    later.start()
