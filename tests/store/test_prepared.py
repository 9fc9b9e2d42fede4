from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import bindparam, insert, select, update

from jobnb.errors import StoreError
from jobnb.store.prepared import Prepared
from jobnb.store.tables.models import job as table

EAST = datetime(2026, 3, 29, 4, 30, tzinfo=timezone(timedelta(hours=2)))
ADD = Prepared(
    insert(table).values(
        {column.name: bindparam(column.name) for column in table.c if column.name != "edited_by"}
    )
)
FIND = Prepared(select(table).where(table.c.class_path == bindparam("its_path"), ~table.c.enabled))
ENABLE = Prepared(
    update(table).where(table.c.name == bindparam("its_name")).values(enabled=True, edited_by=None)
)


def add(connection, path):
    ADD.count(
        connection,
        class_path=path,
        name="Hello \0\ud800",
        grouping="100 % ?",
        enabled=False,
        installed=True,
        overrides={"soft_time_limit": 3, "description": "ü\0"},
        last_seen=EAST,
        edited=None,
    )


def test_values_come_out_as_sqlalchemy_gives_them(database):
    with database.write() as connection:
        add(connection, "jobs.One")
        found = FIND.row(connection, its_path="jobs.One")
        by_sqlalchemy = connection.execute(select(table)).mappings().one()

    assert found == dict(by_sqlalchemy)
    assert found["last_seen"] == EAST
    assert found["last_seen"].tzinfo is UTC
    assert (found["enabled"], found["installed"], found["edited"]) == (False, True, None)
    assert found["overrides"] == {"soft_time_limit": 3, "description": "ü\0"}


def test_what_is_not_there_is_none(database):
    with database.read() as connection:
        assert FIND.row(connection, its_path="jobs.One") is None


def test_it_says_how_many_rows_it_has_changed(database):
    with database.write() as connection:
        add(connection, "jobs.One")
        add(connection, "jobs.Two")
        name = connection.scalar(select(table.c.name).limit(1))

        assert ENABLE.count(connection, its_name=name) == 2
        assert ENABLE.count(connection, its_name="nobody") == 0
        assert FIND.row(connection, its_path="jobs.One") is None


def test_it_belongs_to_the_transaction_of_its_connection(database):
    def add_and_fail():
        with database.write() as connection:
            add(connection, "jobs.One")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        add_and_fail()

    with database.read() as connection:
        assert FIND.row(connection, its_path="jobs.One") is None


def test_a_refusal_of_the_driver_is_an_error_of_the_store(database):
    with database.write() as connection:
        add(connection, "jobs.One")

    with pytest.raises(StoreError, match="refused"), database.write() as connection:
        add(connection, "jobs.One")


def test_a_parameter_that_is_not_given_is_a_mistake(database):
    with pytest.raises(KeyError, match="its_path"), database.read() as connection:
        FIND.row(connection)
