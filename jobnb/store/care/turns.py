"""Turns: the runs that wait for others of their job, or for a worker, and what is said of them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import update

from jobnb.protocol import Reason, Status
from jobnb.store.database import Database
from jobnb.store.tables.clock import now
from jobnb.store.tables.models import job_result
from jobnb.store.values import LockHolder, Turn
from jobnb.store.writing.locks import KEY_AFTER_NOTHING, holders_beside, is_held_back, turns_of


class Turns:
    """Access to the runs that wait; any thread may use it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, run_ids: Collection[str]) -> list[Turn]:
        """How those of the runs stand that still wait, oldest first; the others are left out."""
        with self._database.read() as connection:
            return turns_of(connection, list(run_ids))

    def holders(self, run_id: str) -> list[LockHolder]:
        """The other runs under way that have the lock of a run, oldest first."""
        with self._database.read() as connection:
            return holders_beside(connection, run_id)

    def say(self, run_id: str, what: str) -> None:
        """Writes down what a run waits for, for people; nothing if it does not wait any more."""
        waiting = update(job_result).where(
            job_result.c.run_id == run_id, job_result.c.status == Status.PENDING
        )
        with self._database.write() as connection:
            connection.execute(waiting.values(detail=what))

    def refuse(self, run_id: str, detail: str) -> bool:
        """Ends a run in FAILURE because others have its lock; False if they have it no more."""
        waiting = update(job_result).where(
            job_result.c.run_id == run_id, job_result.c.status == Status.PENDING
        )
        outcome = {"status": Status.FAILURE, "reason": Reason.BUSY, "detail": detail}
        with self._database.write() as connection:
            if not is_held_back(connection, run_id):
                return False
            ended = waiting.values(**outcome, ended=now(), key=KEY_AFTER_NOTHING)
            return connection.execute(ended).rowcount == 1
