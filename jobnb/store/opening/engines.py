"""Engines: how each of the two databases is addressed and connected to."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from jobnb.errors import ConfigurationError
from jobnb.store.opening.connections import MOST, BurstPool, watch_connections

_BUSY_TIMEOUT: Final = 10.0
"""Seconds that SQLite waits for another process's write to end."""
_CONNECTION: Final = {
    # Seconds that PostgreSQL may take to accept a connection.
    "connect_timeout": "10",
    # A network that swallows everything is found out in some 20 s, and not in a quarter of an hour.
    "keepalives_idle": "10",
    "keepalives_interval": "3",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
    # What the administrator of the server sees in pg_stat_activity.
    "fallback_application_name": "jobnb",
}
"""What a connection to PostgreSQL is opened with, unless the URL says otherwise."""
_SESSION: Final = {
    # A process that is stopped, or whose machine has vanished, in the middle of a transaction keeps
    # rows locked that others wait for: those that would declare its runs lost, for one.
    "idle_in_transaction_session_timeout": "15s",
    # Longer than that, so that whoever waits for such a process gets his turn.
    "lock_timeout": "30s",
}
"""How long PostgreSQL lets a session stand still, unless the URL or the role says otherwise."""
_LEVEL: Final = "read committed"
"""Whatever is usual on the server: who waits for others must then see what they have written, or
two runs begin at one lock."""
_PSYCOPG: Final = "postgresql+psycopg"
_DRIVERS: Final = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgres": _PSYCOPG,
    "postgresql": _PSYCOPG,
    _PSYCOPG: _PSYCOPG,
}
_SECRETS: Final = ("password", "sslpassword")


def parse_url(text: str) -> URL:
    """The URL of a database that jobnb can use, with its driver and, for a file, its full path.

    Raises:
        ConfigurationError: It is no URL, or one of another kind of database.
    """
    try:
        url = make_url(text)
    except ArgumentError as error:
        # The text may hold a password, so it is not repeated.
        raise ConfigurationError(
            "Setting 'database_url' is no URL; write it as sqlite:////folder/jobnb.sqlite3 or "
            "postgresql://user@host/name."
        ) from error
    if url.drivername not in _DRIVERS:
        raise ConfigurationError(
            f"Setting 'database_url' begins with {url.drivername!r}; jobnb keeps its data in "
            "sqlite:// or postgresql:// (with psycopg 3)."
        )
    url = url.set(drivername=_DRIVERS[url.drivername])
    return url if url.drivername == _PSYCOPG else _with_full_path(url)


def _with_full_path(url: URL) -> URL:
    if not url.database or url.database == ":memory:":
        raise ConfigurationError(
            "Setting 'database_url' is a SQLite database in memory, which no other process can "
            "see; write it as sqlite:////folder/jobnb.sqlite3."
        )
    return url.set(database=str(Path(url.database).resolve()))


def public_url(url: URL) -> str:
    """The URL without any password; usable where the password comes from elsewhere."""
    secret_free = url.difference_update_query(_SECRETS)
    return secret_free._replace(password=None).render_as_string()


def make_engines(url: URL) -> tuple[Engine, Engine]:
    """A reading and a writing engine; nothing is connected yet.

    For PostgreSQL both have the same connections. There each statement sees its own state of the
    database, in a transaction or not: a reader does without one, and without its round trips.

    Raises:
        ConfigurationError: The driver is not installed.
    """
    if url.get_backend_name() == "sqlite":
        return _sqlite_reader(url), _sqlite_writer(url)
    reader = _postgresql_engine(url)
    writer = reader.execution_options()
    event.listen(writer, "begin", _begin_read_committed)
    return reader, writer


def _postgresql_engine(url: URL) -> Engine:
    url = url.set(query={**_CONNECTION, **url.query})
    try:
        # To change the level for each transaction takes as long as a small query (measured).
        engine = create_engine(
            url, poolclass=BurstPool, pool_size=MOST, max_overflow=0, isolation_level="AUTOCOMMIT"
        )
    except ImportError as error:
        raise ConfigurationError(
            "Setting 'database_url' is a PostgreSQL database, but psycopg is not installed; "
            "install it with `pip install 'psycopg[binary]'`."
        ) from error
    event.listen(engine, "connect", _set_up_session)
    watch_connections(engine)
    return engine


def _set_up_session(connection: Any, _record: object) -> None:
    # Not in the startup message, which poolers in between refuse.
    for name, value in _SESSION.items():
        connection.execute(
            "SELECT set_config(name, %s, false) FROM pg_settings "
            "WHERE name = %s AND source IN ('default', 'configuration file')",
            (value, name),
        )
    connection.execute(f"SET default_transaction_isolation = '{_LEVEL}'")


def _sqlite_writer(url: URL) -> Engine:
    """One connection, since SQLite lets only one write at a time anyway."""
    # The first one counts only while the file is empty: a cleanup can give room back later.
    pragmas = (
        "auto_vacuum = INCREMENTAL",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "foreign_keys = ON",
        # Pages, of which a run writes some 20: each time these are brought to the disk for good,
        # and somebody waits for that. So many are still found in the first block of the WAL index.
        "wal_autocheckpoint = 4000",
    )
    engine = _sqlite_engine(url, pragmas, pool_size=1, max_overflow=0)
    # A deferred BEGIN that reads first fails at its first write if another process wrote in
    # between, however long the busy timeout is.
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _sqlite_reader(url: URL) -> Engine:
    engine = _sqlite_engine(url, ("query_only = ON",), pool_size=4, max_overflow=28)
    event.listen(engine, "begin", _begin)
    return engine


def _sqlite_engine(url: URL, pragmas: tuple[str, ...], **pool: int) -> Engine:
    # Without isolation_level=None the driver opens transactions by its own rules: late, so that
    # two threads that read and then write lose updates without any error.
    arguments: dict[str, Any] = {"isolation_level": None, "check_same_thread": False}
    if "timeout" not in url.query:
        arguments["timeout"] = _BUSY_TIMEOUT

    def set_pragmas(connection: Any, _record: object) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    engine = create_engine(url, connect_args=arguments, **pool)
    event.listen(engine, "connect", set_pragmas)
    return engine


def _begin_immediate(connection: Connection) -> None:
    driver_of(connection).execute("BEGIN IMMEDIATE")


def _begin(connection: Connection) -> None:
    driver_of(connection).execute("BEGIN")


def _begin_read_committed(connection: Connection) -> None:
    # Said once more: behind a pooler the session may be one that somebody else has set up.
    driver_of(connection).execute(f"BEGIN ISOLATION LEVEL {_LEVEL}")


def driver_of(connection: Connection) -> Any:
    """Below SQLAlchemy, which takes as long for it as SQLite for a small query (measured)."""
    return connection.connection.dbapi_connection  # what it is for drivers without async
