"""Snapshots: the exact source of jobs, as manifests whose content is stored once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection, bindparam, insert, select

from jobnb.errors import SnapshotError
from jobnb.protocol import Snapshot, SnapshotFile
from jobnb.store.content.blobs import add_blob, digest_of, hold_content, known_blobs, read_blob
from jobnb.store.database import Database
from jobnb.store.prepared import Prepared
from jobnb.store.tables.clock import now
from jobnb.store.tables.models import blob, snapshot, snapshot_file
from jobnb.store.tables.upsert import insert_if_new

_STORED: Final = Prepared(
    select(snapshot.c.digest).where(snapshot.c.digest == bindparam("its_digest"))
)


class Snapshots:
    """Access to stored snapshots; any thread may use it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, source: Snapshot, read: Callable[[SnapshotFile], bytes]) -> None:
        """Stores a snapshot, unless it is there already; two may do so at once.

        Args:
            source: The manifest.
            read: Gives the content of a file; called only for what is not stored yet.

        Raises:
            SnapshotError: A file is not what the manifest says it is.
        """
        with self._database.read() as connection:
            if _find(connection, source.digest) is not None:
                return
            known = known_blobs(connection, {item.digest for item in source.files})
        # Files are read outside of any transaction: a slow disk must not keep others waiting.
        missing = {
            item.digest: _checked(item, read(item))
            for item in source.files
            if item.digest not in known
        }
        row = {"digest": source.digest, "root": source.root, "created": now()}
        files = [
            {"snapshot": source.digest, "path": item.path, "blob": item.digest}
            for item in source.files
        ]
        with self._database.write() as connection:
            hold_content(connection)
            if known - known_blobs(connection, known):
                raise SnapshotError(
                    f"Snapshot {source.digest[:12]} could not be stored: content of it was removed "
                    "by a cleanup at the same moment; submit the job again."
                )
            for digest in sorted(missing):
                add_blob(connection, missing[digest])
            if insert_if_new(connection, snapshot, row) and files:
                connection.execute(insert(snapshot_file), files)

    def load(self, digest: str) -> Snapshot:
        """The manifest of that digest.

        Raises:
            SnapshotError: It is not in the database.
        """
        with self._database.read() as connection:
            found = _find(connection, digest)
        if found is None:
            raise SnapshotError(
                f"Snapshot {digest[:12]} is not in the database {self._database.public_url}; "
                "submit the job again, which stores its source anew."
            )
        return found

    def blob(self, digest: str) -> bytes:
        """The content of a file of a snapshot.

        Raises:
            SnapshotError: It is not in the database.
        """
        with self._database.read() as connection:
            content = read_blob(connection, digest)
        if content is None:
            raise SnapshotError(
                f"Content {digest[:12]} is not in the database {self._database.public_url}; "
                "submit the job again, which stores its source anew."
            )
        return content


def require_snapshot(connection: Connection, digest: str) -> None:
    """Passes if the snapshot is stored; it stays so until this transaction ends.

    Raises:
        SnapshotError: It is not stored, or was removed because nothing referred to it.
    """
    hold_content(connection)
    if _STORED.row(connection, its_digest=digest) is None:
        raise not_stored(digest)


def not_stored(digest: str) -> SnapshotError:
    """The error for a snapshot that was never stored, or removed as nothing referred to it."""
    return SnapshotError(f"Snapshot {digest[:12]} is not stored; submit the job again.")


def _find(connection: Connection, digest: str) -> Snapshot | None:
    root = connection.execute(
        select(snapshot.c.root).where(snapshot.c.digest == digest)
    ).scalar_one_or_none()
    if root is None:
        return None
    files = (
        select(snapshot_file.c.path, blob.c.digest, blob.c.size)
        .join(blob, blob.c.digest == snapshot_file.c.blob)
        .where(snapshot_file.c.snapshot == digest)
    )
    found = [SnapshotFile(**row) for row in connection.execute(files).mappings()]
    # Not sorted by the database: its order of letters depends on its language.
    in_order = tuple(sorted(found, key=lambda item: item.path))
    return Snapshot(digest=digest, files=in_order, root=root)


def _checked(item: SnapshotFile, content: bytes) -> bytes:
    found = digest_of(content)
    if found != item.digest:
        raise SnapshotError(
            f"File {item.path!r} changed while its snapshot was stored: it should have digest "
            f"{item.digest[:12]} and has {found[:12]}; submit the job again."
        )
    return content
