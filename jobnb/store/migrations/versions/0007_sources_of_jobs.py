"""Where the job of a run comes from, and the git repositories."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("jobnb_job_result", sa.Column("origin", sa.Text))
    op.create_table(
        "jobnb_repository",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("ref", sa.Text),
        sa.Column("token", sa.Text),
        sa.Column("commit_id", sa.Text, nullable=False),
        sa.Column("committed", sa.DateTime(timezone=True)),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("snapshot", sa.String(64), nullable=False),
        sa.Column("notes", sa.Text, nullable=False),
        sa.Column("synced", sa.DateTime(timezone=True), nullable=False),
        sa.Column("synced_by", sa.Text, nullable=False),
        sa.Column("failed", sa.DateTime(timezone=True)),
        sa.Column("failure", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["snapshot"], ["jobnb_snapshot.digest"], name="jobnb_repository_snapshot_fk"
        ),
        sa.PrimaryKeyConstraint("name", name="jobnb_repository_pk"),
    )
    op.create_index("jobnb_repository_snapshot_idx", "jobnb_repository", ["snapshot"])
