"""Tasks: orders on their way to Dask, and in its hands."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from itertools import groupby
from typing import Any, Final

from distributed import Client, Future, KilledWorker, fire_and_forget

from jobnb.protocol import Reason, Refusal, RunOrder

PRIORITY_STEP: Final = 1e10
"""Seconds by which one priority goes before the next: more than any two submits lie apart."""
SHORTEST_REST: Final = 0.002
LONGEST_REST: Final = 0.05
"""Seconds for which an order may wait for others that go with it."""
CALL: Final = "__import__('jobnb.engine.worker', fromlist=['main']).{}(payload.getvalue())"
"""What Dask executes, through ``eval``: by name and with bytes, so that nothing of ours is pickled,
the scheduler needs no jobnb, and a Python of another minor version understands it. The bytes are in
a ``BytesIO``, whose ``repr()`` does not show them: Dask logs the arguments of a task that fails."""


@dataclass(eq=False)
class Task:
    """An order that was given to Dask, or is about to be."""

    order: RunOrder
    job: str
    """Class name; Dask's dashboard groups tasks by it."""
    tries: int
    """How often the order was handed to Dask."""
    future: Future[Any] | None = None
    """None as long as Dask does not have it."""
    error: Exception | None = field(default=None, repr=False)
    """Why Dask did not take it."""

    @property
    def is_unsent(self) -> bool:
        """Whether Dask has not been asked to take it, or the question was broken off."""
        return self.future is None and self.error is None

    @property
    def is_done(self) -> bool:
        """Whether it has ended, well or not; costs no message."""
        return self.error is not None if self.future is None else bool(self.future.done())

    @property
    def key(self) -> str:
        """What Dask calls it; it may still know the key of a try that failed."""
        order = self.order
        key = f"{self.job}-{order.run_id}-{order.attempt}"
        if order.turn:
            key = f"{key}-turn-{order.turn}"
        return key if self.tries == 1 else f"{key}-try-{self.tries}"

    def refusal(self) -> Refusal | None:
        """Why a worker did not take the run; None if it did, or if Dask gave the task up."""
        if self.future is None:
            return None
        if self.future.status == "error":
            error = self.future.exception()
            if isinstance(error, KilledWorker):
                return None
            # Our own code never raises: jobnb itself could not be had on the worker.
            detail = f"A worker cannot take runs: {type(error).__name__}: {error}"
            return Refusal(run_id=self.order.run_id, reason=Reason.WORKER_UNFIT, detail=detail)
        answer = self.future.result() if self.future.status == "finished" else None
        return Refusal.from_json(answer) if answer else None


class Outbox:
    """Gives tasks to Dask; while its workers are busy, those that come together as one graph.

    To Dask each graph is some work, and so it is to everybody's event loop. Any thread may use it,
    and an interrupt may come at any line: whoever is interrupted takes no order of others along.
    """

    def __init__(self, client: Client, idle_in: Callable[[], float], *, outlives: bool) -> None:
        """Begins empty.

        Args:
            client: Connected to the scheduler.
            idle_in: Gives the seconds after which a worker may have nothing more to do.
            outlives: Whether tasks stay at the scheduler when this process ends.
        """
        self._client = client
        self._idle_in = idle_in
        self._outlives = outlives
        self._waiting: list[Task] = []
        self._lock = threading.Lock()
        self._rests = False

    def post(self, task: Task) -> None:
        """Sends a task on, as soon as a worker may have nothing else to do.

        Raises:
            Exception: Dask does not take it; one that goes later carries the error then.
        """
        try:
            if not self._lets_rest(task):
                self.send()
        except BaseException:
            self.take_back(task)
            raise
        if task.error is not None:
            raise task.error

    def _lets_rest(self, task: Task) -> bool:
        """Adds a task; whether all that wait are sent later, by the event loop."""
        with self._lock:
            self._waiting.append(task)
            if not self._rests:
                rest = min(self._idle_in(), LONGEST_REST)
                if rest > SHORTEST_REST:
                    loop: Any = self._client.loop
                    loop.add_callback(loop.call_later, rest, self.send)
                    self._rests = True  # not before: nobody else would send anything any more
            return self._rests

    def take_back(self, task: Task) -> bool:
        """Whether Dask does not have the task yet; then it does not get it."""
        with self._lock:
            is_here = task in self._waiting and task.is_unsent
            if is_here:
                self._waiting.remove(task)
            return is_here

    def send(self) -> None:
        """Gives all that waits to Dask."""
        with self._lock:
            self._rests = False
            unsent = sorted((task for task in self._waiting if task.is_unsent), key=_place)
            for _, alike in groupby(unsent, lambda task: _place(task)[:2]):
                self._send(list(alike))
            self._waiting.clear()  # not before: what is left by an interrupt is sent by the next

    def _send(self, tasks: list[Task]) -> None:
        """Gives tasks for workers of one queue, and of one priority, to Dask."""
        first = tasks[0].order
        try:
            futures = self._client.map(
                eval,
                [CALL.format("main")] * len(tasks),
                [{"payload": sealed(task.order)} for task in tasks],
                key=[task.key for task in tasks],
                retries=0,
                pure=False,
                # Any number will do, whatever its annotation says.
                priority=first.priority * PRIORITY_STEP - first.submitted,  # type: ignore[arg-type]
                resources=None if first.queue is None else {first.queue: 1},
            )
            if self._outlives:
                fire_and_forget(futures)
        except Exception as error:  # noqa: BLE001 - whoever has posted them looks at it
            for task in tasks:
                task.error = error
        else:
            for task, future in zip(tasks, futures, strict=True):
                task.future = future


def sealed(order: RunOrder) -> BytesIO:
    """An order as Dask carries it."""
    return BytesIO(order.to_json().encode())


def _place(task: Task) -> tuple[str, int, float]:
    order = task.order
    return order.queue or "", -order.priority, order.submitted
