"""Retries: whether another attempt follows one that has ended, and who starts it when it is due.

The database says when an attempt is due. Any process that reaches the scheduler of the run may hand
it out, and several may: the key of the Dask task and the claim let it start once.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from jobnb.engine.hosts.withheld import KnownInputs
from jobnb.engine.launching.launchers import Launcher
from jobnb.errors import ClusterError, ResultNotFound
from jobnb.protocol import Reason, Retries, RunOrder, RunPolicy, Status
from jobnb.store.care.unfinished import DueRun
from jobnb.store.results import Results
from jobnb.store.values import EndOfRun, RunRecord

MakeOrder = Callable[[RunRecord, Mapping[str, Any]], RunOrder]
"""The order for the next attempt at a run, with its inputs."""
Reach = Callable[[str], AbstractContextManager[Launcher | None]]
"""The launcher of the scheduler with that id; None if this process does not reach it."""

PATIENCE: Final = 30.0
"""Seconds until an attempt that was handed out, and has not begun, is handed out again."""
_POINTLESS: Final = frozenset({Reason.NOT_LOADED, Reason.NOT_ENABLED, Reason.WORKER_UNFIT})
"""Failures that another attempt would only repeat: the source is pinned."""

_log = logging.getLogger(__name__)


def follows_failure(retries: Retries, number: int) -> bool:
    """Whether another attempt follows if attempt ``number`` fails."""
    return number <= retries.max_retries and retries.retry_on in ("failure", "both")


def plan_retry(end: EndOfRun, retries: Retries, number: int) -> EndOfRun | None:
    """What becomes of the run if another attempt follows; None if this was the last.

    Args:
        end: How the attempt ended.
        retries: What the run was submitted with.
        number: Of the attempt, from 1.
    """
    if end.status is Status.FAILURE:
        follows = follows_failure(retries, number) and end.reason not in _POINTLESS
    else:
        is_lost = end.status is Status.LOST or end.reason is Reason.WORKER_CLOSED
        follows = is_lost and number <= retries.max_retries and retries.retry_on != "failure"
    if not follows:
        return None
    delay = delay_after(retries, number)
    detail = (
        f"Attempt {number} of {retries.max_retries + 1} ended in {end.status}: "
        f"{_sentence(end.detail)} "
        f"The next one is due in {delay:.3g} s."
    )
    due = datetime.now(UTC) + timedelta(seconds=delay)
    return replace(
        end,
        status=Status.RETRY,
        detail=detail,
        due=due,
        value=None,
        value_problem=None,
        value_file=None,
    )


def _sentence(text: str) -> str:
    """With its full stop, which what a job has raised may not have."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def delay_after(retries: Retries, number: int) -> float:
    """Seconds between attempt ``number`` and the next one.

    A delay that doubles is cut at random to between half and all of it: many runs that have failed
    together do not come back together.
    """
    if not retries.retry_backoff:
        return retries.retry_delay
    return longest_delay(retries, number) * random.uniform(0.5, 1)  # noqa: S311 - no secret


def longest_delay(retries: Retries, number: int) -> float:
    """Seconds that may lie at most between attempt ``number`` and the next one."""
    if not retries.retry_backoff:
        return retries.retry_delay
    doublings = min(number - 1, 64)
    return float(min(retries.retry_delay * 2**doublings, retries.retry_delay_max))


def only(launcher: Launcher) -> Reach:
    """For a process that keeps one launcher open and reaches no other scheduler."""
    return lambda wanted: nullcontext(launcher if launcher.scheduler_id == wanted else None)


class RetryStarter:
    """Starts the attempts that are due, as far as this process reaches their schedulers."""

    def __init__(
        self,
        results: Results,
        *,
        reach: Reach,
        make_order: MakeOrder,
        wake_in: Callable[[float], None],
        known_inputs: KnownInputs,
    ) -> None:
        """Begins with nothing to do.

        Args:
            results: Where the runs are kept.
            reach: Finds the launcher of a scheduler.
            make_order: Makes the order of an attempt.
            wake_in: Lets ``tick`` be called after so many seconds.
            known_inputs: Of this process; a run whose inputs it does not know is left to others.
        """
        self._results = results
        self._reach = reach
        self._make_order = make_order
        self._wake_in = wake_in
        self._known_inputs = known_inputs
        self._handed_out: dict[tuple[str, datetime], float] = {}
        self._due: dict[tuple[str, datetime], float] = {}
        self._lock = threading.Lock()

    def tick(self) -> None:
        """Hands out what is due, and asks to be woken for what is due later."""
        with self._lock:
            waiting = self._results.unfinished.due()
            for run in waiting:
                rest = self._seconds_until_due(run)
                if rest > 0:
                    self._wake_in(rest)
                else:
                    self._start(run)
            known = {(run.run_id, run.due) for run in waiting}
            self._handed_out = {k: v for k, v in self._handed_out.items() if k in known}
            self._due = {k: v for k, v in self._due.items() if k in known}
            for run_id in self._known_inputs.runs - {run.run_id for run in waiting}:
                self._forget_if_over(run_id)

    def _seconds_until_due(self, run: DueRun) -> float:
        """By this process's own clock from the first look on: the time of day may be set."""
        key, now = (run.run_id, run.due), time.monotonic()
        if key not in self._due:
            rest = (run.due - datetime.now(UTC)).total_seconds()
            self._due[key] = now + min(rest, self._longest_rest(run))
        return self._due[key] - now

    def _longest_rest(self, run: DueRun) -> float:
        """It may have been set back before that look as well."""
        record = self._results.get(run.run_id)
        return longest_delay(RunPolicy.of(record.options).retries, record.attempts)

    def _forget_if_over(self, run_id: str) -> None:
        try:
            is_over = self._results.state(run_id).is_ready
        except ResultNotFound:
            is_over = True
        if is_over:
            self._known_inputs.forget(run_id)

    def _start(self, run: DueRun) -> None:
        key, now = (run.run_id, run.due), time.monotonic()
        if now < self._handed_out.get(key, 0.0):
            return
        self._handed_out[key] = now + PATIENCE
        try:
            with self._reach(run.scheduler_id) as launcher:
                if launcher is not None:
                    self._hand_out(run, launcher)
        except ClusterError as error:
            _log.warning("The next attempt at run %s could not be started: %s", run.run_id, error)

    def _hand_out(self, run: DueRun, launcher: Launcher) -> None:
        record = self._results.get(run.run_id)
        if record.status is not Status.RETRY:
            return
        inputs = self._known_inputs.of(record)
        if inputs is None:
            return  # whoever knows them starts it; once all of those are gone, an observer ends it
        launcher.launch(self._make_order(record, inputs), record.class_path.rpartition(".")[2])
