"""Queues of runs, keys that make a run happen once, and locks that runs wait at.

A migration is history: it repeats what ``models.py`` said at that time, and is never edited.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_TABLE = "jobnb_job_result"


def upgrade() -> None:
    for column in (
        sa.Column("queue", sa.Text),
        sa.Column("key", sa.Text),
        sa.Column("lock", sa.Text),
        sa.Column("lock_limit", sa.Integer),
        sa.Column("when_busy", sa.Text),
    ):
        op.add_column(_TABLE, column)
    op.create_index(f"{_TABLE}_class_path_key_idx", _TABLE, ["class_path", "key"], unique=True)
    has_lock = sa.text("ended IS NULL AND lock IS NOT NULL")
    op.create_index(
        f"{_TABLE}_lock_idx", _TABLE, ["lock"], sqlite_where=has_lock, postgresql_where=has_lock
    )
