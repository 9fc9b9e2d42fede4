"""The one child program: reads an order, then describes the job files or runs one job.

Started by its path, ``python -P main.py <frames>``, so that nothing but the standard library and
the authors' side of jobnb is loaded. No database and no cluster are known here.
"""

from __future__ import annotations

import faulthandler
import fcntl
import os
import signal
import sys
from typing import TextIO

from jobnb.child import signals
from jobnb.child.pipe import FrameWriter, OrderReader
from jobnb.protocol import ChildOrder

_KILL_ON_HANGUP = getattr(fcntl, "F_SETSIG", None)


def main() -> None:
    """Carries out the order on stdin, and ends."""
    frames, lifeline = int(sys.argv[1]), int(sys.argv[2])
    for descriptor in (frames, lifeline):
        os.set_inheritable(descriptor, False)
    _die_with_parent(lifeline)
    orders = OrderReader(_take_stdin())
    faulthandler.enable()
    for stream in (sys.stdout, sys.stderr):
        _write_at_once(stream)
    writer = FrameWriter(frames)
    os.register_at_fork(after_in_child=lambda: _become_stranger(writer, lifeline, orders))
    first = orders.receive()
    if first is None:
        return
    order = ChildOrder.from_json(first)
    sys.argv[:] = ["jobnb"]
    if order.verb == "run":
        from jobnb.child.run import run

        run(order, writer, orders)
    else:
        from jobnb.child.describe import serve

        serve(order, writer.write, orders.receive)


def _die_with_parent(lifeline: int) -> None:
    """Lets the kernel kill this process group the moment the parent's end of the pipe closes.

    Nothing is ever written on the lifeline, so the only signal it can give is that the parent is
    gone. Linux delivers it even while the job holds the GIL in a C call; elsewhere the thread that
    reads the orders does the same, as soon as it gets the GIL.
    """
    if _KILL_ON_HANGUP is None:
        return
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(lifeline, _KILL_ON_HANGUP, signal.SIGKILL)
    flags = fcntl.fcntl(lifeline, fcntl.F_GETFL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, flags | os.O_ASYNC | os.O_NONBLOCK)
    try:
        parent_is_gone = os.read(lifeline, 1) == b""
    except BlockingIOError:
        parent_is_gone = False
    if parent_is_gone:
        os.killpg(0, signal.SIGKILL)


def _take_stdin() -> int:
    """Moves the orders away from descriptor 0, where a job's ``input()`` would eat them."""
    private = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return private


def _write_at_once(stream: TextIO) -> None:
    """A stream on a pipe is buffered by default, and a dying process loses what is in it."""
    stream.reconfigure(  # type: ignore[attr-defined]
        encoding="utf-8", errors="backslashreplace", line_buffering=True, write_through=True
    )


def _become_stranger(writer: FrameWriter, lifeline: int, orders: OrderReader) -> None:
    """In a process that the job forked: it shares our group, but not our pipes and handlers."""
    if not writer.is_open:
        return  # forked by a forked one: the numbers are somebody else's by now
    writer.abandon()
    for descriptor in (lifeline, orders.descriptor):
        os.close(descriptor)
    signals.restore_defaults()


if __name__ == "__main__":
    main()
