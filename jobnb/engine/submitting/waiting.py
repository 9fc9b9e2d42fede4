"""The waiting room: runs of this process that wait for their turn, or for a worker of their queue.

No thread of a worker waits with them: a run that may not start yet is not with Dask at all.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from jobnb.engine.doorbell import DOORBELL
from jobnb.engine.launching.launchers import Launcher
from jobnb.engine.patience import Trouble
from jobnb.engine.submitting.admission import names_of
from jobnb.engine.submitting.notices import Notices
from jobnb.engine.submitting.unserved import UnservedRuns, unserved_tasks
from jobnb.errors import JobnbError, StoreUnreachable, StoreVanished
from jobnb.protocol import RunOrder, WhenBusy
from jobnb.store.care.turns import Turns
from jobnb.store.results import Results
from jobnb.store.values import RunRecord, Turn

if TYPE_CHECKING:
    # It brings Dask, which who only looks at runs does without.
    from jobnb.engine.launching.tasks import Task

PAUSE: Final = 0.5
"""Seconds between two looks; the end of a run that this process hears of rings at once."""
PATIENCE: Final = 5.0
"""Seconds for which a free lock is left to a run that waits for longer and does not take it: its
own process may be gone, or its queue may have no worker."""

_log = logging.getLogger(__name__)


@dataclass
class _Guest:
    """A run that waits for its turn."""

    order: RunOrder
    job: str
    free_since: float | None = None
    """When its lock was first seen free, while another run was next; monotonic."""


class WaitingRoom:
    """Hands runs to a launcher when they may start. Any thread may use it."""

    def __init__(
        self,
        results: Results,
        turns: Turns,
        launcher: Launcher,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begins empty; its thread lives as long as somebody waits.

        Args:
            results: Where the runs are kept.
            turns: The same, seen as those who wait.
            launcher: What they are handed to.
            clock: Monotonic.
        """
        self._results = results
        self._turns = turns
        self._launcher = launcher
        self._clock = clock
        self._guests: dict[str, _Guest] = {}
        self._notices = Notices(turns)
        self._unserved = UnservedRuns(results, self._notices, clock)
        self._lock = threading.Lock()
        self._rung = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_closed = False
        self._trouble = Trouble()

    @property
    def runs(self) -> frozenset[str]:
        """The ids of the runs that wait here and are not with Dask."""
        return frozenset(self._guests)

    def hand_out(self, order: RunOrder, job: str, record: RunRecord) -> None:
        """Hands a run to the launcher, or keeps it until its turn comes.

        Args:
            order: What to do.
            job: Class name of the job.
            record: The run, written down already.

        Raises:
            ClusterError: Dask does not take it.
        """
        waits = record.when_busy is WhenBusy.WAIT and not self._launcher.is_immediate
        if waits and not self._may_start(order.run_id):
            self._guests[order.run_id] = _Guest(order, job)
        else:
            self._launcher.launch(order, job)
        if self._guests or order.queue:
            self.look()

    def take_back(self, task: Task) -> None:
        """A worker has found the lock of a run taken: it gets its turn again."""
        order = replace(task.order, turn=task.order.turn + 1)
        self.hand_out(order, task.job, self._results.get(order.run_id))

    def look(self) -> None:
        """Begins to look after those who wait, if anybody does. Costs nothing if nobody does."""
        with self._lock:
            waits = bool(self._guests) or any(unserved_tasks(self._launcher))
            if waits and self._thread is None and not self._is_closed:
                self._thread = threading.Thread(target=self._watch, name="jobnb-waiting-room")
                self._thread.daemon = True
                self._thread.start()

    def close(self) -> None:
        """Ends the thread; who waits is not handed out any more."""
        self._is_closed = True
        self._rung.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=5.0)

    def _watch(self) -> None:
        while True:
            self._rung.clear()
            others: Collection[str] = ()
            try:
                others = self._call_guests()
                self._unserved.look(self._launcher)
                self._trouble.end()
            except (StoreUnreachable, StoreVanished) as error:
                self._trouble.meet(error)
            except JobnbError as error:
                if not self._is_closed:
                    _log.warning("The runs that wait could not be looked after: %s", error)
            with self._lock:
                if self._is_closed or not (self._guests or self._unserved):
                    self._thread = None
                    return
            with ExitStack() as listening:
                for run_id in others:
                    listening.enter_context(DOORBELL.listening(run_id, self._rung.set))
                self._rung.wait(PAUSE)

    def _call_guests(self) -> set[str]:
        """Hands out those whose turn has come; gives the runs that the others wait for.

        Those that were just handed out are among them: they may be over before the next look.
        """
        if not self._guests:
            return set()
        known = tuple(self._guests)
        turns = self._turns.of(known)
        for run_id in set(known) - {turn.run_id for turn in turns}:
            self._leave(run_id)  # somebody cancelled it
        others = {holder.run_id for turn in turns for holder in turn.holders}
        for turn in turns:
            if self._is_called(turn):
                self._start(turn.run_id)
                others.add(turn.run_id)
            else:
                self._notices.say(turn.run_id, _what_for(turn))
        return others

    def _is_called(self, turn: Turn) -> bool:
        guest = self._guests[turn.run_id]
        if not turn.is_free:
            guest.free_since = None
            return False
        if turn.is_next:
            return True
        now = self._clock()
        guest.free_since = now if guest.free_since is None else guest.free_since
        return now - guest.free_since >= PATIENCE

    def _start(self, run_id: str) -> None:
        guest = self._guests[run_id]
        order = replace(guest.order, turn=guest.order.turn + 1)
        self._launcher.launch(order, guest.job)
        self._leave(run_id)

    def _leave(self, run_id: str) -> None:
        self._guests.pop(run_id, None)
        self._notices.forget(run_id)

    def _may_start(self, run_id: str) -> bool:
        return all(turn.is_free and turn.is_next for turn in self._turns.of([run_id]))


def _what_for(turn: Turn) -> str:
    if turn.is_free or not turn.holders:
        return "Waits for its turn."
    return f"Waits for {names_of(turn.holders)} of this job to end."
