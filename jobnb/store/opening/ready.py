"""Connections that are ready for the next transaction: out of their pool, and in nobody's hands."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, Engine


class ReadyConnections:
    """Transactions of one engine, on connections that leave its pool once. Any thread may ask.

    To take a connection out and to put it back takes SQLAlchemy longer than all the rest of a
    small transaction in SQLite (measured: 12 of 22 us).
    """

    def __init__(self, engine: Engine, kept: int) -> None:
        """Opens nothing.

        Args:
            engine: Whose connections they are.
            kept: How many stay out of the pool while nobody needs them; 0: none.
        """
        self.engine: Final = engine
        self._kept = kept
        self._ready: deque[Connection] = deque()
        self._is_closed = False
        self._lock = threading.Lock()

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A connection in a transaction; committed at the end, or rolled back."""
        ready = self._ready
        try:
            connection = ready.pop()
        except IndexError:
            connection = self.engine.connect()
        try:
            with connection.begin():
                yield connection
        except BaseException:
            connection.close()  # whatever has happened to it: the pool sees what is left of it
            raise
        self._give_back(connection, ready)

    def _give_back(self, connection: Connection, ready: deque[Connection]) -> None:
        """To where it came from: after a fork in between that is nobody's place any more."""
        with self._lock:
            if not self._is_closed and len(ready) < self._kept:
                ready.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Puts all back into the pool, also those that are in use, as soon as they are not."""
        with self._lock:
            self._is_closed = True
        while self._ready:
            self._ready.pop().close()

    def leave(self) -> list[object]:
        """In a fork: starts over without those of the parent.

        Returns:
            What is to be kept alive, or it would be closed, and the parent's with it.
        """
        left: list[object] = [self.engine.pool, self._ready]
        self._ready, self._lock = deque(), threading.Lock()
        self.engine.dispose(close=False)
        return left
