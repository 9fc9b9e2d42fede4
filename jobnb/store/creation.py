"""How a run is written down: its row, and what was given to it, in one transaction."""

from __future__ import annotations

from sqlalchemy import Connection, insert

from jobnb.protocol import Status
from jobnb.store.blobs import hold_content
from jobnb.store.clock import now
from jobnb.store.input_files import attach_files
from jobnb.store.models import job_result
from jobnb.store.snapshots import require_snapshot
from jobnb.store.values import NewRun


def insert_run(connection: Connection, new: NewRun) -> None:
    """Adds a run that waits for a worker.

    Raises:
        SnapshotError: Its source is not in the database.
        StoreError: The content of an input file is not.
    """
    if new.snapshot is not None:
        require_snapshot(connection, new.snapshot)
    elif new.files:
        hold_content(connection)
    values = {**vars(new), "status": Status.PENDING, "created": now()}
    files = values.pop("files")
    row = insert(job_result).values(values).returning(job_result.c.id)
    result = connection.execute(row).scalar_one()
    if files:
        attach_files(connection, result, files)
