"""A process that is stopped in the middle of a transaction: whom it keeps waiting, how long."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from contextlib import closing

import pytest
from sqlalchemy import make_url

from jobnb.errors import StoreUnreachable
from jobnb.store import database as database_module
from jobnb.store.checking.checkup import examine
from jobnb.store.checking.findings import Level
from jobnb.store.database import open_database
from tests.processes import SECONDS

HOLDER = """
import sys
from jobnb.errors import StoreUnreachable
from jobnb.store.database import open_database

CHANGE = "UPDATE jobnb_info SET value = '{}' WHERE name = 'min_compatible'"
database = open_database(sys.argv[1])
try:
    with database.write() as connection:
        connection.exec_driver_sql(CHANGE.format("1"))
        print("held", flush=True)
        sys.stdin.readline()
        connection.exec_driver_sql(CHANGE.format("2"))
    print("stored", flush=True)
except StoreUnreachable as error:
    print(error, flush=True)
    with database.write() as connection:
        connection.exec_driver_sql(CHANGE.format("3"))
"""


@pytest.fixture
def postgres_database_url(new_postgres_database_url):
    """Of this test's own: the revision of it is changed."""
    return new_postgres_database_url


class Holder:
    """A process that has changed a row and not said whether that shall stay."""

    def __init__(self, url: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = self._process.pid
        assert self._process.stdout.readline() == "held\n"
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> str:
        os.kill(self.pid, signal.SIGCONT)
        return self._process.communicate("\n", timeout=SECONDS)[0]

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def start_holder():
    """Starts one that is stopped in its transaction."""
    holders = []

    def start(url):
        holders.append(Holder(url))
        return holders[-1]

    yield start
    for holder in holders:
        holder.close()


def with_options(url, **options):
    """Shortens what PostgreSQL allows a session, or SQLite's patience."""
    words = {"options": " ".join(f"-c {name}={value}" for name, value in options.items())}
    if url.startswith("sqlite"):
        words = {"timeout": "0.2"}
    return make_url(url).update_query_dict(words).render_as_string(hide_password=False)


def change(database):
    with database.write() as connection:
        row = "UPDATE jobnb_info SET value = '4' WHERE name = 'min_compatible'"
        connection.exec_driver_sql(row)


def value(database):
    with database.read() as connection:
        row = "SELECT value FROM jobnb_info WHERE name = 'min_compatible'"
        return connection.exec_driver_sql(row).scalar_one()


@pytest.mark.cluster
def test_a_server_gives_up_a_transaction_that_stands_still_and_others_go_on(
    postgres_database_url, start_holder
):
    url = with_options(postgres_database_url, idle_in_transaction_session_timeout="500ms")
    holder = start_holder(url)
    with closing(open_database(postgres_database_url)) as database:
        change(database)
        said = holder.go_on()

        assert "stood still in the middle of a transaction" in said
        assert value(database) == "3"  # its second try


@pytest.mark.cluster
def test_nobody_waits_without_an_end_for_a_process_that_is_stopped(database_url, start_holder):
    holder = start_holder(database_url)
    with closing(open_database(with_options(database_url, lock_timeout="200ms"))) as database:
        value(database)  # to read one waits for nobody
        began = time.monotonic()
        with pytest.raises(StoreUnreachable, match="Another process keeps it locked; wait for it"):
            change(database)

        assert time.monotonic() - began < 20
        assert holder.go_on() == "stored\n"
        change(database)


@pytest.mark.cluster
def test_a_session_has_its_limits_unless_the_url_says_otherwise(postgres_database_url):
    found = []
    for options in ({}, {"lock_timeout": "7s", "search_path": "public"}):
        with (
            closing(open_database(with_options(postgres_database_url, **options))) as database,
            database.read() as connection,
        ):
            found += [
                connection.exec_driver_sql(f"SHOW {name}").scalar_one()
                for name in ("lock_timeout", "idle_in_transaction_session_timeout", "search_path")
            ]

    assert found == ["30s", "15s", '"$user", public', "7s", "15s", "public"]


@pytest.mark.cluster
def test_the_checkup_names_the_process_that_keeps_a_file_locked(sqlite_database_url, start_holder):
    holder = start_holder(sqlite_database_url)
    found = "\n".join(map(str, examine(with_options(sqlite_database_url))))

    assert "Another process keeps it locked" in found
    assert f"process {holder.pid} ({sys.executable} -c" in found
    assert f"which is stopped) keeps {sqlite_database_url.removeprefix('sqlite:///')}" in found
    assert f"kill -CONT {holder.pid}" in found


@pytest.mark.cluster
def test_the_checkup_names_a_session_that_stands_still(
    postgres_database_url, start_holder, monkeypatch
):
    monkeypatch.setattr("jobnb.store.checking.holders.STANDING", 0.0)
    start_holder(postgres_database_url)
    findings = [*examine(postgres_database_url)]
    (found,) = [str(finding) for finding in findings if finding.level is Level.WARNING]

    assert "(jobnb) stands still in a transaction" in found
    assert "pg_terminate_backend(" in found


@pytest.mark.cluster
def test_whoever_opens_a_file_does_not_wait_for_ever_for_one_that_is_stopped_at_it(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(database_module, "OPENING", 0.2)
    code = (
        "import fcntl, os, sys; fcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_EX);"
        "print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        holder.stdout.readline()
        with pytest.raises(StoreUnreachable, match="another process has been about to open"):
            open_database(f"sqlite:///{tmp_path / 'x.sqlite3'}")
        found = "\n".join(map(str, examine(f"sqlite:///{tmp_path / 'x.sqlite3'}")))
        holder.communicate()

    assert f"process {holder.pid} (" in found


@pytest.fixture
def role(postgres_database_url):
    """Makes a role of that kind, and gives the URL of the database for it."""
    name = f"jobnb_test_{uuid.uuid4().hex}"
    with closing(open_database(postgres_database_url)) as database:

        def make(kind):
            with database.write() as connection:
                connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN")
                connection.exec_driver_sql(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}")
                connection.exec_driver_sql(f"ALTER ROLE {name} {kind}")
            url = make_url(postgres_database_url).set(username=name)
            return url.render_as_string(hide_password=False)

        yield make
        with database.write() as connection:
            connection.exec_driver_sql(f"DROP OWNED BY {name}")
            connection.exec_driver_sql(f"DROP ROLE {name}")


@pytest.mark.cluster
@pytest.mark.parametrize(
    ("kind", "remedy"),
    [
        ("SET default_transaction_read_only = on", "It takes no changes now"),
        ("CONNECTION LIMIT 0", "Raise its max_connections"),
    ],
)
def test_a_server_that_takes_nothing_now_says_what_helps(role, kind, remedy):
    url = role(kind)

    with (
        pytest.raises(StoreUnreachable, match=remedy),
        closing(open_database(url)) as database,
    ):
        change(database)


@pytest.mark.cluster
def test_an_upgrade_may_take_its_time(empty_postgres_url):
    url = with_options(empty_postgres_url, idle_in_transaction_session_timeout="100ms")
    code = "import sys; from jobnb.store.database import upgrade_database as go; go(sys.argv[1])"
    # In a process of its own, where Alembic must be loaded first.
    done = subprocess.run([sys.executable, "-c", code, url], timeout=SECONDS, check=False)

    assert done.returncode == 0
