"""The attempts of runs: each start on a worker."""

from __future__ import annotations

from typing import Any

from sqlalchemy import null, select

from jobnb.protocol import Status
from jobnb.store.content.environments import environment_of
from jobnb.store.database import Database
from jobnb.store.tables.models import attempt, job_result, worker
from jobnb.store.values import AttemptRecord


class RunAttempts:
    """Access to the attempts of runs; any thread may use it. Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, run_id: str) -> list[AttemptRecord]:
        """Those of a run, in order."""
        names = ("token", "number", "worker_id", "pid", "started", "ended", "reason", "exit_code")
        columns = (*(attempt.c[name] for name in names), worker.c.name.label("worker"))
        query = (
            select(*columns, worker.c.host)
            .join(worker, worker.c.worker_id == attempt.c.worker_id)
            .join(job_result, job_result.c.id == attempt.c.result)
            .where(job_result.c.run_id == run_id)
            .order_by(attempt.c.number)
        )
        with self._database.read() as connection:
            return [AttemptRecord(**row) for row in connection.execute(query).mappings()]

    def held_by(self, worker_id: str) -> dict[str, str | None]:
        """What a worker process works on: token to the user who wants the run cancelled, or None.

        An attempt that is missing here has lost its run.
        """
        query = (
            select(attempt.c.token, job_result.c.cancelled_by)
            .join(attempt, attempt.c.token == job_result.c.attempt)
            .where(
                job_result.c.ended == null(),
                job_result.c.status == Status.STARTED,
                attempt.c.worker_id == worker_id,
            )
        )
        with self._database.read() as connection:
            return {row.token: row.cancelled_by for row in connection.execute(query)}

    def environment(self, run_id: str) -> dict[str, Any] | None:
        """What was installed where the newest of a run worked; None if nobody noted it."""
        with self._database.read() as connection:
            return environment_of(connection, run_id)
