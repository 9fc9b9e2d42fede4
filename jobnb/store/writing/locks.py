"""Locks: which runs may not work beside each other, and which runs have a key already.

Nothing is taken and nothing is given back: a run has its lock as long as its status says that it is
under way. So no lock outlives its run, however that ends, and none expires while it works.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from math import inf
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, bindparam, case, func, null, select, text

from jobnb.protocol import READY_STATES, Status, WhenBusy
from jobnb.store.prepared import Prepared
from jobnb.store.tables.models import job, job_result
from jobnb.store.values import Admission, LockHolder, NewRun, Turn
from jobnb.store.writing.creation import insert_run

UNDER_WAY: Final = (Status.STARTED, Status.RETRY)
"""A run in one of these has its lock; between two attempts it keeps it."""
KEY_AFTER_NOTHING: Final = case(
    (job_result.c.status == Status.PENDING, null()), else_=job_result.c.key
)
"""The key of a run that is closed while it waits: one that has done nothing loses it."""
_DISABLED: Final = Prepared(
    select(job.c.class_path).where(job.c.class_path == bindparam("its_path"), ~job.c.enabled)
)
_LONG: Final = 200
_OPEN: Final = tuple(status for status in Status if status not in READY_STATES)


def is_plain(new: NewRun) -> bool:
    """Whether a run can be admitted by a single statement: nothing has to be known before."""
    return new.key is None and not _may_be_refused(new) and not new.inputs and not new.files


def admit(connection: Connection, new: NewRun) -> Admission:
    """Writes a run down, unless its job is disabled, one has its key, or others keep it out.

    A run that is refused while others work is refused while others are about to, too: else it would
    depend on a few milliseconds whether it ever runs.

    Raises:
        DanglingReference: Its source is not in the database.
    """
    if new.key is not None or _may_be_refused(new):
        decided = _look_before(connection, new)
        if decided is not None:
            return decided
    written = insert_run(connection, new)
    if written is not None:
        return Admission(run_id=new.run_id, record=written)
    if new.key is None:
        return _disabled(new)
    # Somebody else was inserting the same key: the insert has waited until he was done.
    known = _run_with_key(connection, new)
    if known is None:  # and then that run was closed before it started, which took its key away
        return admit(connection, new)
    return Admission(run_id=known, is_new=False)


def _may_be_refused(new: NewRun) -> bool:
    has_lock = new.lock is not None and new.lock_limit is not None
    return has_lock and new.when_busy is WhenBusy.REFUSE


def _look_before(connection: Connection, new: NewRun) -> Admission | None:
    """Why a run need not, or may not, be written down; None if nothing is known against it."""
    if _DISABLED.row(connection, its_path=new.class_path) is not None:
        return _disabled(new)
    if new.key is not None and (known := _run_with_key(connection, new)):
        return Admission(run_id=known, is_new=False)
    if new.lock is not None and new.lock_limit is not None and _may_be_refused(new):
        _stand_alone_at(connection, new.lock)
        holders = _runs_at(connection, new.lock, _OPEN)
        if len(holders) >= new.lock_limit:
            return Admission(run_id=new.run_id, is_new=False, holders=tuple(holders))
    return None


def _disabled(new: NewRun) -> Admission:
    return Admission(run_id=new.run_id, is_new=False, is_disabled=True)


def is_held_back(connection: Connection, run_id: str) -> bool:
    """Whether other runs keep a waiting one from starting.

    Until the end of the transaction no other run can start at its lock.
    """
    columns = (job_result.c.lock, job_result.c.lock_limit)
    # One under way has its turn: it waits for its next attempt, or it has started already and is
    # claimed again because the answer was lost.
    waiting = (job_result.c.run_id == run_id, job_result.c.status == Status.PENDING)
    row = connection.execute(select(*columns).where(*waiting)).one_or_none()
    if row is None or row.lock is None:
        return False
    _stand_alone_at(connection, row.lock)
    others = _runs_at(connection, row.lock, UNDER_WAY, besides=run_id)
    return row.lock_limit is not None and len(others) >= row.lock_limit


def holders_beside(connection: Connection, run_id: str) -> list[LockHolder]:
    """The other runs under way that have the lock of a run, oldest first."""
    lock = connection.scalar(select(job_result.c.lock).where(job_result.c.run_id == run_id))
    return [] if lock is None else _runs_at(connection, lock, UNDER_WAY, besides=run_id)


def turns_of(connection: Connection, run_ids: Sequence[str]) -> list[Turn]:
    """How those of the runs stand that wait for a lock, oldest first."""
    columns = [job_result.c[name] for name in ("id", "run_id", "lock", "lock_limit")]
    waiting = (
        select(*columns)
        .where(job_result.c.run_id.in_(run_ids), job_result.c.status == Status.PENDING)
        .order_by(job_result.c.id)
    )
    turns = []
    for row in connection.execute(waiting):
        holders = _runs_at(connection, row.lock, UNDER_WAY, besides=row.run_id)
        room = inf if row.lock_limit is None else row.lock_limit - len(holders)
        turns.append(
            Turn(
                run_id=row.run_id,
                holders=tuple(holders),
                is_free=room > 0,
                is_next=_count_before(connection, row) < room,
            )
        )
    return turns


def lock_name(class_path: str, values: dict[str, Any]) -> str:
    """The lock of the runs of a job whose inputs have these values; all of them if it is empty."""
    if not values:
        return class_path
    text = json.dumps(values, sort_keys=True, separators=(",", ":"))
    # PostgreSQL has no index for texts of any length.
    return f"{class_path} {text if len(text) < _LONG else sha256(text.encode()).hexdigest()}"


def _run_with_key(connection: Connection, new: NewRun) -> str | None:
    is_it = (job_result.c.class_path == new.class_path, job_result.c.key == new.key)
    return connection.scalar(select(job_result.c.run_id).where(*is_it))


def _runs_at(
    connection: Connection, lock: str, statuses: Sequence[Status], besides: str = ""
) -> list[LockHolder]:
    columns = [job_result.c[name] for name in ("run_id", "status", "user")]
    query = (
        select(*columns)
        # The end is what the index of the locks knows.
        .where(job_result.c.lock == lock, job_result.c.ended == null(), _has_status(statuses))
        .where(job_result.c.run_id != besides)
        .order_by(job_result.c.id)
    )
    return [LockHolder(**row) for row in connection.execute(query).mappings()]


def _count_before(connection: Connection, run: Any) -> int:
    """How many runs wait for the same lock for longer."""
    query = select(func.count()).where(
        job_result.c.lock == run.lock,
        job_result.c.ended == null(),
        job_result.c.status == Status.PENDING,
        job_result.c.id < run.id,
    )
    return connection.scalar(query) or 0


def _has_status(statuses: Sequence[Status]) -> ColumnElement[bool]:
    return job_result.c.status.in_(statuses)


def _stand_alone_at(connection: Connection, lock: str) -> None:
    """Until the end of the transaction nobody else decides who may have the lock.

    SQLite has one writer anyway. PostgreSQL's own lock needs no row, so none is left behind.
    """
    if connection.dialect.name == "postgresql":
        taking = text("SELECT pg_advisory_xact_lock(hashtextextended(:lock, 0))")
        connection.execute(taking, {"lock": lock})
