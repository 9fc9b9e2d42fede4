"""How a run is written down: its row, and what was given to it, in one transaction."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, insert, select

from jobnb.protocol import Status
from jobnb.store.content.blobs import hold_content
from jobnb.store.content.input_files import attach_files
from jobnb.store.content.snapshots import require_snapshot
from jobnb.store.prepared import Prepared
from jobnb.store.reading.input_values import add_input_values
from jobnb.store.tables.clock import now
from jobnb.store.tables.models import COUNT_COLUMNS, job_result
from jobnb.store.tables.upsert import insert_if_new
from jobnb.store.values import NewRun, RunRecord

_WRITTEN: Final = ({item.name for item in fields(NewRun)} - {"files"}) | {"status", "created"}
_ABSENT: Final = {"last_entry": 0, "detail": "", **dict.fromkeys(COUNT_COLUMNS.values(), 0)}
_INSERT: Final = Prepared(
    insert(job_result).values({name: bindparam(name) for name in sorted(_WRITTEN)} | _ABSENT)
)
_GIVEN: Final = {item.name for item in fields(NewRun)} & {item.name for item in fields(RunRecord)}
_UNKNOWN: Final[dict[str, Any]] = dict.fromkeys(
    (
        *("reason", "started", "ended", "worker", "value", "value_problem", "exc_type"),
        *("exc_message", "traceback", "cancelled_by", "cancel_requested"),
    )
)


def insert_run(connection: Connection, new: NewRun) -> RunRecord | None:
    """Adds a run that waits for a worker; None if a run of its job has its key already.

    Raises:
        SnapshotError: Its source is not in the database.
        StoreError: The content of an input file is not.
    """
    if new.snapshot is not None:
        require_snapshot(connection, new.snapshot)
    elif new.files:
        hold_content(connection)
    values = {**vars(new), "status": Status.PENDING, "created": now()}
    values["origin"] = vars(new.origin)
    files = values.pop("files")
    if new.key is None:
        _INSERT.count(connection, **values)
    elif not insert_if_new(connection, job_result, values):
        return None
    if files or new.inputs:
        own = select(job_result.c.id).where(job_result.c.run_id == new.run_id)
        result = connection.execute(own).scalar_one()
        add_input_values(connection, result, values["created"], new.inputs)
        if files:
            attach_files(connection, result, files)
    return _as_written(new, values["created"])


def _as_written(new: NewRun, created: datetime) -> RunRecord:
    """What the database would give out now."""
    return RunRecord(
        **{name: getattr(new, name) for name in _GIVEN},
        **_UNKNOWN,
        status=Status.PENDING,
        detail="",
        created=created,
        attempts=0,
        last_entry=0,
        counts=dict.fromkeys(COUNT_COLUMNS, 0),
    )
