"""The one child program: reads an order, then describes the job files or runs one job.

Started by its path, ``python -P main.py <frames> <lifeline> [<door>]``, so that nothing but the
standard library and the authors' side of jobnb is loaded. No database and no cluster are known
here.
"""

from __future__ import annotations

import faulthandler
import os
import sys
from typing import TextIO

from jobnb.child.running.border import Border
from jobnb.protocol import ChildOrder


def main() -> None:
    """Carries out the order on stdin, and ends."""
    frames, lifeline, *doors = map(int, sys.argv[1:])
    border = Border(frames, lifeline, _take_stdin())
    faulthandler.enable()
    for stream in (sys.stdout, sys.stderr):
        _write_at_once(stream)
    first = border.orders.receive()
    if first is None:
        return
    order = ChildOrder.from_json(first)
    sys.argv[:] = ["jobnb"]
    if order.verb == "run":
        from jobnb.child.running.run import run_cold

        run_cold(order, border)
    else:
        from jobnb.child.templates.template import prepare

        prepare(order, border, doors)


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


if __name__ == "__main__":
    main()
