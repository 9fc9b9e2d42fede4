"""When a blob was stored last, and the indexes by which unused content is found.

A blob of an older jobnb has no time: it counts as old.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_INDEXES = {
    "jobnb_snapshot_file_blob_idx": ("jobnb_snapshot_file", "blob"),
    "jobnb_file_blob_idx": ("jobnb_file", "blob"),
    "jobnb_input_file_blob_idx": ("jobnb_input_file", "blob"),
    "jobnb_job_result_snapshot_idx": ("jobnb_job_result", "snapshot"),
    "jobnb_attempt_worker_id_idx": ("jobnb_attempt", "worker_id"),
}


def upgrade() -> None:
    op.add_column("jobnb_blob", sa.Column("stored", sa.DateTime(timezone=True)))
    for name, (table, column) in _INDEXES.items():
        op.create_index(name, table, [column])
