"""Claims: how a waiting run becomes an attempt's own; at most one claim of a run succeeds."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Connection,
    Integer,
    bindparam,
    exists,
    func,
    insert,
    null,
    or_,
    select,
    update,
)

from jobnb.protocol import Status
from jobnb.store.content.environments import Environment, note_environment
from jobnb.store.database import Database
from jobnb.store.opening.faults import AlreadyThere, DanglingReference
from jobnb.store.prepared import Prepared
from jobnb.store.reading.runs import OWN_COLUMNS, WAITING_STATES, record_of, to_record
from jobnb.store.tables.clock import now
from jobnb.store.tables.columns import Moment
from jobnb.store.tables.models import attempt, job, job_result, worker
from jobnb.store.values import Claim, RunRecord
from jobnb.store.writing.fence import IS_IT, hold_attempt
from jobnb.store.writing.locks import is_held_back

_OUTCOME: Final = {
    **dict.fromkeys(("due", "reason", "value", "value_problem", "value_file", "progress")),
    **dict.fromkeys(("exc_type", "exc_message", "traceback")),
    "detail": "",
}
"""Of an earlier attempt: known no more once the next one has begun."""

_BEFORE: Final = select(func.count(attempt.c.token)).where(attempt.c.result == job_result.c.id)
_DISABLED: Final = exists().where(job.c.class_path == job_result.c.class_path, ~job.c.enabled)
_START: Final = bindparam("its_start", type_=Moment())
_TAKEN: Final = (
    update(job_result)
    .where(
        IS_IT,
        # Not IN: SQLAlchemy writes such a statement anew each time.
        or_(*(job_result.c.status == status for status in WAITING_STATES)),
        job_result.c.cancel_requested == null(),
        or_(job_result.c.lock == null(), bindparam("has_its_turn", type_=Boolean())),
        _BEFORE.scalar_subquery() == bindparam("attempts_before"),
        ~_DISABLED,
    )
    .values(
        **_OUTCOME,
        status=Status.STARTED,
        attempt=bindparam("its_token"),
        started=func.coalesce(job_result.c.started, _START),
    )
    .returning(
        *OWN_COLUMNS,
        select(worker.c.name)
        .where(worker.c.worker_id == bindparam("its_worker"))
        .scalar_subquery()
        .label("worker"),
        bindparam("attempts_now", type_=Integer()).label("attempts"),
    )
)
"""Gives what is known of the run then, as ``record_columns()`` would."""
_TAKE: Final = Prepared(_TAKEN)
_OF_ATTEMPT: Final = {
    "token": bindparam("its_token", type_=attempt.c.token.type),
    "number": bindparam("attempts_now", type_=Integer()),
    "worker_id": bindparam("its_worker", type_=attempt.c.worker_id.type),
    "started": _START,
    "environment": bindparam("its_environment", type_=attempt.c.environment.type),
}
_BEGIN: Final = Prepared(insert(attempt).values(result=bindparam("its_number"), **_OF_ATTEMPT))


def claim_run(database: Database, claim: Claim, installed: Environment | None) -> RunRecord | None:
    """Carries a claim out; see ``Results.claim``."""
    digest = None if installed is None else installed.digest
    try:
        try:
            return _claim(database, claim, digest)
        except DanglingReference:
            if installed is None:
                raise
        # Nobody has noted yet what is installed there, or a cleanup has just removed it.
        with database.write() as connection:
            note_environment(connection, installed)
            return _take_run(connection, claim, digest)
    except AlreadyThere:
        # Another claim of that number came first, and its attempt was over at once: who waited for
        # it on PostgreSQL sees the run as it is then, and the attempts as they were before.
        return None


def _claim(database: Database, claim: Claim, environment: str | None) -> RunRecord | None:
    if database.has_long_statements:
        with database.write(single=True) as connection:
            record = _take_shortly(connection, claim, environment)
        if record is not None:
            return record
    with database.write() as connection:
        return _take_run(connection, claim, environment)


def _take_run(connection: Connection, claim: Claim, environment: str | None) -> RunRecord | None:
    """Gives a waiting run to an attempt, and what is known of it; None if it may not have it.

    An attempt must be the next one: Dask may deliver the order of an earlier one again.

    Args:
        connection: In a transaction.
        claim: The attempt.
        environment: Digest of what is installed where it works, which is noted; None: unknown.

    Raises:
        DanglingReference: The environment is not noted.
    """
    values = _values(claim, environment)
    taken = _TAKE.row(connection, **values, has_its_turn=False)
    if taken is None and not is_held_back(connection, claim.run_id):
        taken = _TAKE.row(connection, **values, has_its_turn=True)
    if taken is None:
        # A claim is tried again when the answer to its first try was lost.
        held = hold_attempt(connection, claim.run_id, claim.token)
        return None if held is None else record_of(connection, claim.run_id)
    number, record = to_record(taken)
    _BEGIN.count(connection, its_number=number, **values)
    return record


def _take_shortly(
    connection: Connection, claim: Claim, environment: str | None
) -> RunRecord | None:
    """The same by one statement of PostgreSQL; None if there is more to ask.

    Most runs have no lock, and need not be asked whether others have it.
    """
    taken = _taking_shortly().row(connection, **_values(claim, environment), has_its_turn=False)
    return None if taken is None else to_record(taken)[1]


@cache
def _taking_shortly() -> Prepared:
    taken = _TAKEN.cte("taken")
    begun = insert(attempt).from_select(
        ["result", *_OF_ATTEMPT], select(taken.c.id, *_OF_ATTEMPT.values())
    )
    return Prepared(select(taken).add_cte(begun.cte("begun")))


def _values(claim: Claim, environment: str | None) -> dict[str, Any]:
    return {
        "its_id": claim.run_id,
        "its_token": claim.token,
        "its_worker": claim.worker_id,
        "its_environment": environment,
        "its_start": now(),
        "attempts_before": claim.number - 1,
        "attempts_now": claim.number,
    }
