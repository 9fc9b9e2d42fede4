"""The processes that own runs, and the beat by which others see that they live."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, insert, null, select, update

from jobnb.store.database import Database
from jobnb.store.tables.clock import now
from jobnb.store.tables.models import worker
from jobnb.store.values import WorkerProcess

_NAMES: Final = (
    "worker_id",
    "name",
    "host",
    "boot_id",
    "pid",
    "lock_path",
    "lock_inode",
    "version",
    "beat",
    "ended",
)


class Workers:
    """Access to the rows of processes; any thread may use it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(self, process: WorkerProcess) -> None:
        """Makes the process known; once, before it owns or claims a run."""
        with self._database.write() as connection:
            connection.execute(insert(worker).values(**vars(process), seen=now()))

    def beat(self, worker_id: str) -> None:
        """Counts up the beat of a process."""
        self._update(worker_id, beat=worker.c.beat + 1, seen=now())

    def ended(self, worker_id: str) -> None:
        """Notes that the process has ended in good order."""
        self._update(worker_id, ended=now())

    def get(self, worker_id: str) -> WorkerProcess | None:
        """The process of that id; None if it never registered."""
        with self._database.read() as connection:
            found = select(*process_columns(worker)).where(worker.c.worker_id == worker_id)
            row = connection.execute(found).one_or_none()
        return None if row is None else to_process(row)

    def unended(self, host: str) -> list[WorkerProcess]:
        """The processes of a host that have not said goodbye; some may have vanished."""
        of_host = select(*process_columns(worker)).where(
            worker.c.host == host, worker.c.ended == null()
        )
        with self._database.read() as connection:
            found = map(to_process, connection.execute(of_host).all())
            return [process for process in found if process is not None]

    def _update(self, worker_id: str, **values: Any) -> None:
        with self._database.write() as connection:
            connection.execute(
                update(worker).where(worker.c.worker_id == worker_id).values(**values)
            )


def process_columns(table: FromClause) -> list[ColumnElement[Any]]:
    """What to select from the worker table, or an alias of it, for ``to_process()``."""
    return [table.c[name] for name in _NAMES]


def to_process(values: Sequence[Any]) -> WorkerProcess | None:
    """The process in these columns; None if an outer join found none."""
    if values[0] is None:
        return None
    return WorkerProcess(**dict(zip(_NAMES, values, strict=True)))
