from __future__ import annotations

import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select, text, update

from jobnb.errors import SchemaMismatch, StoreError
from jobnb.protocol import READY_STATES, Status
from jobnb.store.database import open_database, upgrade_database
from jobnb.store.opening import schema
from jobnb.store.tables.clock import now
from jobnb.store.tables.indexes import complete
from jobnb.store.tables.models import REVISION, VERSION_TABLE, info, job_result
from tests.store.new_tables import script_by_migrations


@pytest.fixture
def postgres_database_url(new_postgres_database_url):
    """Of this test's own: the revision of it is changed."""
    return new_postgres_database_url


def test_the_migrations_end_at_the_revision_that_the_library_knows():
    config = Config()
    config.set_main_option("script_location", "jobnb.store:migrations")

    assert int(ScriptDirectory.from_config(config).get_current_head()) == REVISION


def test_the_migrations_make_the_tables_of_the_models(database):
    options = {"version_table": VERSION_TABLE, "compare_type": True}
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts=options)

        assert compare_metadata(context, complete) == []


def test_a_new_sqlite_database_is_as_the_migrations_make_it(tmp_path):
    """If not: ``python -m tests.store.new_tables``."""
    assert schema.new_tables().read_text(encoding="utf-8") == script_by_migrations(tmp_path)


def test_a_new_sqlite_database_loads_neither_alembic_nor_another_dialect(tmp_path):
    code = f"""if True:
        import sys
        from jobnb.store.database import open_database
        open_database("sqlite:///{tmp_path}/new.sqlite3").close()
        print({{"alembic", "sqlalchemy.dialects.postgresql"}} & sys.modules.keys())
    """
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "set()"


def test_entries_have_no_second_key_on_sqlite(tmp_path):
    database = open_database(f"sqlite:///{tmp_path / 'jobnb.sqlite3'}")
    with database.read() as connection:
        made = "SELECT sql FROM sqlite_master WHERE name = 'jobnb_entry'"

        assert connection.execute(text(made)).scalar().strip().endswith("WITHOUT ROWID")
    database.close()


@pytest.mark.parametrize("status", sorted(Status))
def test_a_run_has_an_end_exactly_if_its_status_says_so(database, pending, status):
    run_id = pending()
    wrong = None if status in READY_STATES else now()
    change = update(job_result).where(job_result.c.run_id == run_id)

    with pytest.raises(StoreError, match="open_until_ended"), database.write() as connection:
        connection.execute(change.values(status=status, ended=wrong))


def _set_revision(database, revision, min_compatible):
    with database.write() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '{revision:04}'"))
        connection.execute(
            update(info).where(info.c.name == "min_compatible").values(value=str(min_compatible))
        )
    database.close()


def test_a_newer_database_with_only_additive_changes_is_opened(database, database_url):
    _set_revision(database, REVISION + 3, REVISION)
    again = open_database(database_url)

    assert again.uuid == database.uuid
    again.close()


def test_a_newer_database_that_needs_a_newer_library_is_refused(database, database_url):
    _set_revision(database, REVISION + 3, REVISION + 2)

    with pytest.raises(SchemaMismatch, match=r"pip install --upgrade jobnb"):
        open_database(database_url)
    with pytest.raises(SchemaMismatch, match=f"revision {REVISION + 2}"):
        upgrade_database(database_url)


@pytest.mark.cluster
def test_a_server_database_without_tables_names_the_command(empty_postgres_url):
    with pytest.raises(SchemaMismatch, match="create them with `jobnb upgrade`"):
        open_database(empty_postgres_url)


@pytest.mark.cluster
def test_an_older_server_database_names_the_command(postgres_database_url, monkeypatch):
    monkeypatch.setattr(schema, "REVISION", REVISION + 1)

    with pytest.raises(SchemaMismatch, match="upgrade the database with `jobnb upgrade`"):
        open_database(postgres_database_url)


@pytest.mark.cluster
def test_two_upgrades_of_a_server_database_at_once_both_succeed(empty_postgres_url, race):
    said = race(*[lambda: upgrade_database(empty_postgres_url)] * 4)

    assert sum("was upgraded from schema revision 0" in sentence for sentence in said) == 1
    assert sum("needs no upgrade" in sentence for sentence in said) == 3


def test_tables_that_cannot_all_be_made_leave_nothing_behind(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'new.sqlite3'}"
    with monkeypatch.context() as broken:
        broken.setattr(schema, "_create", _half_create)
        with pytest.raises(RuntimeError):
            open_database(url)
    database = open_database(url)

    with database.read() as connection:
        names = connection.scalars(select(info.c.name).order_by(info.c.name)).all()
    assert names == ["min_compatible", "uuid"]
    database.close()


def _half_create(connection):
    connection.execute(text("CREATE TABLE jobnb_info (name TEXT)"))
    raise RuntimeError
