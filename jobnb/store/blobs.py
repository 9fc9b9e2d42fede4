"""Blobs: content stored once under its SHA-256, in pieces; files and snapshots point to them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, insert, null, or_, select, text, update

from jobnb.protocol import PIECE
from jobnb.store.clock import now
from jobnb.store.models import blob, blob_piece
from jobnb.store.upsert import insert_if_new

_CONTENT_LOCK: Final = 0x636F6E74
"""Key of PostgreSQL's advisory lock between who refers to content and who removes it; "cont"."""
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
    digest, moment = digest_of(content), now()
    if insert_if_new(connection, blob, {"digest": digest, "size": len(content), "stored": moment}):
        pieces = [
            {"blob": digest, "number": number, "content": content[start : start + PIECE]}
            for number, start in enumerate(range(0, len(content), PIECE))
        ]
        if pieces:
            connection.execute(insert(blob_piece), pieces)
    else:
        is_stale = or_(blob.c.stored == null(), blob.c.stored < moment - _STEP)
        connection.execute(
            update(blob).where(blob.c.digest == digest, is_stale).values(stored=moment)
        )
    return digest


def hold_content(connection: Connection, *, alone: bool = False) -> None:
    """Until this transaction ends, nobody removes content that it refers to.

    Whoever removes content holds it ``alone``. SQLite lets only one write at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        name = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
        connection.execute(text(f"SELECT {name}(:key)"), {"key": _CONTENT_LOCK})


def read_blob(connection: Connection, digest: str) -> bytes | None:
    """The content with that digest; None if there is none."""
    if not known_blobs(connection, [digest]):
        return None
    pieces = select(blob_piece.c.content).where(blob_piece.c.blob == digest)
    return b"".join(connection.scalars(pieces.order_by(blob_piece.c.number)))


def known_blobs(connection: Connection, digests: Collection[str]) -> set[str]:
    """Those of the digests whose content is stored."""
    return set(connection.scalars(select(blob.c.digest).where(blob.c.digest.in_(digests))))
