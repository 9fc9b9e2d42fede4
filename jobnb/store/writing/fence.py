"""The fence: whoever writes to a run holds its row first, and only if the run is still his."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, and_, bindparam, select

from jobnb.errors import ResultNotFound
from jobnb.protocol import Status
from jobnb.store.prepared import Prepared
from jobnb.store.tables.models import attempt, job_result

IS_IT: Final = job_result.c.run_id == bindparam("its_id")
"""The run is ``its_id``."""
IS_HELD: Final = and_(
    IS_IT,
    job_result.c.attempt == bindparam("its_token"),
    job_result.c.status == Status.STARTED,
)
"""The run ``its_id`` belongs to the attempt ``its_token`` still."""
_HELD: Final = Prepared(
    select(
        job_result.c.id.label("result"),
        attempt.c.number,
        job_result.c.last_entry,
        job_result.c.cancelled_by,
    )
    .join(attempt, attempt.c.token == job_result.c.attempt)
    .where(IS_HELD)
    .with_for_update(of=job_result)
)


@dataclass(frozen=True, kw_only=True)
class HeldAttempt:
    """A run that nobody else can change until this transaction ends."""

    result: int
    """Key of the job result inside the store."""
    number: int
    """Of the attempt, from 1."""
    last_entry: int
    cancelled_by: str | None
    """Who wants the run cancelled; None if nobody does."""


def hold_attempt(connection: Connection, run_id: str, token: str) -> HeldAttempt | None:
    """The run, held for this transaction; None if that attempt does not have it any more."""
    row = _HELD.row(connection, its_id=run_id, its_token=token)
    return None if row is None else HeldAttempt(**row)


def hold_status(connection: Connection, run_id: str) -> Status:
    """The status of a run, which stays that until this transaction ends.

    Raises:
        ResultNotFound: There is no such run.
    """
    found = select(job_result.c.status).where(job_result.c.run_id == run_id).with_for_update()
    status: Status | None = connection.execute(found).scalar_one_or_none()
    if status is None:
        raise ResultNotFound(run_id)
    return status
