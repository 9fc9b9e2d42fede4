"""The tables. They change only together with a new file in ``migrations/versions``.

All names begin with ``jobnb_``, so that a team can give jobnb a database that has other tables.
Their indexes are in ``indexes``.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

from jobnb.protocol import LEVELS, READY_STATES, EntryKind, Reason, Status, WhenBusy
from jobnb.store.tables.columns import ID, JsonText, Moment, SafeText, Word

REVISION: Final = 10
"""Number of the newest migration; what this library knows of the schema."""
VERSION_TABLE: Final = "jobnb_version"
"""Where Alembic keeps the revision of a database."""

COUNT_COLUMNS: Final = {level: f"{level.lower()}_count" for level in LEVELS}
"""Level to the column of ``job_result`` that counts its log records."""

_OPEN_STATES: Final = ", ".join(f"'{status}'" for status in Status if status not in READY_STATES)
_DIGEST: Final = String(64)

metadata: Final = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "fk": "%(table_name)s_%(column_0_name)s_fk",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)

info: Final = Table(
    "jobnb_info",
    metadata,
    Column("name", SafeText, primary_key=True),
    Column("value", SafeText, nullable=False),
)

job: Final = Table(
    "jobnb_job",
    metadata,
    Column("class_path", SafeText, primary_key=True),
    Column("name", SafeText, nullable=False),
    Column("grouping", SafeText, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("installed", Boolean, nullable=False),
    Column("overrides", JsonText, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("edited", Moment),
    Column("edited_by", SafeText),
)

job_place: Final = Table(
    "jobnb_job_place",
    metadata,
    Column("class_path", ForeignKey(job.c.class_path, ondelete="CASCADE"), primary_key=True),
    Column("place", SafeText, primary_key=True),
    Column("last_seen", Moment, nullable=False),
)

worker: Final = Table(
    "jobnb_worker",
    metadata,
    Column("worker_id", ID, primary_key=True),
    Column("name", SafeText, nullable=False),
    Column("host", SafeText, nullable=False),
    Column("boot_id", SafeText, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("lock_path", SafeText, nullable=False),
    Column("lock_inode", BigInteger, nullable=False),
    Column("version", SafeText, nullable=False),
    Column("beat", Integer, nullable=False),
    Column("seen", Moment, nullable=False),
    Column("ended", Moment),
)

blob: Final = Table(
    "jobnb_blob",
    metadata,
    Column("digest", _DIGEST, primary_key=True),
    Column("size", BigInteger, nullable=False),
    # Of the last time that somebody wanted it stored: what is new may not be referred to yet.
    Column("stored", Moment),
)

blob_piece: Final = Table(
    "jobnb_blob_piece",
    metadata,
    Column("blob", ForeignKey(blob.c.digest, ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

snapshot: Final = Table(
    "jobnb_snapshot",
    metadata,
    Column("digest", _DIGEST, primary_key=True),
    Column("root", SafeText, nullable=False),
    Column("created", Moment, nullable=False),
)

snapshot_file: Final = Table(
    "jobnb_snapshot_file",
    metadata,
    Column("snapshot", ForeignKey(snapshot.c.digest, ondelete="CASCADE"), primary_key=True),
    Column("path", SafeText, primary_key=True),
    Column("blob", ForeignKey(blob.c.digest), nullable=False, index=True),
)

repository: Final = Table(
    "jobnb_repository",
    metadata,
    Column("name", SafeText, primary_key=True),
    Column("url", SafeText, nullable=False),
    Column("ref", SafeText),
    # Where a token is to be found (env:NAME); never the token.
    Column("token", SafeText),
    Column("commit_id", SafeText, nullable=False),
    Column("committed", Moment),
    Column("subject", SafeText, nullable=False),
    Column("snapshot", ForeignKey(snapshot.c.digest), nullable=False, index=True),
    Column("notes", JsonText, nullable=False),
    Column("synced", Moment, nullable=False),
    Column("synced_by", SafeText, nullable=False),
    Column("failed", Moment),
    Column("failure", SafeText, nullable=False),
)

job_result: Final = Table(
    "jobnb_job_result",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", ID, nullable=False, unique=True),
    Column("class_path", SafeText, nullable=False),
    Column("job_name", SafeText, nullable=False),
    Column("grouping", SafeText, nullable=False),
    Column("status", Word(Status), nullable=False),
    Column("attempt", ID),
    Column("last_entry", Integer, nullable=False, default=0),
    *(Column(name, Integer, nullable=False, default=0) for name in COUNT_COLUMNS.values()),
    Column("created", Moment, nullable=False),
    Column("started", Moment),
    Column("ended", Moment),
    Column("due", Moment),
    Column("cancel_requested", Moment),
    Column("cancelled_by", SafeText),
    Column("user", SafeText, nullable=False),
    Column("host", SafeText, nullable=False),
    Column("owner_id", ID, nullable=False),
    Column("scheduler_id", SafeText, nullable=False),
    Column("embedded", Boolean, nullable=False),
    Column("snapshot", ForeignKey(snapshot.c.digest), index=True),
    Column("source_root", SafeText, nullable=False),
    Column("source_file", SafeText, nullable=False),
    # None for a run of an older jobnb, which knew JOBS_ROOT only.
    Column("origin", JsonText),
    Column("inputs", JsonText, nullable=False),
    Column("options", JsonText, nullable=False),
    Column("reason", Word(Reason)),
    Column("detail", SafeText, nullable=False, default=""),
    Column("value_problem", SafeText),
    Column("exc_type", SafeText),
    Column("exc_message", SafeText),
    Column("traceback", SafeText),
    Column("value", SafeText),
    Column("value_file", JsonText),
    Column("progress", SafeText),
    Column("queue", SafeText),
    Column("key", SafeText),
    Column("lock", SafeText),
    Column("lock_limit", Integer),
    Column("when_busy", Word(WhenBusy)),
    CheckConstraint(f"(ended IS NULL) = (status IN ({_OPEN_STATES}))", name="open_until_ended"),
)

# The inputs once more, to find runs by them: a row for each value, and for each item of a list.
input_value: Final = Table(
    "jobnb_input_value",
    metadata,
    Column("result", ForeignKey(job_result.c.id, ondelete="CASCADE"), primary_key=True),
    Column("name", ID, primary_key=True),
    Column("value", ID, primary_key=True),
    Column("created", Moment, nullable=False),
    sqlite_with_rowid=False,
)

# What was installed where runs worked; a few rows for all of them.
environment: Final = Table(
    "jobnb_environment",
    metadata,
    Column("digest", _DIGEST, primary_key=True),
    Column("facts", JsonText, nullable=False),
    Column("created", Moment, nullable=False),
)

attempt: Final = Table(
    "jobnb_attempt",
    metadata,
    Column("token", ID, primary_key=True),
    Column("result", ForeignKey(job_result.c.id, ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("worker_id", ForeignKey(worker.c.worker_id), nullable=False, index=True),
    Column("pid", Integer),
    Column("started", Moment, nullable=False),
    Column("ended", Moment),
    Column("reason", Word(Reason)),
    Column("exit_code", Integer),
    Column("environment", ForeignKey(environment.c.digest), index=True),
    UniqueConstraint("result", "number"),
)

entry: Final = Table(
    "jobnb_entry",
    metadata,
    Column("result", ForeignKey(job_result.c.id, ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("kind", Word(EntryKind), nullable=False),
    Column("created", Double, nullable=False),
    Column("level", SafeText),
    Column("grouping", SafeText),
    Column("object", SafeText),
    Column("source", SafeText, nullable=False),
    Column("partial", Boolean, nullable=False),
    Column("message", SafeText, nullable=False),
    sqlite_with_rowid=False,
)

output: Final = Table(
    "jobnb_output",
    metadata,
    Column("result", ForeignKey(job_result.c.id, ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),  # of the entry that it belongs to
    Column("media_type", SafeText, primary_key=True),
    Column("content", SafeText, nullable=False),
)

file: Final = Table(
    "jobnb_file",
    metadata,
    Column("result", ForeignKey(job_result.c.id, ondelete="CASCADE"), primary_key=True),
    Column("name", SafeText, primary_key=True),
    Column("blob", ForeignKey(blob.c.digest), nullable=False, index=True),
    Column("created", Moment, nullable=False),
)

input_file: Final = Table(
    "jobnb_input_file",
    metadata,
    Column("result", ForeignKey(job_result.c.id, ondelete="CASCADE"), primary_key=True),
    Column("name", SafeText, primary_key=True),
    Column("file_name", SafeText, nullable=False),
    Column("blob", ForeignKey(blob.c.digest), nullable=False, index=True),
)
