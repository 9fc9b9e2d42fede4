"""Reading job results, in the shapes in which the house asks for them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, func, null, select

from jobnb.errors import AmbiguousResult, ResultNotFound
from jobnb.protocol import Origin, Status
from jobnb.store.prepared import Prepared
from jobnb.store.tables.models import COUNT_COLUMNS, attempt, job_result, worker
from jobnb.store.values import RunRecord
from jobnb.store.watching import Bar, RunState, waits_for

WAITING_STATES: Final = (Status.PENDING, Status.RETRY)
"""A run in one of these has no attempt, and may get one."""
_SHORTEST_PREFIX: Final = 4
_CANDIDATES: Final = 5
_LATELY: Final = 100
"""Runs of a job that are looked at for how long it takes."""
_ENOUGH: Final = 20
"""Successful ones among them that say it."""
_AFTER_ALL_IDS: Final = "~"
"""Sorts after every character of an id."""

# By name, as each is a field of RunRecord.
_SAME: Final = (
    *("run_id", "class_path", "job_name", "grouping", "status", "reason", "detail", "inputs"),
    *("options", "user", "host", "owner_id", "scheduler_id", "embedded", "snapshot"),
    *("source_root", "source_file", "created", "started", "ended", "last_entry", "value"),
    *("value_problem", "value_file", "progress", "exc_type", "exc_message", "traceback"),
    *("cancelled_by", "cancel_requested", "due", "queue", "key", "lock", "when_busy", "origin"),
)

OWN_COLUMNS: Final = tuple(job_result.c[name] for name in ("id", *_SAME, *COUNT_COLUMNS.values()))
"""Of a record, besides ``worker`` and ``attempts``, which are in other tables."""
TOGETHER: Final = 100
"""Runs that are read at once."""
_WHOLE_ID: Final = 36
_STATE_NAMES: Final = ("status", "last_entry", "cancel_requested", "detail", "started", "progress")

_IS_IT: Final = job_result.c.run_id == bindparam("its_id")
_STATE: Final = Prepared(
    select(*(job_result.c[name] for name in (*_STATE_NAMES, *COUNT_COLUMNS.values()))).where(_IS_IT)
)


def run_of_prefix(connection: Connection, prefix: str) -> RunRecord:
    """The job result whose id is, or alone begins with, ``prefix``.

    Raises:
        ResultNotFound: None does, or ``prefix`` has fewer than four characters.
        AmbiguousResult: Several do.
    """
    start = prefix.strip().lower()
    if len(start) < _SHORTEST_PREFIX:
        raise ResultNotFound(prefix)
    if len(start) == _WHOLE_ID:
        record = record_of(connection, start)
        if record is None:
            raise ResultNotFound(prefix)
        return record
    ids = select(job_result.c.run_id).where(
        job_result.c.run_id >= start, job_result.c.run_id < start + _AFTER_ALL_IDS
    )
    found = connection.scalars(ids.order_by(job_result.c.run_id).limit(_CANDIDATES)).all()
    if not found:
        raise ResultNotFound(prefix)
    if len(found) > 1:
        raise AmbiguousResult(prefix, found)
    record = record_of(connection, found[0])
    assert record is not None, "its id was found in this transaction"
    return record


def record_of(connection: Connection, run_id: str) -> RunRecord | None:
    """The job result of that id; None if there is none."""
    row = _RECORD.row(connection, its_id=run_id)
    return None if row is None else to_record(row)[1]


def ended_runs(connection: Connection, run_ids: Sequence[str]) -> list[RunRecord]:
    """Those of the job results of these ids, ``TOGETHER`` at most, whose runs have ended."""
    size = next(size for size in _ENDED if size >= len(run_ids))
    # Where there are fewer, the first one fills the other places.
    ids = {f"id_{place}": run_ids[0] for place in range(len(run_ids), size)}
    ids |= {f"id_{place}": run_id for place, run_id in enumerate(run_ids)}
    return [to_record(row)[1] for row in _ENDED[size].rows(connection, **ids)]


def state_of(connection: Connection, run_id: str) -> RunState:
    """What changes while a run works.

    Raises:
        ResultNotFound: There is no such run.
    """
    row = _STATE.row(connection, its_id=run_id)
    if row is None:
        raise ResultNotFound(run_id)
    return RunState(
        status=row["status"],
        last_entry=row["last_entry"],
        cancel_requested=row["cancel_requested"] is not None,
        waits_for=waits_for(row["status"], row["detail"]),
        started=row["started"],
        counts={level: row[name] for level, name in COUNT_COLUMNS.items()},
        progress=_bars(row["progress"]),
    )


def usual_duration(connection: Connection, job_name: str) -> float | None:
    """Seconds that a job takes, by its last successful runs; None if it has none lately."""
    columns = (job_result.c.status, job_result.c.started, job_result.c.ended)
    newest = select(*columns).where(job_result.c.job_name == job_name)
    in_order = newest.order_by(job_result.c.created.desc(), job_result.c.id.desc())
    rows = connection.execute(in_order.limit(_LATELY)).all()
    seconds = [
        (row.ended - row.started).total_seconds()
        for row in rows
        if row.status is Status.SUCCESS and row.started is not None
    ]
    return median(seconds[:_ENOUGH]) if seconds else None


def record_columns() -> Select[Any]:
    """What to select for ``to_record()``."""
    start = attempt.alias()
    starts = select(func.count(start.c.token)).where(start.c.result == job_result.c.id)
    return (
        select(
            *OWN_COLUMNS,
            worker.c.name.label("worker"),
            starts.scalar_subquery().label("attempts"),
        )
        .select_from(job_result)
        .outerjoin(attempt, attempt.c.token == job_result.c.attempt)
        .outerjoin(worker, worker.c.worker_id == attempt.c.worker_id)
    )


_RECORD: Final = Prepared(record_columns().where(_IS_IT))
_ENDED: Final = {
    size: Prepared(
        record_columns().where(
            job_result.c.run_id.in_([bindparam(f"id_{place}") for place in range(size)]),
            job_result.c.ended != null(),
        )
    )
    for size in (1, 10, TOGETHER)
}
"""How many runs to the statement that reads so many."""


def to_record(row: Mapping[str, Any]) -> tuple[int, RunRecord]:
    """The internal number of a job result, and what leaves the store."""
    values = dict(row)
    values["origin"] = Origin(**(values["origin"] or {}))
    values["progress"] = _bars(values["progress"])
    number = values.pop("id")
    counts = {level: values.pop(name) for level, name in COUNT_COLUMNS.items()}
    return number, RunRecord(**values, counts=counts)


def _bars(progress: str | None) -> tuple[Bar, ...]:
    return () if progress is None else tuple(Bar(*bar) for bar in json.loads(progress))
