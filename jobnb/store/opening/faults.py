"""The door for foreign errors: what SQLAlchemy and the drivers raise becomes one of ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Dialect
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from jobnb.errors import StoreError, StoreUnreachable

_OTHER_PLACE: Final = "set database_url (JOBNB_DATABASE_URL) to another place"
_NO_ACCESS: Final = f"Check that the folder exists and may be written to, or {_OTHER_PLACE}."
_LOCKED: Final = "Another process keeps it locked; wait for it, or end it."

_SQLITE_REMEDIES: Final = {
    sqlite3.SQLITE_CANTOPEN: _NO_ACCESS,
    sqlite3.SQLITE_PERM: _NO_ACCESS,
    sqlite3.SQLITE_READONLY: _NO_ACCESS,
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_IOERR: f"Check the disk, or {_OTHER_PLACE}.",
    sqlite3.SQLITE_FULL: f"Make room on the disk, or {_OTHER_PLACE}.",
}
_SERVER_REMEDIES: Final = {
    "25006": f"It takes no changes now (a standby?); wait for it, or {_OTHER_PLACE}.",
    "25P03": "This process stood still in the middle of a transaction, so the server gave it up; "
    "nothing was changed.",
    "40001": "Others changed the same at this moment; try again.",
    "40P01": "Others changed the same at this moment; try again.",
    "53100": f"Make room on the disk of the server, or {_OTHER_PLACE}.",
    "53300": "Raise its max_connections, or close some kernels and workers.",
    "55P03": _LOCKED,
    "57014": "Somebody stopped the statement, or it took longer than statement_timeout allows.",
}
"""By the code that PostgreSQL gives its error."""
_CROWDED: Final = ("too many connections", "too many clients", "remaining connection slots")
_SERVER_REMEDY: Final = (
    "Check that the server runs, and that database_url (JOBNB_DATABASE_URL) has the right host, "
    "name, user and password."
)


_NO_REFERENCE: Final = "23503"
"""PostgreSQL's code for a reference to a row that is not there."""
_TAKEN: Final = "23505"
"""The same for a row whose key another one has."""


class DanglingReference(StoreError):
    """Something refers to what is not in the database, or not any more; nothing was changed."""


class AlreadyThere(StoreError):
    """There is a row with the same key; nothing was changed."""


@contextmanager
def translated_errors(where: str, dialect: Dialect) -> Iterator[None]:
    """Raises the errors of the database as ours.

    Args:
        where: URL of the database, without its password.
        dialect: Of the engine in use; tells which errors are its driver's own.

    Raises:
        StoreUnreachable: The database does not answer, or cannot be written to.
        StoreError: It refused something; ``DanglingReference`` for a reference to nothing,
            ``AlreadyThere`` for a key that another row has.
    """
    try:
        yield
    except (SQLAlchemyError, dialect.loaded_dbapi.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        reason = (str(cause).strip() or type(cause).__name__).rstrip(".?!")
        remedy = _remedy(cause, dialect)
        if remedy is None:
            raise _refusal(cause)(f"The database {where} refused: {reason}.") from error
        message = f"The database {where} does not answer: {reason}. {remedy}"
        raise StoreUnreachable(message) from error


def _refusal(cause: BaseException | None) -> type[StoreError]:
    """What an error is by which the database refused something."""
    code = getattr(cause, "sqlstate", None)
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", None)
    if code in (_NO_REFERENCE, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY):
        return DanglingReference
    keys = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
    return AlreadyThere if code in (_TAKEN, *keys) else StoreError


def _remedy(cause: BaseException | None, dialect: Dialect) -> str | None:
    """What helps against a database that does not answer; None if it did answer."""
    if isinstance(cause, sqlite3.Error):
        number: int = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        # The low byte is the kind of error, the rest says more about it.
        return _SQLITE_REMEDIES.get(number & 0xFF)
    code = getattr(cause, "sqlstate", None)
    if code is None and any(words in str(cause) for words in _CROWDED):
        code = "53300"  # which is not told where there is no connection
    if code in _SERVER_REMEDIES:
        return _SERVER_REMEDIES[code]
    driver = dialect.loaded_dbapi
    away = (driver.OperationalError, driver.InterfaceError, PoolTimeoutError)
    return _SERVER_REMEDY if isinstance(cause, away) else None
