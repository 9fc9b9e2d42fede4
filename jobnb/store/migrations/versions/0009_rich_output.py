"""Rich output, values that are files, and how far a run is.

A migration is history: it repeats what ``models.py`` said at that time, and is never edited.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_RESULT = "jobnb_job_result"


def upgrade() -> None:
    for name in ("value_file", "progress"):
        op.add_column(_RESULT, sa.Column(name, sa.Text))
    op.create_table(
        "jobnb_output",
        sa.Column("result", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("result", "number", "media_type", name="jobnb_output_pk"),
        sa.ForeignKeyConstraint(
            ["result"], [f"{_RESULT}.id"], ondelete="CASCADE", name="jobnb_output_result_fk"
        ),
    )
    # Entries have a kind now that an older jobnb has no word for.
    op.execute("UPDATE jobnb_info SET value = '9' WHERE name = 'min_compatible'")
