"""Following a run: what is new, as soon as the doorbell rings or the next look is due."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Final

from jobnb.engine.dispatch import Dispatch, Update
from jobnb.engine.doorbell import DOORBELL

SHORTEST_POLL: Final = 0.05
LONGEST_POLL: Final = 1.0
"""Seconds between two looks at a run whose doorbell does not ring."""


def follow(
    dispatch: Dispatch, run_id: str, after: int = 0, *, timeout: float | None = None
) -> Iterator[Update]:
    """What is new of a run, as it comes, until it has ended.

    The caller's thread waits in between. At least once a second there is an update, so that
    the caller can show that time goes by.

    Args:
        dispatch: Where the run is.
        run_id: Which run.
        after: Entries up to this number are known already.
        timeout: Seconds after which to stop although the run works on; None: never.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    rung = threading.Event()
    pause = SHORTEST_POLL
    with DOORBELL.listening(run_id, rung.set):
        while True:
            rung.clear()
            update = dispatch.peek(run_id, after)
            yield update
            after = update.last
            now = time.monotonic()
            if update.is_final or (deadline is not None and now >= deadline):
                return
            if after < update.state.last_entry:
                continue
            pause = SHORTEST_POLL if update.entries else min(2 * pause, LONGEST_POLL)
            rung.wait(pause if deadline is None else min(pause, deadline - now))
            dispatch.observe()
