"""Unserved runs: Dask has them, but no worker serves their queue.

They say so, and are given up when they have waited for as long as they may.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from jobnb.engine.launching.launchers import Launcher
from jobnb.engine.submitting.notices import Notices
from jobnb.protocol import Reason, Status
from jobnb.store.results import Results

if TYPE_CHECKING:
    # It brings Dask, which who only looks at runs does without.
    from jobnb.engine.launching.tasks import Task


class UnservedRuns:
    """Since when which runs are unserved. One thread at a time."""

    def __init__(
        self, results: Results, notices: Notices, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begins with none.

        Args:
            results: Where the runs are kept.
            notices: Where it is said what they wait for.
            clock: Monotonic.
        """
        self._results = results
        self._notices = notices
        self._clock = clock
        self._since: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._since)

    def look(self, launcher: Launcher) -> None:
        """Says of all runs of a launcher whether they are unserved, and gives up some of them."""
        tasks = {task.order.run_id: task for task in unserved_tasks(launcher)}
        for run_id in set(self._since) - set(tasks):
            self._notices.withdraw(run_id)  # a worker came, or somebody cancelled it
            del self._since[run_id]
        for run_id, task in tasks.items():
            if self._gave_up(task, launcher):
                continue
            self._notices.say(run_id, f"Waits for a worker of queue {task.order.queue!r}.")
            if self._results.state(run_id).is_ready:
                self._take_back(task, launcher)  # somebody cancelled it

    def judge(self, run_id: str, launcher: Launcher) -> None:
        """Gives up one run if it has waited for too long, and says nothing of it."""
        tasks = [task for task in unserved_tasks(launcher) if task.order.run_id == run_id]
        if tasks:
            self._gave_up(tasks[0], launcher)
        else:
            self._since.pop(run_id, None)

    def _gave_up(self, task: Task, launcher: Launcher) -> bool:
        """Closes a run that has waited for a worker for too long."""
        now, timeout = self._clock(), task.order.queue_timeout
        since = self._since.setdefault(task.order.run_id, now)
        if timeout is None or now - since < timeout:
            return False
        self._results.close_unstarted(
            task.order.run_id,
            status=Status.REVOKED,
            reason=Reason.NEVER_STARTED,
            detail=f"It never started: no worker of queue {task.order.queue!r} came within "
            f"{timeout:g} s.",
        )
        self._take_back(task, launcher)
        return True

    def _take_back(self, task: Task, launcher: Launcher) -> None:
        """Nobody must take it any more; a worker that came now would find it closed."""
        launcher.withdraw(task)
        del self._since[task.order.run_id]
        self._notices.forget(task.order.run_id)


def unserved_tasks(launcher: Launcher) -> list[Task]:
    """The tasks that no worker can take, for none serves their queue."""
    waiting = launcher.queued_tasks()
    if not waiting:
        return []
    served = launcher.served_queues()
    return [task for task in waiting if task.order.queue not in served]
