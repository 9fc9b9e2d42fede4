"""The files that were given to a run.

``min_compatible`` goes up with it: a blob may now be there before all of its pieces are, and an
older library would take such a blob for a whole one; nor does it know that inputs can be withheld.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "jobnb_input_file",
        sa.Column("result", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("blob", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["result"],
            ["jobnb_job_result.id"],
            name="jobnb_input_file_result_fk",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["blob"], ["jobnb_blob.digest"], name="jobnb_input_file_blob_fk"),
        sa.PrimaryKeyConstraint("result", "name", name="jobnb_input_file_pk"),
    )
    op.execute("UPDATE jobnb_info SET value = '2' WHERE name = 'min_compatible'")
