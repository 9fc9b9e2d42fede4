"""Connections to PostgreSQL: how many a process keeps, and whether one that has rested still works.

Each takes the server a process and some megabytes, and some milliseconds to make.
"""

from __future__ import annotations

import time
from functools import partial
from math import inf
from typing import Final

from sqlalchemy import Dialect, Engine, QueuePool, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

MOST: Final = 10
"""Connections that a process may have at once; whoever needs one more waits."""
KEPT: Final = 2
"""Connections that it keeps when there is little to do."""
CALM: Final = 1.0
"""Seconds that a connection has rested, from which on there was little to do."""
_RESTED: Final = 0.5
"""Seconds after which a connection is tried before it is used."""


class BurstPool(QueuePool):
    """Keeps the connections of a busy process, and lets them go when that has become calm.

    The one that has rested longest is given out first, so each comes to its turn to go.
    """

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        if record.info.get("rested", 0.0) < CALM or self.checkedin() < KEPT:
            super()._do_return_conn(record)
            return
        try:
            record.close()
        finally:
            self._dec_overflow()


def watch_connections(engine: Engine) -> None:
    """Notes when its connections are used; one that has rested is tried first."""
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", partial(_check_rested, engine.dialect))


def _note_use(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["used"] = time.monotonic()


def _check_rested(
    dialect: Dialect, connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object
) -> None:
    """A connection that has rested may be broken; to ask each time would double the round trips."""
    rested = time.monotonic() - record.info.get("used", inf)
    record.info["rested"] = rested
    if rested <= _RESTED:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error
