"""The first tables.

A migration is history: it repeats what ``models.py`` said at that time, and is never edited.
"""

from __future__ import annotations

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_DIGEST = sa.String(64)
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_info()
    _create_job()
    _create_worker()
    _create_blobs()
    _create_snapshots()
    _create_job_result()
    _create_attempt()
    _create_entry()
    _create_file()


def _create_info() -> None:
    info = op.create_table(
        "jobnb_info",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="jobnb_info_pk"),
    )
    rows = [{"name": "uuid", "value": str(uuid4())}, {"name": "min_compatible", "value": "1"}]
    op.bulk_insert(info, rows)


def _create_job() -> None:
    op.create_table(
        "jobnb_job",
        sa.Column("class_path", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("grouping", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("installed", sa.Boolean, nullable=False),
        sa.Column("overrides", sa.Text, nullable=False),
        sa.Column("last_seen", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("class_path", name="jobnb_job_pk"),
    )


def _create_worker() -> None:
    op.create_table(
        "jobnb_worker",
        sa.Column("worker_id", _ID, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("boot_id", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("lock_path", sa.Text, nullable=False),
        sa.Column("lock_inode", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("beat", sa.Integer, nullable=False),
        sa.Column("seen", _MOMENT, nullable=False),
        sa.Column("ended", _MOMENT),
        sa.PrimaryKeyConstraint("worker_id", name="jobnb_worker_pk"),
    )


def _create_blobs() -> None:
    op.create_table(
        "jobnb_blob",
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="jobnb_blob_pk"),
    )
    op.create_table(
        "jobnb_blob_piece",
        sa.Column("blob", _DIGEST, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(
            ["blob"], ["jobnb_blob.digest"], name="jobnb_blob_piece_blob_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("blob", "number", name="jobnb_blob_piece_pk"),
    )


def _create_snapshots() -> None:
    op.create_table(
        "jobnb_snapshot",
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("root", sa.Text, nullable=False),
        sa.Column("created", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="jobnb_snapshot_pk"),
    )
    op.create_table(
        "jobnb_snapshot_file",
        sa.Column("snapshot", _DIGEST, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("blob", _DIGEST, nullable=False),
        sa.ForeignKeyConstraint(
            ["snapshot"],
            ["jobnb_snapshot.digest"],
            name="jobnb_snapshot_file_snapshot_fk",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["blob"], ["jobnb_blob.digest"], name="jobnb_snapshot_file_blob_fk"
        ),
        sa.PrimaryKeyConstraint("snapshot", "path", name="jobnb_snapshot_file_pk"),
    )


def _create_job_result() -> None:
    levels = ("debug", "info", "success", "warning", "failure", "error", "critical")
    op.create_table(
        "jobnb_job_result",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("run_id", _ID, nullable=False),
        sa.Column("class_path", sa.Text, nullable=False),
        sa.Column("job_name", sa.Text, nullable=False),
        sa.Column("grouping", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("attempt", _ID),
        sa.Column("last_entry", sa.Integer, nullable=False),
        *(sa.Column(f"{level}_count", sa.Integer, nullable=False) for level in levels),
        sa.Column("created", _MOMENT, nullable=False),
        sa.Column("started", _MOMENT),
        sa.Column("ended", _MOMENT),
        sa.Column("cancel_requested", _MOMENT),
        sa.Column("cancelled_by", sa.Text),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("owner_id", _ID, nullable=False),
        sa.Column("scheduler_id", sa.Text, nullable=False),
        sa.Column("embedded", sa.Boolean, nullable=False),
        sa.Column("snapshot", _DIGEST),
        sa.Column("source_root", sa.Text, nullable=False),
        sa.Column("source_file", sa.Text, nullable=False),
        sa.Column("inputs", sa.Text, nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("value_problem", sa.Text),
        sa.Column("exc_type", sa.Text),
        sa.Column("exc_message", sa.Text),
        sa.Column("traceback", sa.Text),
        sa.Column("value", sa.Text),
        sa.CheckConstraint(
            "(ended IS NULL) = (status IN ('PENDING', 'STARTED', 'RETRY'))",
            name="jobnb_job_result_open_until_ended",
        ),
        sa.ForeignKeyConstraint(
            ["snapshot"], ["jobnb_snapshot.digest"], name="jobnb_job_result_snapshot_fk"
        ),
        sa.PrimaryKeyConstraint("id", name="jobnb_job_result_pk"),
        sa.UniqueConstraint("run_id", name="jobnb_job_result_run_id_key"),
    )
    _create_job_result_indexes()


def _create_job_result_indexes() -> None:
    table = "jobnb_job_result"
    op.create_index(f"{table}_class_path_id_idx", table, ["class_path", "id"])
    op.create_index(f"{table}_status_id_idx", table, ["status", "id"])
    is_open = sa.text("ended IS NULL")
    op.create_index(
        f"{table}_open_idx", table, ["status"], sqlite_where=is_open, postgresql_where=is_open
    )


def _create_attempt() -> None:
    op.create_table(
        "jobnb_attempt",
        sa.Column("token", _ID, nullable=False),
        sa.Column("result", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("worker_id", _ID, nullable=False),
        sa.Column("pid", sa.Integer),
        sa.Column("started", _MOMENT, nullable=False),
        sa.Column("ended", _MOMENT),
        sa.Column("reason", sa.Text),
        sa.Column("exit_code", sa.Integer),
        sa.ForeignKeyConstraint(
            ["result"], ["jobnb_job_result.id"], name="jobnb_attempt_result_fk", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["jobnb_worker.worker_id"], name="jobnb_attempt_worker_id_fk"
        ),
        sa.PrimaryKeyConstraint("token", name="jobnb_attempt_pk"),
        sa.UniqueConstraint("result", "number", name="jobnb_attempt_result_number_key"),
    )


def _create_entry() -> None:
    op.create_table(
        "jobnb_entry",
        sa.Column("result", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("level", sa.Text),
        sa.Column("grouping", sa.Text),
        sa.Column("object", sa.Text),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("partial", sa.Boolean, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["result"], ["jobnb_job_result.id"], name="jobnb_entry_result_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("result", "number", name="jobnb_entry_pk"),
        sqlite_with_rowid=False,
    )


def _create_file() -> None:
    op.create_table(
        "jobnb_file",
        sa.Column("result", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("blob", _DIGEST, nullable=False),
        sa.Column("created", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["result"], ["jobnb_job_result.id"], name="jobnb_file_result_fk", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["blob"], ["jobnb_blob.digest"], name="jobnb_file_blob_fk"),
        sa.PrimaryKeyConstraint("result", "name", name="jobnb_file_pk"),
    )
