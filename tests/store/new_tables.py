"""What a new SQLite database begins with, as the migrations make it.

After a new migration, ``python -m tests.store.new_tables`` writes it down anew.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from sqlalchemy import create_engine

from jobnb.store.opening import schema
from jobnb.store.tables.models import VERSION_TABLE


def script_by_migrations(folder: Path) -> str:
    """Statements that make the same tables and rows, but for the identity of the database."""
    engine = create_engine(f"sqlite:///{folder / 'migrated.sqlite3'}")
    with engine.begin() as connection:
        schema._migrate(connection)
        made = connection.exec_driver_sql(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type = 'index', rowid"
        )
        statements = [statement.strip() for statement in made.scalars()]
        for name, value in connection.exec_driver_sql(
            "SELECT name, value FROM jobnb_info WHERE name <> 'uuid'"
        ):
            statements.append(f"INSERT INTO jobnb_info VALUES ('{name}', '{value}')")
        revision = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}")
        statements.append(f"INSERT INTO {VERSION_TABLE} VALUES ('{revision.scalar_one()}')")
    engine.dispose()
    return "".join(f"{statement};\n\n" for statement in statements)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        schema.new_tables().write_text(script_by_migrations(Path(name)))
