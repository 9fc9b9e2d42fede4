"""Inserting what somebody else may be inserting at the same moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import sqlite


def insert_if_new(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Inserts the row unless one with its key exists; True if it did.

    If another transaction is inserting the same key, this waits for its end.
    """
    statement = _insert(connection.dialect.name)(table).values(**values).on_conflict_do_nothing()
    # SQLAlchemy drops the count of inserted rows unless told to keep it.
    counting = statement.execution_options(preserve_rowcount=True)
    return connection.execute(counting).rowcount == 1


def _insert(dialect: str) -> Any:
    """The ``insert()`` of a dialect; that of PostgreSQL is loaded only where there is one."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert
    return sqlite.insert
