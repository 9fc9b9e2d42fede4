"""How a run is written down: its row, and what was given to it, in one transaction."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection, insert, select

from jobnb.protocol import Status
from jobnb.store.blobs import hold_content
from jobnb.store.clock import now
from jobnb.store.input_files import attach_files
from jobnb.store.input_values import add_input_values
from jobnb.store.models import job_result
from jobnb.store.snapshots import require_snapshot
from jobnb.store.upsert import insert_if_new
from jobnb.store.values import NewRun


def insert_run(connection: Connection, new: NewRun) -> bool:
    """Adds a run that waits for a worker; False if a run of its job has its key already.

    Raises:
        SnapshotError: Its source is not in the database.
        StoreError: The content of an input file is not.
    """
    if new.snapshot is not None:
        require_snapshot(connection, new.snapshot)
    elif new.files:
        hold_content(connection)
    values = {**vars(new), "status": Status.PENDING, "created": now()}
    values["origin"] = asdict(new.origin)
    files = values.pop("files")
    if new.key is None:
        connection.execute(insert(job_result).values(values))
    elif not insert_if_new(connection, job_result, values):
        return False
    if files or new.inputs:
        own = select(job_result.c.id).where(job_result.c.run_id == new.run_id)
        result = connection.execute(own).scalar_one()
        add_input_values(connection, result, values["created"], new.inputs)
        if files:
            attach_files(connection, result, files)
    return True
