"""The launcher: hands orders to Dask, and hears what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Final

from distributed import Client, Future, LocalCluster

from jobnb.engine.doorbell import DOORBELL, TOPICS
from jobnb.engine.launching.backlog import Backlog
from jobnb.engine.launching.fitness import Fitness
from jobnb.engine.launching.loops import keep_quiet
from jobnb.engine.launching.schedulers import is_in_process, is_scheduler_gone
from jobnb.engine.launching.tasks import CALL, Outbox, Task, sealed
from jobnb.errors import ClusterError
from jobnb.protocol import RunOrder

RUN_TIME: Final = 0.002
"""Seconds that a run takes at least."""
_OVER: Final = ("closing", "closed")
"""Dask's words for a client that does not try to connect any more."""


class DaskLauncher:
    """A Dask cluster as the place where runs are worked on.

    Attributes:
        scheduler_id: ``address id`` of the scheduler.
        is_embedded: Whether the cluster lives and dies with this process.
    """

    def __init__(self, client: Client, *, cluster: LocalCluster | None, owned: bool) -> None:
        """Takes a connected client.

        Args:
            client: Used as it is; its settings stay its owner's.
            cluster: The default cluster of this process; None for any other.
            owned: Whether ``close`` closes the client.

        Raises:
            ClusterError: The client is asynchronous.
        """
        # Not `client.asynchronous`, which says False to every thread but that of its event loop.
        if getattr(client, "_asynchronous", False):
            raise ClusterError("jobnb needs a Client that was made with asynchronous=False.")
        self.is_immediate = False
        self._client = client
        self._cluster = cluster
        self._owned = owned
        if owned:
            keep_quiet(client)
        self.is_embedded = cluster is not None
        self.scheduler_id = _identity(client.scheduler_info(n_workers=0)) or ""
        self._fitness = Fitness(client, CALL.format("check_fitness"))
        self._outbox = Outbox(client, self._idle_in, outlives=not self.is_embedded)
        self._tasks: dict[str, Task] = {}
        self._backlog = Backlog()
        if not self.is_embedded:
            for number in range(TOPICS):
                client.subscribe_topic(f"jobnb-{number}", _ring)

    def renewed(self) -> str | None:
        """The new ``scheduler_id`` if another scheduler has taken the place of the one before.

        A client connects by itself to whatever comes back at its address for a while.
        """
        before = self.scheduler_id
        # What the client has heard anyway: to ask a scheduler that hangs would be to hang.
        self.scheduler_id = _identity(self._client._scheduler_identity) or before  # noqa: SLF001
        return None if self.scheduler_id == before else self.scheduler_id

    def check(self, probe: RunOrder) -> None:
        """Makes sure that the workers of the cluster can take runs, before anything is written.

        A cluster without workers passes: they may come. Workers that were asked before are not
        asked again.

        Raises:
            ClusterError: A worker cannot; each one is named, with what it found.
        """
        if not self.is_embedded:
            self._fitness.check(partial(sealed, probe), self.scheduler_id)

    def count_workers(self) -> int:
        """How many workers the cluster has now."""
        return len(self._client.scheduler_info(n_workers=-1)["workers"])

    def launch(self, order: RunOrder, job: str, *, tries: int = 1) -> None:
        """Hands an order to Dask; it stays there even if this process ends.

        Args:
            order: What to do.
            job: Class name of the job.
            tries: How often this order was handed to Dask, this time included.

        Raises:
            ClusterError: Dask does not take it.
        """
        task = Task(order, job, tries)
        try:
            if self._cluster is not None and order.queue is not None:
                _serve(self._cluster, order.queue)
            self._outbox.post(task)
        except Exception as error:
            text = f"Dask did not take it: {type(error).__name__}: {error}"
            raise ClusterError(text) from error
        self._hold(task)

    def _idle_in(self) -> float:
        """Seconds for which the workers have enough to do, as far as this process knows."""
        threads = self._client._scheduler_identity.get("total_threads") or 1  # noqa: SLF001
        return RUN_TIME * self._backlog.count(threads) / threads

    def _hold(self, task: Task) -> None:
        self._tasks[task.order.run_id] = task
        self._backlog.add(task)

    def watch(self, order: RunOrder, job: str, *, tries: int) -> bool:
        """Cares from now on for a run that another process has handed to the same scheduler.

        Args:
            order: What is known of its order.
            job: Class name of the job.
            tries: How often it may have been handed to Dask.

        Returns:
            False if the scheduler does not have it.
        """
        tasks = {task.key: task for task in (Task(order, job, n) for n in range(1, tries + 1))}
        client = self._client
        scheduler: Any = client.scheduler
        try:
            # Asked first: the future of a key that the scheduler does not have waits for ever.
            states = client.sync(scheduler.get_task_status, keys=list(tasks))
        except OSError:
            return True  # the connection is just breaking; the next look will tell
        for key, task in tasks.items():
            if states[key] is not None:
                task.future = Future(key, client=client)
                self._hold(task)
        return order.run_id in self._tasks

    @property
    def is_connected(self) -> bool:
        """Whether the scheduler can be told anything now."""
        return bool(self._client.status == "running")

    @property
    def is_lost(self) -> bool:
        """Whether this launcher will never reach its scheduler again, and another one may."""
        return self._owned and self._client.status in _OVER

    def is_gone(self) -> bool:
        """Whether the scheduler, to which there is no connection, is gone and not only away."""
        if is_in_process(self.scheduler_id):
            return True
        return self._client.status in _OVER and is_scheduler_gone(self.scheduler_id)

    @property
    def runs(self) -> frozenset[str]:
        """The ids of the runs that were handed to Dask and are not forgotten yet."""
        return frozenset(self._tasks)

    def done_tasks(self) -> list[Task]:
        """The tasks that have ended, well or not, and are not forgotten yet; costs no message.

        This is looked at, and not told by a callback: Dask's callbacks need threads that Python
        takes away at its exit before anything of ours is closed.
        """
        return [task for task in tuple(self._tasks.values()) if task.is_done]

    def queued_tasks(self) -> list[Task]:
        """The tasks for workers of one queue that have not ended; costs no message."""
        tasks = tuple(self._tasks.values())
        return [task for task in tasks if task.order.queue and not task.is_done]

    def served_queues(self) -> frozenset[str]:
        """The queues that have a worker now."""
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        offered = [item for worker in workers for item in (worker.get("resources") or {}).items()]
        return frozenset(queue for queue, amount in offered if amount >= 1)

    def forget(self, task: Task) -> None:
        """Nothing more needs to be known of a task."""
        self._backlog.remove(task)
        if self._tasks.get(task.order.run_id) is task:
            del self._tasks[task.order.run_id]

    def withdraw(self, task: Task) -> None:
        """Takes a task back that no worker has begun."""
        self.forget(task)
        if not self._outbox.take_back(task) and task.future is not None:
            with suppress(Exception):  # a lost connection: the claim of the run will fail as well
                task.future.cancel(force=True)

    def close(self) -> None:
        """Closes what this launcher has opened; the runs on an embedded cluster end with it."""
        if not self.is_embedded:
            self._outbox.send()
        for task in tuple(self._tasks.values()):
            self.forget(task)
        if self._owned:
            self._client.close()
        if self._cluster is not None:
            self._cluster.close()


def _identity(scheduler: Mapping[str, Any]) -> str | None:
    """``address id`` of a scheduler, out of what it says of itself; None if it has said nothing."""
    return f"{scheduler['address']} {scheduler['id']}" if scheduler.get("id") else None


def _serve(cluster: LocalCluster, queue: str) -> None:
    """Lets the worker of the default cluster take a queue, as many runs of it as it has threads.

    Dask gives a worker only tasks that come after it has said so.
    """
    [worker] = cluster.workers.values()
    if queue not in worker.state.total_resources:
        cluster.sync(worker.set_resources, **{queue: worker.state.nthreads})


def _ring(event: tuple[float, tuple[str, bool]]) -> None:
    run_id, has_ended = event[1]
    DOORBELL.ring(run_id, has_ended=has_ended)
