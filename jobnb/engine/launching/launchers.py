"""The seam between a run and what works on it: Dask, or this very thread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from jobnb.protocol import RunOrder

if TYPE_CHECKING:
    # It brings Dask, which who only looks at runs does without.
    from jobnb.engine.launching.tasks import Task


class Launcher(Protocol):
    """What ``Dispatch`` hands its orders to."""

    scheduler_id: str
    is_embedded: bool
    is_immediate: bool
    """Whether a run has ended when ``launch`` returns."""

    def check(self, probe: RunOrder) -> None:
        """Makes sure that a run can be taken, before anything is written."""

    def launch(self, order: RunOrder, job: str, *, tries: int = 1) -> None:
        """Takes an order."""

    def watch(self, order: RunOrder, job: str, *, tries: int) -> bool:
        """Cares for a run that another process has handed over; False if it is not here."""

    @property
    def is_connected(self) -> bool:
        """Whether orders reach whoever works on them."""

    @property
    def is_lost(self) -> bool:
        """Whether orders will never again reach anybody through this launcher."""

    def renewed(self) -> str | None:
        """The new ``scheduler_id`` if another scheduler has taken the place of the one before."""

    def is_gone(self) -> bool:
        """Whether nobody works on the orders any more."""

    @property
    def runs(self) -> frozenset[str]:
        """The runs that were taken and are not forgotten yet."""

    def done_tasks(self) -> Sequence[Task]:
        """The tasks that have ended and are not forgotten yet."""

    def queued_tasks(self) -> Sequence[Task]:
        """The tasks of a queue that no worker has begun."""

    def served_queues(self) -> frozenset[str]:
        """The queues that a worker serves now."""

    def withdraw(self, task: Task) -> None:
        """Takes a task back that no worker has begun."""

    def forget(self, task: Task) -> None:
        """Nothing more needs to be known of a task."""

    def close(self) -> None:
        """Closes what was opened for it."""
