"""Where each job is to be had, and who edited its record last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "jobnb_job_place",
        sa.Column(
            "class_path",
            sa.Text,
            sa.ForeignKey(
                "jobnb_job.class_path",
                name="jobnb_job_place_class_path_fk",
                ondelete="CASCADE",
            ),
            nullable=False,
        ),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("class_path", "place", name="jobnb_job_place_pk"),
    )
    op.add_column("jobnb_job", sa.Column("edited", sa.DateTime(timezone=True)))
    op.add_column("jobnb_job", sa.Column("edited_by", sa.Text))
