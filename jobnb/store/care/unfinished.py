"""The runs that have not ended: what those who look after runs ask for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, bindparam, func, null, or_, select, update

from jobnb.protocol import Status
from jobnb.store.care.workers import process_columns, to_process
from jobnb.store.database import Database
from jobnb.store.reading.runs import WAITING_STATES
from jobnb.store.tables.models import attempt, job_result, worker
from jobnb.store.values import WorkerProcess

_OF_RUN: Final = ("run_id", "status", "scheduler_id", "embedded", "options")
_OF_ATTEMPT: Final = ("token", "number")
_OWNER: Final = worker.alias()
_CURRENT: Final = worker.alias()
_OWNER_COLUMNS: Final = process_columns(_OWNER)
_OPEN: Final = (
    select(
        *(job_result.c[name] for name in _OF_RUN),
        *(attempt.c[name] for name in _OF_ATTEMPT),
        *_OWNER_COLUMNS,
        *process_columns(_CURRENT),
        job_result.c.created,
    )
    .outerjoin(
        attempt,
        and_(attempt.c.token == job_result.c.attempt, job_result.c.status == Status.STARTED),
    )
    .outerjoin(_OWNER, _OWNER.c.worker_id == job_result.c.owner_id)
    .outerjoin(_CURRENT, _CURRENT.c.worker_id == attempt.c.worker_id)
    .where(job_result.c.ended == null())
)
"""Runs that have not ended; every beat of a process asks for them."""
_STARTS: Final = select(func.count(attempt.c.token)).where(attempt.c.result == job_result.c.id)
_WAITING: Final = select(job_result.c.run_id, _STARTS.scalar_subquery()).where(
    job_result.c.run_id.in_(bindparam("its_ids", expanding=True)),
    or_(*(job_result.c.status == status for status in WAITING_STATES)),
)


@dataclass(frozen=True, kw_only=True)
class OpenRun:
    """A run that has not ended, with what tells whether somebody still has it."""

    run_id: str
    options: dict[str, Any]
    status: Status
    token: str | None
    """Of the current attempt; None while it is pending."""
    number: int | None
    """Of the current attempt, from 1; None while it is pending."""
    scheduler_id: str
    embedded: bool
    owner: WorkerProcess | None
    worker: WorkerProcess | None
    """Of the current attempt; None while it is pending."""


@dataclass(frozen=True, kw_only=True)
class DueRun:
    """A run whose next attempt somebody must start."""

    run_id: str
    scheduler_id: str
    """Where it was, and where it starts again."""
    embedded: bool
    due: datetime


class UnfinishedRuns:
    """Access to the runs that have not ended; any thread may use it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[OpenRun]:
        """Each of them, oldest first, with the processes that have it."""
        with self._database.read() as connection:
            rows = list(connection.execute(_OPEN))
        rows.sort(key=lambda row: row.created)  # the database would read the whole history for it
        owner = len(_OF_RUN) + len(_OF_ATTEMPT)
        current = owner + len(_OWNER_COLUMNS)
        return [
            OpenRun(
                **dict(zip((*_OF_RUN, *_OF_ATTEMPT), row[:owner], strict=True)),
                owner=to_process(row[owner:current]),
                worker=to_process(row[current:-1]),
            )
            for row in rows
        ]

    def snapshots(self) -> frozenset[str]:
        """Digests of the sources that they need."""
        query = select(job_result.c.snapshot).where(
            job_result.c.ended == null(), job_result.c.snapshot != null()
        )
        with self._database.read() as connection:
            return frozenset(connection.scalars(query.distinct()))

    def due(self) -> list[DueRun]:
        """Those that wait for their next attempt, the most urgent first."""
        names = ("run_id", "scheduler_id", "embedded", "due")
        query = (
            select(*(job_result.c[name] for name in names))
            .where(job_result.c.ended == null(), job_result.c.status == Status.RETRY)
            .order_by(job_result.c.due)
        )
        with self._database.read() as connection:
            return [DueRun(**row) for row in connection.execute(query).mappings()]

    def waiting(self, run_ids: Collection[str]) -> dict[str, int]:
        """Those of the runs that wait for a worker, with the number of their attempts so far."""
        with self._database.read() as connection:
            rows = connection.execute(_WAITING, {"its_ids": list(run_ids)})
            return {row.run_id: row[1] for row in rows}

    def move(self, owner_id: str, before: str, after: str) -> None:
        """Notes that what an owner has waiting at one scheduler waits at another one now."""
        theirs = update(job_result).where(
            job_result.c.owner_id == owner_id,
            job_result.c.scheduler_id == before,
            job_result.c.ended == null(),
        )
        with self._database.write() as connection:
            connection.execute(theirs.values(scheduler_id=after))
