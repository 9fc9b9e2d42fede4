"""The schema of a database: which revision it has, whether it fits, and how it is upgraded."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final
from uuid import uuid4

from sqlalchemy import Connection, String, column, inspect, select, table, text

from jobnb.errors import SchemaMismatch
from jobnb.store.tables.models import REVISION, VERSION_TABLE, info

_UPGRADE_LOCK: Final = 0x6A6F626E62
"""Key of PostgreSQL's advisory lock for upgrades; "jobnb" as a number."""
_UPGRADE_LIMITS: Final = {
    # Another upgrade of a large database may take longer than any other lock is held.
    "lock_timeout": "10min",
    # Alembic is loaded meanwhile, perhaps from a slow disk.
    "idle_in_transaction_session_timeout": "2min",
}
"""How long an upgrade may wait and pause, in place of what other sessions may."""
# Alembic gives a migration its connection through module globals.
_one_upgrade = threading.Lock()


def found_revision(connection: Connection) -> int:
    """The revision of the database; 0 if it has no tables of jobnb."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return 0
    version = table(VERSION_TABLE, column("version_num", String))
    return int(connection.execute(select(version.c.version_num)).scalar_one_or_none() or 0)


def read_info(connection: Connection, name: str) -> str:
    """What the database says of itself: its ``uuid``, or ``min_compatible``."""
    value: str = connection.execute(select(info.c.value).where(info.c.name == name)).scalar_one()
    return value


def require_schema(connection: Connection, where: str) -> None:
    """Passes if this library can use the database.

    Args:
        connection: In a transaction.
        where: URL of the database, without its password.

    Raises:
        SchemaMismatch: The message names the command that helps.
    """
    found = found_revision(connection)
    if found == 0:
        raise SchemaMismatch(
            f"The database {where} has no tables of jobnb yet; create them with `jobnb upgrade`."
        )
    if found < REVISION:
        raise SchemaMismatch(
            f"The database {where} has schema revision {found}, and this jobnb needs {REVISION}; "
            "upgrade the database with `jobnb upgrade`."
        )
    needed = int(read_info(connection, "min_compatible"))
    if needed > REVISION:
        raise SchemaMismatch(
            f"The database {where} has schema revision {found}, which only a jobnb that knows "
            f"revision {needed} may use, and this one knows {REVISION}; upgrade the library with "
            "`pip install --upgrade jobnb`."
        )


def upgrade_schema(connection: Connection) -> int:
    """Creates or upgrades the tables, in the transaction of ``connection``.

    Safe when several processes do it at once: one works, the others wait and find it done.

    Returns:
        The revision that was found; 0 if there were no tables.
    """
    if connection.dialect.name == "postgresql":
        for name, value in _UPGRADE_LIMITS.items():
            connection.execute(text(f"SET LOCAL {name} = '{value}'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
    found = found_revision(connection)
    if found == 0 and connection.dialect.name == "sqlite":
        _create(connection)
    elif found < REVISION:
        _migrate(connection)
    return found


def new_tables() -> Path:
    """The statements that make the tables of a new SQLite database, as all migrations would."""
    return Path(__file__).parent.with_name("migrations") / "new.sql"


def _create(connection: Connection) -> None:
    """Without Alembic, which takes longer to load than to make the tables (measured)."""
    for statement in new_tables().read_text(encoding="utf-8").split(";\n\n"):
        if statement:
            connection.exec_driver_sql(statement)
    connection.execute(info.insert().values(name="uuid", value=str(uuid4())))


def _migrate(connection: Connection) -> None:
    # Loaded only now: most openings find nothing to migrate.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "jobnb.store:migrations")
    config.attributes["connection"] = connection
    with _one_upgrade:
        command.upgrade(config, "head")
