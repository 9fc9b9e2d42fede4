"""How a run is written down: its row, and what was given to it, in one transaction."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, exists, insert, select

from jobnb.protocol import Status
from jobnb.store.content.blobs import hold_content
from jobnb.store.content.input_files import attach_files
from jobnb.store.prepared import Prepared
from jobnb.store.reading.input_values import add_input_values
from jobnb.store.tables.clock import now
from jobnb.store.tables.models import COUNT_COLUMNS, job, job_result
from jobnb.store.tables.upsert import insert_if_new
from jobnb.store.values import NewRun, RunRecord

_WRITTEN: Final = ({item.name for item in fields(NewRun)} - {"files"}) | {"status", "created"}
_ABSENT: Final = {"last_entry": 0, "detail": "", **dict.fromkeys(COUNT_COLUMNS.values(), 0)}
_NAMES: Final = sorted(_WRITTEN)
_INSERT: Final = Prepared(
    insert(job_result)
    .from_select(
        [*_NAMES, *_ABSENT],
        select(
            *(bindparam(name, type_=job_result.c[name].type) for name in _NAMES),
            *(bindparam(None, value, job_result.c[name].type) for name, value in _ABSENT.items()),
        ).where(~exists().where(job.c.class_path == bindparam("class_path"), ~job.c.enabled)),
        include_defaults=False,
    )
    .returning(job_result.c.id)
)
"""Nothing, if the job is disabled."""
_GIVEN: Final = {item.name for item in fields(NewRun)} & {item.name for item in fields(RunRecord)}
_UNKNOWN: Final[dict[str, Any]] = dict.fromkeys(
    (
        *("reason", "started", "ended", "worker", "value", "value_problem", "exc_type"),
        *("exc_message", "traceback", "cancelled_by", "cancel_requested"),
    )
)


def insert_run(connection: Connection, new: NewRun) -> RunRecord | None:
    """Adds a run that waits for a worker; a single statement if it has no inputs and no key.

    Returns:
        The run; None if its job is disabled, or a run of its job has its key already.

    Raises:
        DanglingReference: Its source is not in the database.
        StoreError: The content of an input file is not.
    """
    if new.files:
        hold_content(connection)
    values = {**vars(new), "status": Status.PENDING, "created": now()}
    values["origin"] = vars(new.origin)
    files = values.pop("files")
    number = _insert(connection, values)
    if number is None:
        return None
    add_input_values(connection, number, values["created"], new.inputs)
    if files:
        attach_files(connection, number, files)
    return _as_written(new, values["created"])


def _insert(connection: Connection, values: dict[str, Any]) -> int | None:
    """The number of the run; None if it was not written."""
    if values["key"] is None:
        written = _INSERT.row(connection, **values)
        return None if written is None else written["id"]
    if not insert_if_new(connection, job_result, values):
        return None
    own = select(job_result.c.id).where(job_result.c.run_id == values["run_id"])
    number: int = connection.execute(own).scalar_one()
    return number


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
