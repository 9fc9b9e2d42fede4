"""Held runs: those whose results somebody in this process has, and what they have come to."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from itertools import count, islice
from typing import Final
from weakref import WeakValueDictionary

from jobnb.engine.doorbell import DOORBELL
from jobnb.store.reading.runs import TOGETHER
from jobnb.store.results import Results
from jobnb.store.values import RunRecord

MANY: Final = 8
"""Runs that are waited for after one, from which on it is one of many."""


class HeldRun:
    """A run as those who have its result share it; when they let go of it, it is forgotten."""

    def __init__(self, run_id: str, number: int) -> None:
        self.run_id: Final = run_id
        self.number: Final = number
        """In the order in which they were first held."""
        self.end: RunRecord | None = None
        """All about it when it had ended, which never changes; None as long as that is unknown."""


class HeldRuns:
    """The held runs of one database. Any thread may use it.

    Whoever waits for many runs asks for one after the other. What their bells have rung for since
    is read together.
    """

    def __init__(self, results: Results) -> None:
        """Begins with none, and hears every bell as long as it lives.

        Args:
            results: Where the runs are kept.
        """
        self._results = results
        self._lock = threading.Lock()
        self._numbers = count()
        self._all: WeakValueDictionary[str, HeldRun] = WeakValueDictionary()
        self._silent: WeakValueDictionary[str, HeldRun] = WeakValueDictionary()
        """Those that have not rung since they were handed out, or looked at."""
        self._rung: WeakValueDictionary[str, HeldRun] = WeakValueDictionary()
        """Those of them that have."""
        self._over: WeakValueDictionary[str, HeldRun] = WeakValueDictionary()
        """Those whose end was rung for, and not looked at yet."""
        DOORBELL.attend(self)

    def hold(self, run_id: str, *, is_new: bool = False) -> HeldRun:
        """The run of that id, as everybody who holds it has it.

        Args:
            run_id: Which one.
            is_new: Whether it is about to be handed out here, so that its bell will be heard.
        """
        with self._lock:
            run = self._all.setdefault(run_id, HeldRun(run_id, next(self._numbers)))
            if is_new:
                self._silent[run_id] = run
            return run

    def is_silent(self, run: HeldRun) -> bool:
        """Whether there can hardly be anything new of it; a bell may have been lost on its way."""
        return run.run_id in self._silent

    def precedes_many(self, run: HeldRun) -> bool:
        """Whether many are silent that were handed out after it: they end one after the other."""
        with self._lock:
            later = (other for other in self._silent.values() if other.number > run.number)
            return len(list(islice(later, MANY))) == MANY

    def hear(self, run_id: str, *, has_ended: bool) -> None:
        """Its bell rings."""
        with self._lock:
            run = self._silent.pop(run_id, None)
            if run is not None:
                self._rung[run_id] = run
            # One step, as it may be let go of at any moment.
            if has_ended and (held := self._all.get(run_id)) is not None:
                self._over[run_id] = held

    def end_of(self, run_id: str) -> RunRecord | None:
        """All about a run whose end was rung for; None if nobody has, or here nobody holds it."""
        with self._lock:
            is_over, run = self._over.pop(run_id, None) is not None, self._all.get(run_id)
        if run is None:
            return None
        if is_over:
            self.look(run)
        return run.end

    def record_of(self, run: HeldRun) -> RunRecord:
        """Everything about a run except its log and its files, as it is now.

        Raises:
            ResultNotFound: There is no such run any more.
        """
        if run.end is None and run.run_id in self._rung:
            self.look(run)
        if run.end is not None:
            return run.end
        record = self._results.get(run.run_id)
        if record.is_ready:
            self._settle({run.run_id: run}, [record])
        return record

    def look(self, run: HeldRun) -> None:
        """Sees whether a run has ended, and with it those that have rung."""
        if run.end is not None:
            return
        with self._lock:
            some = {run.run_id: run, **dict(islice(self._rung.items(), TOGETHER - 1))}
            for run_id, one in some.items():
                # Before it is read: who rings from here on will be looked at again.
                if self._rung.pop(run_id, None) is not None:
                    self._silent[run_id] = one
        self._settle(some, self._results.ended(list(some)))

    def _settle(self, runs: Mapping[str, HeldRun], ended: Sequence[RunRecord]) -> None:
        with self._lock:
            for record in ended:
                runs[record.run_id].end = record
                self._silent.pop(record.run_id, None)
                self._rung.pop(record.run_id, None)
