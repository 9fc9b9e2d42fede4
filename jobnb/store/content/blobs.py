"""Blobs: content stored once under its SHA-256, in pieces; files and snapshots point to them.

A large one comes in several transactions, so a blob may be there before all of its pieces are: only
whole blobs are known to anybody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, func, insert, null, or_, select, update

from jobnb.protocol import PIECE
from jobnb.store.prepared import Prepared
from jobnb.store.tables.clock import now
from jobnb.store.tables.models import blob, blob_piece
from jobnb.store.tables.upsert import insert_if_new

_CONTENT_LOCK: Final = 0x636F6E74
"""Key of PostgreSQL's advisory lock between who refers to content and who removes it; "cont"."""
_HOLD: Final = Prepared(select(func.pg_advisory_xact_lock_shared(_CONTENT_LOCK)))
_HOLD_ALONE: Final = Prepared(select(func.pg_advisory_xact_lock(_CONTENT_LOCK)))
_STEP: Final = timedelta(hours=1)
"""How exact ``stored`` is, so that storing the same again usually writes nothing."""


def digest_of(content: bytes) -> str:
    """SHA-256 of the content, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def add_blob(connection: Connection, content: bytes) -> str:
    """Stores the content, unless it is there already, and gives its digest.

    A transaction that adds several does so in the order of their digests, or two of them could
    wait for each other.
    """
    hold_content(connection)
    digest = digest_of(content)
    pieces = [content[start : start + PIECE] for start in range(0, len(content), PIECE)]
    if begin_blob(connection, digest, len(content)):
        rows = [
            {"blob": digest, "number": number, "content": piece}
            for number, piece in enumerate(pieces)
        ]
        if rows:
            connection.execute(insert(blob_piece), rows)
    elif not known_blobs(connection, [digest]):
        for number, piece in enumerate(pieces):
            add_piece(connection, digest, number, piece)
    return digest


def begin_blob(connection: Connection, digest: str, size: int) -> bool:
    """Makes room for a blob whose pieces follow; False if somebody has done so before.

    Either way a cleanup leaves it alone for a while.
    """
    moment = now()
    if insert_if_new(connection, blob, {"digest": digest, "size": size, "stored": moment}):
        return True
    is_stale = or_(blob.c.stored == null(), blob.c.stored < moment - _STEP)
    connection.execute(update(blob).where(blob.c.digest == digest, is_stale).values(stored=moment))
    return False


def add_piece(connection: Connection, digest: str, number: int, content: bytes) -> None:
    """Stores a piece of a blob, unless somebody else has done so."""
    insert_if_new(connection, blob_piece, {"blob": digest, "number": number, "content": content})


def stored_pieces(connection: Connection, digest: str) -> set[int]:
    """Numbers of the pieces of a blob that are there."""
    return set(connection.scalars(select(blob_piece.c.number).where(blob_piece.c.blob == digest)))


def read_piece(connection: Connection, digest: str, number: int) -> bytes | None:
    """One piece of a blob; None if there is none of that number."""
    where = (blob_piece.c.blob == digest, blob_piece.c.number == number)
    return connection.execute(select(blob_piece.c.content).where(*where)).scalar_one_or_none()


def hold_content(connection: Connection, *, alone: bool = False) -> None:
    """Until this transaction ends, nobody removes content that it refers to.

    Whoever removes content holds it ``alone``. SQLite lets only one write at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        (_HOLD_ALONE if alone else _HOLD).plain_rows(connection)


def read_blob(connection: Connection, digest: str) -> bytes | None:
    """The content with that digest; None if there is none."""
    if not known_blobs(connection, [digest]):
        return None
    pieces = select(blob_piece.c.content).where(blob_piece.c.blob == digest)
    return b"".join(connection.scalars(pieces.order_by(blob_piece.c.number)))


def known_blobs(connection: Connection, digests: Collection[str]) -> set[str]:
    """Those of the digests whose content is stored, all of it."""
    return set(blob_sizes(connection, digests))


def blob_sizes(connection: Connection, digests: Collection[str]) -> dict[str, int]:
    """Digest to bytes, of those whose content is stored, all of it."""
    # The database knows the length of a piece without reading it.
    stored = func.coalesce(func.sum(func.length(blob_piece.c.content)), 0)
    whole = (
        select(blob.c.digest, blob.c.size)
        .outerjoin(blob_piece, blob_piece.c.blob == blob.c.digest)
        .where(blob.c.digest.in_(digests))
        .group_by(blob.c.digest, blob.c.size)
        .having(stored == blob.c.size)
    )
    return {row.digest: row.size for row in connection.execute(whole)}
