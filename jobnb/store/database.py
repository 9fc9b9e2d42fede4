"""An open database: its identity, its transactions, and the databases this process has open."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, event
from sqlalchemy.pool import ConnectionPoolEntry

from jobnb.errors import StoreError, StoreUnreachable
from jobnb.store.opening.engines import make_engines, parse_url, public_url
from jobnb.store.opening.faults import translated_errors
from jobnb.store.opening.opened import OpenedFile
from jobnb.store.opening.ready import ReadyConnections
from jobnb.store.opening.schema import found_revision, read_info, require_schema, upgrade_schema
from jobnb.store.tables.models import REVISION

OPENING: Final = 60.0
"""Seconds that another process may take to open, and upgrade, a SQLite file in the same folder."""
_KEPT: Final = (4, 1)
"""Connections to a SQLite file, for reading and for writing, that stay at hand."""


class Database:
    """One database, usable from every thread of this process; made by ``open_database()``.

    Attributes:
        uuid: Identity of the database, whatever name or path it is reached by.
        url: For people; a password is shown as ``***``.
        public_url: Without any password; usable by whoever has the password from elsewhere.
        dialect: ``sqlite`` or ``postgresql``.
    """

    def __init__(self, url: URL) -> None:
        self.url = url.render_as_string()
        self.public_url = public_url(url)
        self.dialect = url.get_backend_name()
        self._key = url
        engines = self._reader, self._writer = make_engines(url)
        kept = _KEPT if self.dialect == "sqlite" else (0, 0)
        self._reading, self._writing = map(ReadyConnections, engines, kept)
        self._is_closed = False
        for engine in set(engines):
            event.listen(engine, "checkin", self._close_late)
        self._left_behind: list[object] = []
        self._turn: AbstractContextManager[object] = self._new_turn()
        self._file: OpenedFile | None = None
        try:
            self.uuid = self._open()
            if self.dialect == "sqlite":
                self._file = OpenedFile(url.database or "", self.public_url)
        except BaseException:
            self._dispose()
            raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading; on SQLite it sees one state of the database.

        Raises:
            StoreUnreachable: The database does not answer.
            StoreVanished: Its file was deleted or replaced.
            StoreError: It refused something.
        """
        door = translated_errors(self.public_url, self._reading.engine.dialect)
        if self._file is not None:
            self._file.check()
        with door, self._reading.begin() as connection:
            yield connection

    @property
    def has_long_statements(self) -> bool:
        """Whether a single statement can change several tables."""
        return self.dialect == "postgresql"

    @contextmanager
    def write(self, *, single: bool = False) -> Iterator[Connection]:
        """A connection in a transaction for writing; committed at the end, or rolled back.

        On SQLite one thread at a time has it, so it must not be nested.

        Args:
            single: It is for one statement only, which PostgreSQL makes a transaction of by itself:
                that saves two round trips.

        Raises:
            StoreUnreachable: The database does not answer, or cannot be written to.
            StoreVanished: Its file was deleted or replaced.
            StoreError: It refused something; nothing was changed.
        """
        is_alone = single and self.dialect == "postgresql"
        ready = self._reading if is_alone else self._writing
        door = translated_errors(self.public_url, ready.engine.dialect)
        if self._file is not None:
            self._file.check()
        with self._turn, door, ready.begin() as connection:
            yield connection

    @property
    def has_vanished(self) -> bool:
        """Whether its file was deleted or replaced, for good."""
        return self._file is not None and self._file.has_vanished

    def close(self) -> None:
        """Closes all connections; the next ``open_database()`` makes a new object."""
        _databases.forget(self._key, self)
        self.let_go()

    def let_go(self) -> None:
        """Closes all connections, those that somebody works with as soon as they come back."""
        self._is_closed = True
        self._dispose()

    def leave_connections(self) -> None:
        """Starts over without the connections that this process inherited from its parent.

        They are not closed either: that would end the parent's, whose sockets they are.
        """
        self._turn = self._new_turn()
        for ready in (self._reading, self._writing):
            self._left_behind += ready.leave()

    def _new_turn(self) -> AbstractContextManager[object]:
        return threading.Lock() if self.dialect == "sqlite" else nullcontext()

    def _open(self) -> str:
        if self.dialect == "sqlite" and not self._is_up_to_date():
            with _alone_in_folder(self._key), self.write() as connection:
                upgrade_schema(connection)
        with self.read() as connection:
            require_schema(connection, self.public_url)
            return read_info(connection, "uuid")

    def _is_up_to_date(self) -> bool:
        """Then it can be read at once, although another process may keep it locked for writing."""
        path = Path(self._key.database or "")
        if not path.is_file() or path.stat().st_size == 0:
            return False
        try:
            with self.read() as connection:
                return found_revision(connection) >= REVISION
        except StoreError:  # somebody may be about to make it, or to turn on WAL
            return False

    def _close_late(self, _connection: Any, entry: ConnectionPoolEntry) -> None:
        """A thread that was still at work when everything was closed gives its connection back."""
        if self._is_closed:
            entry.invalidate()

    def _dispose(self) -> None:
        for ready in (self._reading, self._writing):
            ready.close()
            ready.engine.dispose()


