"""The checkup names what could go wrong with a database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text, update

from jobnb.store.checking.checkup import _examine_sqlite, examine
from jobnb.store.checking.findings import Level
from jobnb.store.database import looking_into, open_database
from jobnb.store.opening.schema import found_revision
from jobnb.store.tables.clock import now
from jobnb.store.tables.models import REVISION, VERSION_TABLE, job_result


@pytest.mark.parametrize("version", [(3, 44, 6), (3, 50, 8), (3, 51, 3), (3, 60, 0)])
def test_a_cured_sqlite_has_nothing_to_say(version):
    assert "race" not in _examine_sqlite(version).text


@pytest.mark.parametrize("version", [(3, 40, 1), (3, 44, 5), (3, 50, 6), (3, 51, 2)])
def test_a_sqlite_with_the_wal_reset_race_is_named(version):
    finding = _examine_sqlite(version)

    assert (finding.level, finding.subject) == (Level.OK, "SQLite")
    assert ".".join(map(str, version)) in finding.text
    assert "WAL-reset race" in finding.text


def test_an_older_file_is_named_and_not_upgraded(tmp_path):
    url, before = f"sqlite:///{tmp_path / 'old.sqlite3'}", REVISION - 1
    database = open_database(url)
    with database.write() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '{before:04}'"))
    database.close()
    findings = {finding.subject: finding for finding in examine(url)}

    assert findings["schema"].level is Level.WARNING
    assert f"revision {before} is older than this jobnb" in findings["schema"].text
    assert findings["integrity"].level is Level.OK
    with looking_into(url) as connection:
        assert found_revision(connection) == before


@pytest.mark.parametrize(("hours", "levels"), [(1, {Level.OK, Level.WARNING}), (-1, {Level.OK})])
def test_a_clock_that_was_set_back_is_named(database, database_url, pending, hours, levels):
    pending()
    with database.write() as connection:
        connection.execute(update(job_result).values(created=now() + timedelta(hours=hours)))
    findings = [*examine(database_url)]

    assert {finding.level for finding in findings} == levels
    assert ("this clock was set back" in "\n".join(map(str, findings))) is (hours > 0)
