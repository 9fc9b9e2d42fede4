from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from sqlalchemy import insert, select, text, update

from jobnb.errors import StoreError, StoreUnreachable
from jobnb.store.database import open_database, opened_database, upgrade_database
from jobnb.store.tables.models import info
from tests.processes import SECONDS


@pytest.fixture
def sqlite_url(tmp_path):
    return f"sqlite:///{tmp_path / 'jobnb.sqlite3'}"


@pytest.fixture
def sqlite_database(sqlite_url):
    database = open_database(sqlite_url)
    yield database
    database.close()


def _put(connection, name, value="0"):
    connection.execute(insert(info).values(name=name, value=value))


def _value(connection, name):
    return connection.execute(select(info.c.value).where(info.c.name == name)).scalar()


def test_a_database_is_opened_once_in_a_process(database, database_url, race):
    assert set(race(*[lambda: open_database(database_url)] * 8)) == {database}


def test_an_open_database_is_found_by_its_identity(database):
    assert opened_database(database.uuid) is database
    assert opened_database("another") is None


def test_a_closed_database_can_be_opened_again_and_is_the_same(database, database_url):
    database.close()
    again = open_database(database_url)

    assert opened_database(database.uuid) is again is not database
    assert again.uuid == database.uuid
    again.close()


def test_two_databases_have_different_identities(sqlite_database, tmp_path):
    other = open_database(f"sqlite:///{tmp_path / 'other.sqlite3'}")

    assert other.uuid != sqlite_database.uuid
    other.close()


def test_an_error_inside_a_transaction_undoes_it(database):
    def write_and_fail():
        with database.write() as connection:
            _put(connection, "x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    with database.read() as connection:
        assert _value(connection, "x") is None


def test_a_reader_sees_one_state_though_others_write(sqlite_database):
    with sqlite_database.read() as reader:
        before = _value(reader, "x")
        with sqlite_database.write() as writer:
            _put(writer, "x")

        assert _value(reader, "x") is before is None


def test_threads_that_read_and_then_write_lose_no_update(sqlite_database):
    def count_up():
        for _ in range(100):
            with sqlite_database.write() as connection:
                value = str(int(_value(connection, "n")) + 1)
                connection.execute(update(info).where(info.c.name == "n").values(value=value))

    with sqlite_database.write() as connection:
        _put(connection, "n")
    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(count_up) for _ in range(4)]:
            done.result()
    with sqlite_database.read() as connection:
        assert _value(connection, "n") == "400"


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 1), ("foreign_keys", 1), ("busy_timeout", 10_000)],
)
def test_the_sqlite_writer_is_set_up(sqlite_database, pragma, value):
    with sqlite_database.write() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_a_reading_transaction_cannot_write(sqlite_database):
    with pytest.raises(StoreError), sqlite_database.read() as connection:
        _put(connection, "x")


def test_what_the_database_refuses_is_an_error_of_the_store(database):
    with pytest.raises(StoreError, match="refused") as caught, database.write() as connection:
        connection.execute(text("SELECT nonsense FROM nowhere"))
    assert not isinstance(caught.value, StoreUnreachable)


def test_a_database_that_another_process_keeps_locked_does_not_answer(sqlite_url, tmp_path):
    database = open_database(f"{sqlite_url}?timeout=0.05")
    other = sqlite3.connect(tmp_path / "jobnb.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreUnreachable, match="keeps it locked"), database.write():
        pass
    other.close()
    with database.write() as connection:
        _put(connection, "x")
    database.close()


@pytest.mark.parametrize("folder", ["missing", "file"])
def test_a_sqlite_file_that_cannot_be_made_is_a_clear_error(tmp_path, folder):
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreUnreachable, match="Check that the folder exists") as caught:
        open_database(f"sqlite:///{tmp_path / folder / 'x.sqlite3'}")
    assert str(tmp_path / folder / "x.sqlite3") in str(caught.value)


def test_a_file_that_is_no_database_is_left_alone(tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("my notes " * 1000)

    with pytest.raises(StoreError, match="not a database"):
        open_database(f"sqlite:///{file}")
    assert file.read_text() == "my notes " * 1000


def test_a_server_that_does_not_answer_is_a_clear_error_without_the_password():
    url = "postgresql://ada:secret@127.0.0.1:1/jobnb"

    for call in (open_database, upgrade_database):
        with pytest.raises(StoreUnreachable, match="Check that the server runs") as caught:
            call(url)
        assert "127.0.0.1:1/jobnb" in str(caught.value)
        assert "secret" not in str(caught.value)


@pytest.fixture
def start_python():
    """Starts a script in a process of its own; what hangs does not outlive the test."""
    processes = []

    def start(script, *arguments):
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", script, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
            start_new_session=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


_OPEN = """
import sys
from jobnb.store.database import open_database
for url in sys.stdin:
    print(open_database(url.strip()).uuid, flush=True)
"""


@pytest.mark.cluster
def test_processes_that_create_the_same_file_at_once_all_succeed(tmp_path, start_python):
    processes = [start_python(_OPEN) for _ in range(4)]
    said = []
    for number in range(20):
        for process in processes:
            process.stdin.write(f"sqlite:///{tmp_path / str(number)}.sqlite3\n")
        said.append({process.stdout.readline() for process in processes})
    for process in processes:
        process.communicate(timeout=SECONDS)

    assert [len(uuids) for uuids in said] == [1] * 20
    assert [process.returncode for process in processes] == [0] * 4


_FORK = """
import os, sys
from jobnb.store.database import open_database
from jobnb.store.care.workers import Workers

database = open_database(sys.argv[1])
workers = Workers(database)
with database.write() as connection:
    inherited = connection.connection.driver_connection
# As if another thread were writing at that moment.
with database.read() as connection, database._turn:
    child = os.fork()
    if child == 0:
        workers.beat("x")
        with database.write() as connection:
            os._exit(connection.connection.driver_connection is inherited)
    assert os.waitpid(child, 0)[1] == 0
    assert connection.exec_driver_sql("SELECT 1").scalar() == 1
workers.beat("x")
database.close()
print("fine")
"""


def test_a_forked_process_uses_connections_of_its_own(database, database_url, start_python):
    process = start_python(_FORK, database_url)

    assert process.communicate(timeout=SECONDS)[0] == "fine\n"


_FORK_IN_THE_MIDDLE = """
import os, sys
from jobnb.store.database import open_database

database = open_database(sys.argv[1])
for transaction in (database.read, database.write):
    with transaction() as connection:
        inherited = connection.connection.driver_connection
        child = os.fork()
    if child == 0:
        with transaction() as connection:
            os._exit(connection.connection.driver_connection is inherited)
    assert os.waitpid(child, 0)[1] == 0
print("fine")
"""


def test_a_process_forked_within_a_transaction_leaves_that_connection(sqlite_url, start_python):
    process = start_python(_FORK_IN_THE_MIDDLE, sqlite_url)

    assert process.communicate(timeout=SECONDS)[0] == "fine\n"


def test_a_connection_that_is_in_use_when_all_are_closed_is_closed_after_its_use(database):
    with database.read() as connection:
        raw = connection.connection.dbapi_connection
        database.close()
        assert connection.execute(text("SELECT 1")).scalar_one() == 1

    with pytest.raises(Exception, match="closed"):
        raw.execute("SELECT 1")
