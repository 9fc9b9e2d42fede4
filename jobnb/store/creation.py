"""How a run is written down: its row, and what was given to it, in one transaction."""

from __future__ import annotations

from sqlalchemy import Connection, insert

from jobnb.protocol import Status
from jobnb.store.clock import now
from jobnb.store.input_files import attach_files
from jobnb.store.models import job_result
from jobnb.store.values import NewRun


def insert_run(connection: Connection, new: NewRun) -> None:
    """Adds a run that waits for a worker.

    Raises:
        StoreError: The content of an input file is not in the database.
    """
    values = {**vars(new), "status": Status.PENDING, "created": now()}
    files = values.pop("files")
    row = insert(job_result).values(values).returning(job_result.c.id)
    result = connection.execute(row).scalar_one()
    if files:
        attach_files(connection, result, files)
