from __future__ import annotations

import sys
from contextlib import suppress

import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy import text

from jobnb.errors import ConfigurationError
from jobnb.store.opening.engines import driver_of, make_engines, parse_url, public_url


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_postgresql_url_uses_psycopg_3(scheme):
    assert parse_url(f"{scheme}://ada@host/db").drivername == "postgresql+psycopg"


def test_a_relative_sqlite_path_becomes_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert parse_url("sqlite:///a/b.sqlite3").database == str(tmp_path / "a" / "b.sqlite3")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mysql://host/db", "'mysql'"),
        ("postgresql+psycopg2://host/db", "psycopg 3"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("a:secret@host", "is no URL"),
    ],
)
def test_a_database_that_jobnb_cannot_use_is_refused(text, found):
    with pytest.raises(ConfigurationError, match=found) as caught:
        parse_url(text)
    assert "secret" not in str(caught.value)


def test_the_public_url_has_no_password_and_no_stars():
    url = parse_url("postgresql://ada:secret@host:5432/db?sslmode=require&sslpassword=secret")

    assert public_url(url) == "postgresql+psycopg://ada@host:5432/db?sslmode=require"


def test_a_missing_driver_is_named_with_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(ConfigurationError, match=r"pip install 'psycopg\[binary\]'"):
        make_engines(parse_url("postgresql://host/db"))


def test_a_network_that_swallows_everything_is_found_out_unless_the_url_says_otherwise():
    engine, _ = make_engines(parse_url("postgresql://host/db?tcp_user_timeout=1000"))

    assert engine.url.query["tcp_user_timeout"] == "1000"
    assert engine.url.query["keepalives_idle"] == "10"


@pytest.mark.cluster
def test_whoever_reads_on_postgresql_begins_no_transaction(new_postgres_database_url):
    reader, writer = make_engines(parse_url(new_postgres_database_url))
    with reader.begin() as connection:
        connection.execute(text("SELECT 1"))
        when_reading = driver_of(connection).info.transaction_status
    with writer.begin() as connection:
        when_writing = driver_of(connection).info.transaction_status
    with writer.connect() as connection:
        afterwards = driver_of(connection).info.transaction_status
    reader.dispose()

    assert reader.pool is writer.pool
    assert (when_reading, when_writing, afterwards) == (
        TransactionStatus.IDLE,
        TransactionStatus.INTRANS,
        TransactionStatus.IDLE,
    )


@pytest.mark.cluster
def test_what_fails_on_postgresql_changes_nothing(new_postgres_database_url):
    reader, writer = make_engines(parse_url(new_postgres_database_url))
    with suppress(ZeroDivisionError), writer.begin() as connection:
        connection.execute(text("CREATE TABLE made (number INTEGER)"))
        1 / 0  # noqa: B018 - it fails
    with reader.begin() as connection:
        found = connection.scalar(text("SELECT to_regclass('made')"))
    reader.dispose()

    assert found is None


@pytest.mark.cluster
@pytest.mark.parametrize("usual", ["repeatable read", "serializable"])
def test_each_statement_sees_what_others_have_written_whatever_is_usual(
    new_postgres_database_url, usual
):
    engine, writer = make_engines(parse_url(new_postgres_database_url))
    with engine.connect() as connection:
        name = connection.scalar(text("SELECT current_database()"))
        setting = "SET default_transaction_isolation"
        connection.execute(text(f"ALTER DATABASE \"{name}\" {setting} = '{usual}'"))
    engine.dispose()
    for each in (engine, writer):
        with each.begin() as connection:
            assert connection.scalar(text("SHOW transaction_isolation")) == "read committed"
    with writer.begin() as connection:
        connection.execute(
            text(f"SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL {usual}")
        )
    with writer.begin() as connection:
        assert connection.scalar(text("SHOW transaction_isolation")) == "read committed"
    engine.dispose()
