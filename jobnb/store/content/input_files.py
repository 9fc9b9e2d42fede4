"""Input files: what was given to runs. Content comes and goes piece by piece, however large.

No transaction is longer than a few pieces: others write their log lines in between.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from typing import Final, Protocol

from sqlalchemy import Connection, insert, select

from jobnb.errors import StoreError
from jobnb.protocol import PIECE
from jobnb.store.content.blobs import (
    add_piece,
    begin_blob,
    blob_sizes,
    known_blobs,
    read_piece,
    stored_pieces,
)
from jobnb.store.database import Database
from jobnb.store.tables.models import blob, input_file, job_result
from jobnb.store.values import GivenFile

AT_ONCE: Final = 4
"""Pieces that one transaction stores."""


class Content(Protocol):
    """Content on its way to the store."""

    @property
    def digest(self) -> str:
        """SHA-256, hexadecimal."""

    @property
    def size(self) -> int:
        """Bytes."""

    def read_piece(self, start: int, size: int) -> bytes:
        """At most ``size`` bytes from position ``start`` on."""


class InputFiles:
    """Access to the files that were given to runs; any thread may use it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sizes(self, digests: Collection[str]) -> dict[str, int]:
        """Digest to bytes, of those whose content is in the database, all of it."""
        with self._database.read() as connection:
            return blob_sizes(connection, digests)

    def save(self, content: Content) -> None:
        """Stores content, unless it is there already.

        It goes on where another try was interrupted; several that store the same content at once
        share the work.
        """
        with self._database.write() as connection:
            begin_blob(connection, content.digest, content.size)
        numbers = range(-(-content.size // PIECE))
        for first in numbers[::AT_ONCE]:
            with self._database.read() as connection:
                stored = stored_pieces(connection, content.digest)
            some = [number for number in numbers[first : first + AT_ONCE] if number not in stored]
            # Read before the transaction: a slow disk must not keep others waiting.
            pieces = {number: content.read_piece(number * PIECE, PIECE) for number in some}
            if pieces:
                self._store(content.digest, pieces)

    def _store(self, digest: str, pieces: dict[int, bytes]) -> None:
        with self._database.write() as connection:
            for number, piece in pieces.items():
                add_piece(connection, digest, number, piece)

    def of_run(self, run_id: str) -> list[GivenFile]:
        """What was given to a run."""
        given = (
            select(input_file.c.name, input_file.c.file_name, blob.c.digest, blob.c.size)
            .join(blob, blob.c.digest == input_file.c.blob)
            .join(job_result, job_result.c.id == input_file.c.result)
            .where(job_result.c.run_id == run_id)
            .order_by(input_file.c.name)
        )
        with self._database.read() as connection:
            return [GivenFile(**row) for row in connection.execute(given).mappings()]

    def pieces(self, file: GivenFile) -> Iterator[bytes]:
        """The content of a file, each piece read by itself.

        Raises:
            StoreError: It is not in the database any more, or not as it was given; after the last
                piece at the latest.
        """
        digest = hashlib.sha256()
        for number in range(-(-file.size // PIECE)):
            with self._database.read() as connection:
                piece = read_piece(connection, file.digest, number)
            if piece is None:
                break
            digest.update(piece)
            yield piece
        if digest.hexdigest() != file.digest:
            raise StoreError(
                f"The content of input file {file.file_name!r} ({file.digest[:12]}) is not whole "
                f"in the database {self._database.public_url}; give the file again."
            )


def attach_files(connection: Connection, result: int, files: Sequence[GivenFile]) -> None:
    """Notes which files were given to a run, in the transaction that writes it down.

    Raises:
        StoreError: The content of one is not in the database.
    """
    whole = known_blobs(connection, {file.digest for file in files})
    for file in files:
        if file.digest not in whole:
            raise StoreError(
                f"Input file {file.file_name!r} ({file.digest[:12]}) of input {file.name!r} is not "
                "in the database any more; give the file again."
            )
    rows = [
        {"result": result, "name": item.name, "file_name": item.file_name, "blob": item.digest}
        for item in files
    ]
    connection.execute(insert(input_file), rows)
