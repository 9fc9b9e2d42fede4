"""What Alembic runs to migrate: on the connection, and in the transaction, that it was given."""

from __future__ import annotations

from alembic import context

from jobnb.store.tables.indexes import complete
from jobnb.store.tables.models import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=complete,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
