"""The backlog: how many of the tasks that Dask was given have not ended."""

from __future__ import annotations

import threading
from typing import Protocol

from jobnb.protocol import RunOrder


class Endable(Protocol):
    """What a backlog wants to know of a task."""

    order: RunOrder

    @property
    def is_done(self) -> bool:
        """Whether it has ended, well or not."""


class Backlog:
    """The tasks that may not have ended, in the order in which they came. Any thread may use it.

    Workers take them in about that order, so what lies behind those that can be worked on at once
    is taken to wait: a look at the backlog costs the same, however long it is.
    """

    def __init__(self) -> None:
        self._tasks: dict[str, Endable] = {}
        self._lock = threading.Lock()

    def add(self, task: Endable) -> None:
        """One more to do; it takes the place of another one for the same run."""
        with self._lock:
            self._tasks[task.order.run_id] = task

    def remove(self, task: Endable) -> None:
        """It has ended, or will never begin."""
        with self._lock:
            if self._tasks.get(task.order.run_id) is task:
                del self._tasks[task.order.run_id]

    def count(self, at_once: int) -> int:
        """How many there are; those in front that have ended are not counted again.

        Args:
            at_once: How many can be worked on at the same time.
        """
        with self._lock:
            ended, going_on = [], 0
            for run_id, task in self._tasks.items():
                if task.is_done:
                    ended.append(run_id)
                elif (going_on := going_on + 1) == at_once:
                    break
            for run_id in ended:
                del self._tasks[run_id]
            return len(self._tasks)
