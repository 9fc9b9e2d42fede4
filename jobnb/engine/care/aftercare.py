"""Aftercare: what becomes of runs that came back from Dask, or whose owner is gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from jobnb.engine.doorbell import DOORBELL
from jobnb.engine.launching.launchers import Launcher
from jobnb.engine.launching.schedulers import address_of
from jobnb.engine.submitting.orders import CELL_CODE
from jobnb.engine.submitting.waiting import WaitingRoom
from jobnb.errors import ClusterError
from jobnb.protocol import Reason, RunOrder, Status
from jobnb.store.care.unfinished import OpenRun
from jobnb.store.results import Results
from jobnb.store.values import RunRecord

if TYPE_CHECKING:
    # It brings Dask, which who only looks at runs does without.
    from jobnb.engine.launching.tasks import Task

TRIES: Final = 5
"""How often a run that no worker took is handed to Dask."""


class Aftercare:
    """Cares for the waiting runs of one launcher. One thread at a time."""

    def __init__(
        self,
        results: Results,
        launcher: Launcher,
        order: Callable[[RunRecord], RunOrder],
        room: WaitingRoom,
    ) -> None:
        """Begins with nothing to do.

        Args:
            results: Where the runs are kept.
            launcher: What they are handed to.
            order: Makes the order for a run out of its record.
            room: Where runs wait for their turn.
        """
        self._results = results
        self._launcher = launcher
        self._order = order
        self._room = room

    def settle(self) -> None:
        """Looks after the tasks that have ended."""
        done = self._launcher.done_tasks()
        if not done:
            return
        # One that a cleanup has removed since it ended does not wait either.
        waiting = self._results.unfinished.waiting({task.order.run_id for task in done})
        for task in done:
            before = waiting.get(task.order.run_id)
            has_begun = before is None or before >= task.order.attempt
            if has_begun or not self._waits_on(task):
                self._launcher.forget(task)

    def adopt(self, run: OpenRun) -> bool | None:
        """Hands out a waiting run whose owner died, if it waits for this launcher's scheduler.

        The scheduler may have it already, under the same key; and it starts once at most.

        Returns:
            True if it waits on, False if its scheduler is gone, None if that is not known here.
        """
        launcher = self._launcher
        if address_of(run.scheduler_id) != address_of(launcher.scheduler_id):
            return None
        if run.scheduler_id != launcher.scheduler_id:
            return False  # another one listens at its address
        known = launcher.runs | self._room.runs
        is_pending = run.status is Status.PENDING  # another attempt is handed out when it is due
        if is_pending and run.run_id not in known and launcher.is_connected:
            record = self._results.get(run.run_id)
            order, job = self._order(record), record.class_path.rpartition(".")[2]
            if not order.unknown:
                self._room.hand_out(order, job, record)
            elif not launcher.watch(order, job, tries=TRIES):
                self._give_up(order)
        return True

    def close(self, run_id: str, status: Status, reason: Reason, sentence: str) -> None:
        """Ends a run that has not started; nothing if it has."""
        self._results.close_unstarted(run_id, status=status, reason=reason, detail=sentence)
        DOORBELL.ring(run_id)

    def _waits_on(self, task: Task) -> bool:
        """A run that no worker took is closed with the reason, or handed out again."""
        refusal = task.refusal()
        if refusal is None:
            return self._hand_out_again(task)
        reason = Reason(refusal.reason)
        if reason is Reason.BUSY:
            self._room.take_back(task)
            return False
        self.close(task.order.run_id, Status.FAILURE, reason, refusal.detail)
        return False

    def _hand_out_again(self, task: Task) -> bool:
        """Whether there is hope for a run that Dask gave up, or that this process lost sight of."""
        launcher, tries = self._launcher, task.tries
        if task.order.unknown and (launcher.is_connected or launcher.is_gone()):
            return self._give_up(task.order)
        try:
            if launcher.is_connected and tries < TRIES:
                launcher.launch(task.order, task.job, tries=tries + 1)
                return True
            if not launcher.is_connected and not launcher.is_gone():
                return True  # the scheduler has it still; only this process cannot hear of it
            sentence = "Dask gave it up before a worker began it."
        except ClusterError as error:
            sentence = str(error)
        self.close(task.order.run_id, Status.REVOKED, Reason.NEVER_STARTED, sentence)
        return False

    def _give_up(self, order: RunOrder) -> bool:
        """Closes a run that cannot be handed out, as another process alone knew its inputs."""
        names = ", ".join(name for name in order.unknown if name != CELL_CODE)
        secrets = [f"its sensitive inputs ({names})"] if names else []
        code = [CELL_CODE] if CELL_CODE in order.unknown else []
        sentence = (
            f"It never started, and cannot be handed out again: {' and '.join([*secrets, *code])} "
            "were known only to the process that submitted it, which is gone. Run it again."
        )
        self.close(order.run_id, Status.REVOKED, Reason.NEVER_STARTED, sentence)
        return False
