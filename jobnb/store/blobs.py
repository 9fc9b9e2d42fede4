"""Blobs: content stored once under its SHA-256, in pieces; files and snapshots point to them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from sqlalchemy import Connection, insert, select

from jobnb.protocol import PIECE
from jobnb.store.models import blob, blob_piece
from jobnb.store.upsert import insert_if_new


def digest_of(content: bytes) -> str:
    """SHA-256 of the content, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def add_blob(connection: Connection, content: bytes) -> str:
    """Stores the content, unless it is there already, and gives its digest.

    A transaction that adds several does so in the order of their digests, or two of them could
    wait for each other.
    """
    digest = digest_of(content)
    if insert_if_new(connection, blob, {"digest": digest, "size": len(content)}):
        pieces = [
            {"blob": digest, "number": number, "content": content[start : start + PIECE]}
            for number, start in enumerate(range(0, len(content), PIECE))
        ]
        if pieces:
            connection.execute(insert(blob_piece), pieces)
    return digest


def read_blob(connection: Connection, digest: str) -> bytes | None:
    """The content with that digest; None if there is none."""
    if not known_blobs(connection, [digest]):
        return None
    pieces = select(blob_piece.c.content).where(blob_piece.c.blob == digest)
    return b"".join(connection.scalars(pieces.order_by(blob_piece.c.number)))


def known_blobs(connection: Connection, digests: Collection[str]) -> set[str]:
    """Those of the digests whose content is stored."""
    return set(connection.scalars(select(blob.c.digest).where(blob.c.digest.in_(digests))))
