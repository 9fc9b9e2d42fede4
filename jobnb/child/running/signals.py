"""How a running job is told to stop: a signal to its main thread becomes an exception there."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # the public one makes words of all it gives
import _thread
import fcntl
import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from jobnb.child.running.pipe import FrameWriter

STOP_SIGNAL = signal.SIGUSR2
"""Sent to the main thread when there is a word for it; SIGTERM comes later and from outside."""
INSISTENCE: Final = 0.05
"""Seconds between two signals to a main thread that has not heard the first one."""

_OURS = (STOP_SIGNAL, signal.SIGTERM)
_CHOOSE_SIGNAL: Final = getattr(fcntl, "F_SETSIG", None)
_installed: dict[int, Callable[[int, FrameType | None], None]] = {}


class _Forking(threading.local):
    """What is to be put back after a fork."""

    mask: set[int] | None = None
    """What the thread that forks had blocked before; None outside of a fork."""


_forking: Final = _Forking()


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
        if not callable(_signal.getsignal(number)):
            _handle(number, stop)


def announce(descriptor: int) -> None:
    """From now on the main thread is interrupted whenever there is something new to read.

    Linux does that itself, once for each word. A thread for it would cost a small run more than all
    that its job does: memory of its own, and turns with Python's lock.
    """
    if _CHOOSE_SIGNAL is None:
        _thread.start_new_thread(_watch, (descriptor,))
        return
    fcntl.fcntl(descriptor, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(descriptor, _CHOOSE_SIGNAL, STOP_SIGNAL)
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_ASYNC)


def _watch(descriptor: int) -> None:
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    while not any(event & select.POLLHUP for _, event in waiting.poll()):
        interrupt_main()
        time.sleep(INSISTENCE)
    # The parent is gone: nobody records what the job does from here on.
    os.killpg(0, signal.SIGKILL)


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
    mask = _forking.mask
    if mask is not None:
        _forking.mask = None
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def restore_defaults() -> None:
    """In a forked process: SIGTERM ends it again, as ``Process.terminate()`` expects."""
    for number, handler in _installed.items():
        if signal.getsignal(number) is handler:
            signal.signal(number, signal.SIG_DFL)
    _installed.clear()
    let_through()


@contextmanager
def kept() -> Iterator[None]:
    """Within the block the signals may be installed; after it they are handled as before."""
    before = {number: _signal.getsignal(number) for number in _OURS}
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:
                _signal.signal(number, handler)
        _installed.clear()


_AT_FORK: Final = {hook.__code__ for hook in (hold_back, let_through)}
"""Where an exception would be lost, as Python calls them from the depths of a fork."""


def _handle(number: int, handler: Callable[[int, FrameType | None], None]) -> None:
    _signal.signal(number, handler)
    _installed[number] = handler


def _ignore(_number: int, _frame: FrameType | None) -> None:
    pass


def _say_again(number: int) -> None:
    later = threading.Timer(INSISTENCE, interrupt_main, [number])
    later.daemon = True
    later.start()
