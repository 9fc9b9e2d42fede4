"""The statements that a database is given, by SQLAlchemy or past it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy import event

from jobnb.store.database import Database
from jobnb.store.prepared import _Written

See = Callable[[Any, str, Any], object]


@contextmanager
def reading_seen_by(database: Database, see: See) -> Iterator[None]:
    """Gives ``see`` a cursor, the text and the parameters of each before it is carried out."""

    def see_written(_connection, cursor, statement, parameters, *_):
        see(cursor, statement, parameters)

    execute = _Written.execute

    def see_and_execute(written, connection, values):
        if connection.engine is database._reader:
            see(connection.connection.cursor(), written.text, written._given(values))
        return execute(written, connection, values)

    event.listen(database._reader, "before_cursor_execute", see_written)
    with patch.object(_Written, "execute", see_and_execute):
        yield
    event.remove(database._reader, "before_cursor_execute", see_written)
