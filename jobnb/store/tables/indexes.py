"""The indexes of the tables, besides those of single columns.

No statement names them, so only who compares a schema loads them: SQLAlchemy loads the dialect of
each database that an index is special for, which takes it as long as all the tables (measured).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Index, MetaData, and_, null

from jobnb.store.tables.models import input_value, job_result, metadata

# The open runs are asked for all the time, and are few however long the history is.
_OPEN: Final = job_result.c.ended == null()
Index("jobnb_job_result_open_idx", job_result.c.status, sqlite_where=_OPEN, postgresql_where=_OPEN)
# The history is read newest first, whatever it is filtered by; the id decides between equal times.
_filter: tuple[str, ...]
for _filter in ((), ("job_name",), ("user",), ("user", "job_name")):
    Index(None, *(job_result.c[name] for name in (*_filter, "created", "id")))
# Not the open runs: they are found by the index of their own, whatever a database thinks of this.
_ENDED: Final = job_result.c.ended != null()
for _filter in (("status",), ("job_name", "status"), ("user", "status")):
    Index(
        None,
        *(job_result.c[name] for name in (*_filter, "created", "id")),
        sqlite_where=_ENDED,
        postgresql_where=_ENDED,
    )
# One run for each key of a job; runs without a key do not meet here.
Index(None, job_result.c.class_path, job_result.c.key, unique=True)
_AT_LOCK: Final = and_(_OPEN, job_result.c.lock != null())
Index(
    "jobnb_job_result_lock_idx", job_result.c.lock, sqlite_where=_AT_LOCK, postgresql_where=_AT_LOCK
)
Index(
    None,
    *(input_value.c[name] for name in ("name", "value", "created", "result")),
)

complete: Final[MetaData] = metadata
"""All tables, with their indexes."""
