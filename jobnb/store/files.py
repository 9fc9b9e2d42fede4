"""The files that a run made."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import Connection, Select, insert, select

from jobnb.errors import StoreError
from jobnb.store.blobs import add_blob
from jobnb.store.clock import moment
from jobnb.store.fence import HeldAttempt
from jobnb.store.models import blob, file, job_result
from jobnb.store.text import storable
from jobnb.store.values import FileRecord


def add_file(
    connection: Connection, held: HeldAttempt, name: str, content: bytes, created: float
) -> None:
    """Stores a file; a second one of the same name becomes ``name (2).suffix``.

    One of the same content and the same moment is the same file, tried again because the answer to
    the first try was lost.
    """
    made = moment(created)
    digest = add_blob(connection, content)
    of_run = select(file.c.name, file.c.blob, file.c.created).where(file.c.result == held.result)
    known = connection.execute(of_run).all()
    if any((row.blob, row.created) == (digest, made) for row in known):
        return
    free = _free_name(storable(name, connection.dialect.name), {row.name for row in known})
    row = {"result": held.result, "name": free, "blob": digest, "created": made}
    connection.execute(insert(file).values(row))


def _free_name(name: str, taken: set[str]) -> str:
    path = PurePosixPath(name)
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name.removesuffix(path.suffix)} ({number}){path.suffix}"
    return candidate


def list_files(connection: Connection, run_id: str) -> list[FileRecord]:
    """The files of a run, oldest first."""
    in_order = _files_of(run_id).order_by(file.c.created, file.c.name)
    return [FileRecord(**row) for row in connection.execute(in_order).mappings()]


def find_file(connection: Connection, run_id: str, name: str) -> FileRecord:
    """One file of a run.

    Raises:
        StoreError: The run has no such file; the message names those it has.
    """
    named = _files_of(run_id).where(file.c.name == name)
    row = connection.execute(named).mappings().one_or_none()
    if row is None:
        names = ", ".join(repr(item.name) for item in list_files(connection, run_id)) or "none"
        raise StoreError(f"Job result {run_id!r} has no file {name!r}; its files: {names}.")
    return FileRecord(**row)


def _files_of(run_id: str) -> Select[Any]:
    return (
        select(file.c.name, blob.c.size, blob.c.digest, file.c.created)
        .join(blob, blob.c.digest == file.c.blob)
        .join(job_result, job_result.c.id == file.c.result)
        .where(job_result.c.run_id == run_id)
    )