class _OpenDatabases:
    """The databases that this process has open, by URL."""

    def __init__(self) -> None:
        self._by_url: dict[URL, Database] = {}
        self._lock = threading.Lock()

    def open(self, url: URL) -> Database:
        with self._lock:
            found = self._living().get(url)
            if found is None:
                found = self._by_url[url] = Database(url)
            return found

    def find(self, uuid: str) -> Database | None:
        with self._lock:
            found = (database for database in self._living().values() if database.uuid == uuid)
            return next(found, None)

    def _living(self) -> dict[URL, Database]:
        """Without those whose file is gone: whoever comes now gets the one that is there."""
        gone = [url for url, database in self._by_url.items() if database.has_vanished]
        for url in gone:
            self._by_url.pop(url).let_go()
        return self._by_url

    def forget(self, url: URL, database: Database) -> None:
        with self._lock:
            if self._by_url.get(url) is database:
                del self._by_url[url]

    def leave_connections(self) -> None:
        # The thread that held the lock, if one did, was not taken along by the fork.
        self._lock = threading.Lock()
        for database in self._by_url.values():
            database.leave_connections()


_databases: Final = _OpenDatabases()
os.register_at_fork(after_in_child=_databases.leave_connections)


def open_database(url: str) -> Database:
    """The database at ``url``, opened at most once in this process; any thread may ask.

    A SQLite file is created, and upgraded, if need be; its folder must exist.

    Raises:
        ConfigurationError: The URL cannot be used.
        StoreUnreachable: The database does not answer, or cannot be written to.
        SchemaMismatch: It belongs to another version of jobnb; the message says what to upgrade.
    """
    return _databases.open(parse_url(url))


def opened_database(uuid: str) -> Database | None:
    """The database of that identity, if this process has it open already."""
    return _databases.find(uuid)


@contextmanager
def looking_into(url: str) -> Iterator[Connection]:
    """A connection that reads the database as it is: nothing is made, upgraded or required.

    Raises:
        ConfigurationError: The URL cannot be used.
        StoreError: The database does not answer, or refused something.
    """
    parsed = parse_url(url)
    reader, _ = make_engines(parsed)
    try:
        door = translated_errors(public_url(parsed), reader.dialect)
        with door, reader.begin() as connection:
            yield connection
    finally:
        reader.dispose()


def upgrade_database(url: str) -> str:
    """Creates or upgrades the tables of jobnb in a database; two may do it at once.

    Returns:
        A sentence that says what was done.

    Raises:
        ConfigurationError: The URL cannot be used.
        StoreUnreachable: The database does not answer, or cannot be written to.
        SchemaMismatch: It is newer than this library can use.
    """
    parsed = parse_url(url)
    where = public_url(parsed)
    _, engine = make_engines(parsed)
    try:
        door = translated_errors(where, engine.dialect)
        with _alone_in_folder(parsed), door, engine.begin() as connection:
            found = upgrade_schema(connection)
            require_schema(connection, where)
    finally:
        engine.dispose()
    if found < REVISION:
        return f"The database {where} was upgraded from schema revision {found} to {REVISION}."
    return f"The database {where} needs no upgrade; it has schema revision {found}."


@contextmanager
def _alone_in_folder(url: URL) -> Iterator[None]:
    """Lets processes that open SQLite files in one folder do so one after the other.

    Two processes that turn on WAL in a new file at the same time may get "database is locked" at
    once, whatever the busy timeout. A folder can be locked without leaving a file behind.
    """
    folder = Path(url.database or "").parent
    if url.get_backend_name() != "sqlite" or not folder.is_dir():
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _take_turn(descriptor, public_url(url))
        yield
    finally:
        os.close(descriptor)


def _take_turn(descriptor: int, where: str) -> None:
    """Locks the folder; one that opens and upgrades is quick, unless it is stopped meanwhile."""
    give_up = time.monotonic() + OPENING
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > give_up:
                raise StoreUnreachable(
                    f"The database {where} cannot be opened: another process has been about to "
                    f"open or upgrade one in its folder for {OPENING:g} s. Wait for it, or end it."
                ) from error
            time.sleep(0.01)
        else:
            return
