"""When the next attempt of a run may start."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("jobnb_job_result", sa.Column("due", sa.DateTime(timezone=True)))
