"""The five pipes between a parent and its child, whichever way the child comes to life."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import signal
from dataclasses import dataclass
from typing import Final

from jobnb.errors import ChildError

PIPE_SIZE: Final = 1024 * 1024
"""Bytes; the most that Linux gives an ordinary user."""
PIPE_ROOM: Final = 64 * 1024
"""Bytes that a pipe takes if nothing else is said."""

_CHOOSE_SIGNAL: Final = getattr(fcntl, "F_SETSIG", None)


@dataclass(frozen=True)
class Ends:
    """One side of the pipes, as descriptors."""

    orders: int
    """From the parent to the child."""
    output: int
    """What was written to the child's descriptor 1, past ``sys.stdout``."""
    errors: int
    """The same for descriptor 2."""
    frames: int
    """End of file when the child is gone."""
    lifeline: int
    """Nothing is ever written on it: the child ends when the parent's end closes."""
    tether: int | None = None
    """On the parent's side the child's end as well: what a child has left running that died before
    its parent is still tied to it then. None where nothing is tied."""

    @property
    def descriptors(self) -> list[int]:
        """In the order in which they are sent from process to process."""
        return [self.orders, self.output, self.errors, self.frames, self.lifeline]

    def close(self) -> None:
        """Closes this side."""
        for descriptor in self.descriptors:
            os.close(descriptor)
        if self.tether is not None:
            os.close(self.tether)


def open_pipes() -> tuple[Ends, Ends]:
    """The parent's side and the child's.

    Raises:
        ChildError: The operating system refused.
    """
    opened: list[tuple[int, int]] = []
    try:
        for _ in range(5):
            opened.append(os.pipe())  # noqa: PERF401 - those before a failure must be closed
        # Of a process that ends Linux lets go of the higher descriptors first: our end of a pipe is
        # the higher one, so the tether is there still when that goes.
        held, end = opened[-1]
        lifeline, tether = (held, None) if _CHOOSE_SIGNAL is None else (os.dup(held), held)
    except OSError as error:
        for pair in opened:
            for descriptor in pair:
                os.close(descriptor)
        raise ChildError(refusal(error)) from error
    orders, output, errors, frames, _ = opened
    ours = Ends(orders[1], output[0], errors[0], frames[0], end, tether)
    theirs = Ends(orders[0], output[1], errors[1], frames[1], lifeline)
    widen(ours.frames)
    return ours, theirs


def tie(lifeline: int, group: int) -> bool:
    """Lets the kernel kill a process group the moment the parent's end of the lifeline closes.

    Nothing is ever written on it, so the only signal that it can give is that the parent is gone.
    Linux delivers it even while the job holds the GIL in a C call, or is stopped. False elsewhere:
    there the thread that reads the orders does the same, as soon as it gets the GIL.

    Args:
        lifeline: The child's end.
        group: Of the child.
    """
    if _CHOOSE_SIGNAL is None:
        return False
    with contextlib.suppress(ProcessLookupError):  # it has ended already
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, -group)
    fcntl.fcntl(lifeline, _CHOOSE_SIGNAL, signal.SIGKILL)
    flags = fcntl.fcntl(lifeline, fcntl.F_GETFL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, flags | os.O_ASYNC | os.O_NONBLOCK)
    return True


def refusal(error: OSError) -> str:
    """That, why, and what helps, since the system's own words name only the fact."""
    remedy = {
        errno.EMFILE: " Raise the limit of open files (`ulimit -n`) of the worker, or give it "
        "fewer runs at once (setting 'workers').",
        errno.ENFILE: " The whole machine has too many open files.",
        errno.EAGAIN: " Raise the limit of processes (`ulimit -u`), or end some.",
        errno.ENOMEM: " The machine has no memory left.",
    }
    reason = error.strerror or str(error)
    return f"No child process could be started: {reason}.{remedy.get(error.errno or 0, '')}"


def widen(pipe: int) -> None:
    """Lets one side write ahead of a busy other one; where that is not to be had, it waits more."""
    set_size = getattr(fcntl, "F_SETPIPE_SZ", None)
    if set_size is not None:
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, set_size, PIPE_SIZE)
