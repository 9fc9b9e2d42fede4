"""The files that a run made."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select

from jobnb.errors import StoreError
from jobnb.protocol import PIECE
from jobnb.store.content.blobs import add_blob, read_piece
from jobnb.store.database import Database
from jobnb.store.tables.clock import moment
from jobnb.store.tables.models import blob, file, job_result
from jobnb.store.tables.text import storable
from jobnb.store.values import FileRecord
from jobnb.store.writing.fence import HeldAttempt


@dataclass(frozen=True, kw_only=True)
class SomeFiles:
    """The first files of a run, and how many there are."""

    first: tuple[FileRecord, ...]
    count: int


class RunFiles:
    """Access to the files of runs; any thread may use it. Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, run_id: str) -> list[FileRecord]:
        """The files of a run, oldest first."""
        with self._database.read() as connection:
            return _list_files(connection, run_id)

    def first_of(self, run_ids: Collection[str], most: int) -> dict[str, SomeFiles]:
        """Id to the oldest files, at most so many each, of those of the runs that have any."""
        with self._database.read() as connection:
            return _first_files(connection, run_ids, most)

    def read(self, run_id: str, name: str) -> bytes:
        """The content of a file.

        Raises:
            StoreError: The run has no file of that name.
        """
        return b"".join(self.pieces(run_id, name))

    def pieces(self, run_id: str, name: str) -> Iterator[bytes]:
        """The same piece by piece; each is read by itself, so that nobody has to wait.

        Raises:
            StoreError: The run has no file of that name, or it was removed meanwhile.
        """
        with self._database.read() as connection:
            found = _find_file(connection, run_id, name)
        for number in range(-(-found.size // PIECE)):
            with self._database.read() as connection:
                piece = read_piece(connection, found.digest, number)
            if piece is None:
                raise StoreError(f"File {name!r} of job result {run_id!r} was removed meanwhile.")
            yield piece


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


def _list_files(connection: Connection, run_id: str) -> list[FileRecord]:
    in_order = _files_of(run_id).order_by(file.c.created, file.c.name)
    return [FileRecord(**row) for row in connection.execute(in_order).mappings()]


def _first_files(
    connection: Connection, run_ids: Collection[str], most: int
) -> dict[str, SomeFiles]:
    each = (
        _FILES.add_columns(
            job_result.c.run_id,
            func.count().over(partition_by=file.c.result).label("total"),
            func.row_number()
            .over(partition_by=file.c.result, order_by=(file.c.created, file.c.name))
            .label("place"),
        )
        .where(job_result.c.run_id.in_(run_ids))
        .subquery()
    )
    first = select(each).where(each.c.place <= most).order_by(each.c.run_id, each.c.place)
    found: dict[str, SomeFiles] = {}
    for row in connection.execute(first):
        made = FileRecord(name=row.name, size=row.size, digest=row.digest, created=row.created)
        before = found[row.run_id].first if row.run_id in found else ()
        found[row.run_id] = SomeFiles(first=(*before, made), count=row.total)
    return found


def _find_file(connection: Connection, run_id: str, name: str) -> FileRecord:
    named = _files_of(run_id).where(file.c.name == name)
    row = connection.execute(named).mappings().one_or_none()
    if row is None:
        names = ", ".join(repr(item.name) for item in _list_files(connection, run_id)) or "none"
        raise StoreError(f"Job result {run_id!r} has no file {name!r}; its files: {names}.")
    return FileRecord(**row)


_FILES = (
    select(file.c.name, blob.c.size, blob.c.digest, file.c.created)
    .join(blob, blob.c.digest == file.c.blob)
    .join(job_result, job_result.c.id == file.c.result)
)


def _files_of(run_id: str) -> Select[Any]:
    return _FILES.where(job_result.c.run_id == run_id)
