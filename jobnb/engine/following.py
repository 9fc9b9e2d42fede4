"""Following a run: what is new, as soon as the doorbell rings or the next look is due."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from math import inf
from typing import Final

from jobnb.engine.dispatch import Dispatch
from jobnb.engine.doorbell import DOORBELL
from jobnb.engine.held import HeldRun
from jobnb.engine.patience import patiently
from jobnb.engine.updates import Update

FIRST_LOOK: Final = 0.03
"""Seconds until the first look at a run that has just been handed out: its start needs this process
as well, and a small one is over by then."""
SHORTEST_POLL: Final = 0.05
LONGEST_POLL: Final = 1.0
"""Seconds between two looks at a run whose doorbell does not ring."""
GATHERING: Final = 0.05
"""Seconds that ends have to come together where somebody waits for many runs."""
SLICE: Final = 0.1
"""Seconds after which a wait sees that somebody has interrupted it."""


class _Bell:
    """The doorbell of one run, for somebody who waits until a deadline, or is interrupted."""

    def __init__(
        self, timeout: float | None, is_interrupted: Callable[[], bool] = lambda: False
    ) -> None:
        self._rung = threading.Event()
        self._deadline = inf if timeout is None else time.monotonic() + timeout
        self._is_interrupted = is_interrupted

    @contextmanager
    def of(self, run_id: str) -> Iterator[_Bell]:
        """Within the block it hears that run."""
        with DOORBELL.listening(run_id, self._rung.set):
            yield self

    @property
    def seconds_left(self) -> float:
        """Until the deadline."""
        return max(0.0, self._deadline - time.monotonic())

    def rings_within(self, seconds: float) -> bool:
        """Waits so long, or as long as there is; True as soon as it has rung since ``forget``."""
        end = time.monotonic() + min(seconds, self.seconds_left)
        while not self._is_interrupted():
            rest = end - time.monotonic()
            if rest <= 0:
                return False
            if self._rung.wait(min(rest, SLICE)):
                return True
        return False

    def forget(self) -> None:
        """What has rung until now is known."""
        self._rung.clear()


def await_word(run_id: str, is_interrupted: Callable[[], bool]) -> None:
    """Waits until a run that has just been handed out has something to say, for a moment.

    Args:
        run_id: Which run.
        is_interrupted: Whether to wait no longer.
    """
    with _Bell(None, is_interrupted).of(run_id) as bell:
        bell.rings_within(FIRST_LOOK)


def follow(
    dispatch: Dispatch,
    run_id: str,
    after: int = 0,
    *,
    newest: int | None = None,
    timeout: float | None = None,
    is_interrupted: Callable[[], bool] = lambda: False,
) -> Iterator[Update]:
    """What is new of a run, as it comes, until it has ended; the caller's thread waits in between.

    At least once a second there is an update, so that the caller can show that time goes by. A
    database that is out of reach for a while is waited for, as the worker does.

    Args:
        dispatch: Where the run is.
        run_id: Which run.
        after: Entries up to this number are known already.
        newest: How many entries the caller can use at once; None: all are wanted.
        timeout: Seconds after which to stop although the run works on; None: never.
        is_interrupted: Whether to give an update at once, so that the caller can act.

    Raises:
        StoreUnreachable: The database stayed out of reach.
    """
    look = partial(dispatch.peek, run_id, newest=newest)
    pause = SHORTEST_POLL
    with _Bell(timeout, is_interrupted).of(run_id) as bell:
        while True:
            bell.forget()
            update = patiently(partial(look, after), dispatch.patience)
            yield update
            after = update.last
            if update.is_final or not bell.seconds_left:
                return
            pause = SHORTEST_POLL if update.entries else min(2 * pause, LONGEST_POLL)
            knows_all = after >= update.state.last_entry
            if knows_all and not bell.rings_within(pause):
                # Who hears the bell looks at once; whatever may be lost is what does not ring.
                dispatch.observe()


def await_end(dispatch: Dispatch, run: HeldRun, timeout: float | None = None) -> bool:
    """Waits until a run has ended; False if it works on after so many seconds (None: never).

    A run that was just handed out, and whose bell has not rung, is not even looked at first.

    Raises:
        ResultNotFound: There is no such run any more.
        StoreUnreachable: The database stayed out of reach.
    """
    if run.end is not None:  # seen with the end of another one, as most of many are
        return True
    held = dispatch.held
    pause = SHORTEST_POLL
    with _Bell(timeout).of(run.run_id) as bell:
        if not held.is_silent(run):
            patiently(partial(held.record_of, run), dispatch.patience)
        while run.end is None:
            look: Callable[[HeldRun], object] = held.look
            if not bell.rings_within(pause):
                dispatch.observe()
                pause = min(2 * pause, LONGEST_POLL)
                look = held.record_of
            elif held.precedes_many(run):
                time.sleep(min(GATHERING, bell.seconds_left))
            bell.forget()
            patiently(partial(look, run), dispatch.patience)
            if not bell.seconds_left:
                break
    return run.end is not None
