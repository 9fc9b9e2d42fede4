"""Indexes for the runs of one user of one job, or in one status.

A migration is history: it repeats what ``models.py`` said at that time, and is never edited.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_RESULT = "jobnb_job_result"


def upgrade() -> None:
    op.create_index(
        f"{_RESULT}_user_job_name_created_id_idx", _RESULT, ["user", "job_name", "created", "id"]
    )
    ended = sa.text("ended IS NOT NULL")
    op.create_index(
        f"{_RESULT}_user_status_created_id_idx",
        _RESULT,
        ["user", "status", "created", "id"],
        sqlite_where=ended,
        postgresql_where=ended,
    )
