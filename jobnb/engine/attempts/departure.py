"""Departure: when a child is gone, and all that it has said is heard."""

from __future__ import annotations

import select
import time
from typing import Final

from jobnb.child.process import ChildProcess
from jobnb.engine.attempts.ears import Ears
from jobnb.engine.attempts.hearing import Hearing
from jobnb.engine.attempts.stopbell import StopBell

LEAVING: Final = 0.15
"""Seconds that helpers of the child (Python's resource tracker) have to end after it by themselves.
"""
DRAIN: Final = 0.3
"""Seconds that are spent on the pipes after the child is gone, if somebody still holds them."""


class Departure:
    """Waits for the end of one child and its pipes; one thread at a time."""

    def __init__(self, child: ChildProcess, hearing: Hearing, ears: Ears, bell: StopBell) -> None:
        self._child = child
        self._hearing = hearing
        self._ears = ears
        self._bell = bell
        self._gone_since: float | None = None
        self._has_swept = False

    @property
    def has_left(self) -> bool:
        """Whether the child has taken its leave, and the system only takes it apart.

        Whoever has stopped a run may rely on it that its process is gone when it has ended.
        """
        return self._hearing.exit_code is not None and self._bell.stop is None

    @property
    def next_due(self) -> float | None:
        """When the pipes of a child that is gone are looked at again, on the monotonic clock."""
        if self._gone_since is None:
            return None
        return self._gone_since + (DRAIN if self._has_swept else LEAVING)

    def is_over(self) -> bool:
        """Whether nothing more comes of it, or for longer than anybody waits."""
        is_silent = not self._ears.is_open(*self._pipes)
        if is_silent and self.has_left:
            return True
        if self._gone_since is None:
            if not self._child.has_exited():
                return False
            self._gone_since = time.monotonic()
        if is_silent:
            return True
        now = time.monotonic()
        if not self._has_swept and now >= self._gone_since + LEAVING:
            # What the job left running shares its group: it ends with it and frees the pipes.
            self._has_swept = True
            self._child.kill()
        return now >= self._gone_since + DRAIN and not self._has_more_frames()

    @property
    def _pipes(self) -> list[int]:
        """Those on which something may come; after its leave a child sends no frames."""
        plain = [self._child.output, self._child.errors]
        return plain if self._hearing.exit_code is not None else [self._child.frames, *plain]

    def _has_more_frames(self) -> bool:
        """Whether words of the child are left, which may be many, and take their time."""
        ready = select.poll()
        ready.register(self._child.frames, select.POLLIN)
        return self._ears.is_open(self._child.frames) and bool(ready.poll(0))
