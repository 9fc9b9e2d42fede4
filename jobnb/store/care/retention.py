"""Retention: removes old runs, and then the content that nothing refers to any more.

Everything goes in short transactions, between which runs work on, and each leaves the database in
order: whoever is killed over it has removed less.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    delete,
    exists,
    func,
    null,
    or_,
    select,
    update,
)

from jobnb.protocol import Status
from jobnb.store.content.blobs import hold_content
from jobnb.store.content.environments import remove_environments
from jobnb.store.database import Database
from jobnb.store.tables.clock import now
from jobnb.store.tables.models import (
    blob,
    entry,
    file,
    job_result,
    metadata,
    output,
    snapshot,
    worker,
)

BATCH_RUNS: Final = 100
"""Runs that one transaction removes at most."""
BATCH_ENTRIES: Final = 20_000
"""Entries that one transaction removes at most; some 50 ms."""
BATCH_BYTES: Final = 64 * 1024 * 1024
"""Bytes of content that one transaction removes, but for a single blob that has more."""
BATCH_PAGES: Final = 2000
"""Pages of a SQLite file that one transaction gives back."""
GRACE: Final = timedelta(days=1)
"""What was stored later may be about to be referred to: an upload, the source of a new run."""


@dataclass(frozen=True, kw_only=True)
class OldRuns:
    """Which runs are to go; a filter that is None lets every run go that has ended."""

    before: datetime
    """They ended before that."""
    job_name: str | None = None
    statuses: Collection[Status] | None = None


@dataclass(frozen=True, kw_only=True)
class Removed:
    """What was, or would be, removed."""

    runs: int = 0
    entries: int = 0
    files: int = 0
    snapshots: int = 0
    """Sources of jobs that no run refers to."""
    blobs: int = 0
    """Contents of files that nothing refers to."""
    blob_bytes: int = 0
    processes: int = 0
    """Records of processes that are gone and have left no run."""

    def __add__(self, other: Removed) -> Removed:
        return Removed(**{name: count + getattr(other, name) for name, count in vars(self).items()})


class Retention:
    """Removes what is old from one database; any thread, and any number of processes, may do it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def survey(self, old: OldRuns) -> Removed:
        """What ``remove_runs`` would remove now; content is not looked at."""
        ids = select(job_result.c.id).where(*_is_old(old))
        with self._database.read() as connection:
            totals = select(
                func.count(job_result.c.id), func.coalesce(func.sum(job_result.c.last_entry), 0)
            ).where(*_is_old(old))
            runs, entries = connection.execute(totals).one()
            files = select(func.count()).select_from(file).where(file.c.result.in_(ids))
            return Removed(runs=runs, entries=entries, files=connection.scalar(files) or 0)

    def remove_runs(self, old: OldRuns) -> Iterator[Removed]:
        """Removes old runs with their entries, attempts and files; gives each step as it is done.

        The log of a run with a great many entries goes from its end, a step at a time.
        """
        while True:
            with self._database.write() as connection:
                step = _remove_some_runs(connection, old)
            if step is None:
                return
            yield step

    def remove_unused(self, before: datetime) -> Iterator[Removed]:
        """Removes snapshots, contents and processes that nothing refers to.

        Args:
            before: Processes that were seen later stay.
        """
        young = now() - GRACE
        for remove in (_remove_snapshots, _remove_blobs):
            while True:
                with self._database.write() as connection:
                    hold_content(connection, alone=True)
                    step = remove(connection, young)
                if step is None:
                    break
                yield step
        with self._database.write() as connection:
            hold_content(connection, alone=True)
            remove_environments(connection)
            yield _remove_processes(connection, min(before, young))

    def shrink(self) -> int | None:
        """Gives free room in the file back to the disk, in steps; only SQLite has a file.

        Returns:
            Bytes that remain in the file for new runs, or None if there is no file.
        """
        if self._database.dialect != "sqlite":
            return None
        while True:
            with self._database.write() as connection:
                free = _pragma(connection, "freelist_count")
                if free == 0 or _pragma(connection, "auto_vacuum") != _INCREMENTAL:
                    return free * _pragma(connection, "page_size")
                driver: Any = connection.connection.driver_connection
                # Each row is a step of its work, and SQLAlchemy sees a statement without rows.
                driver.execute(f"PRAGMA incremental_vacuum({BATCH_PAGES})").fetchall()


_INCREMENTAL: Final = 2


def _pragma(connection: Connection, name: str) -> int:
    return int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())


def _is_old(old: OldRuns) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [job_result.c.ended < old.before]
    if old.job_name is not None:
        conditions.append(job_result.c.job_name == old.job_name)
    if old.statuses is not None:
        conditions.append(job_result.c.status.in_(old.statuses))
    return conditions


def _remove_some_runs(connection: Connection, old: OldRuns) -> Removed | None:
    """Removes as many of the oldest as one transaction should; None if there are none left."""
    oldest = select(job_result.c.id, job_result.c.last_entry).where(*_is_old(old))
    found = connection.execute(
        oldest.order_by(job_result.c.id).limit(BATCH_RUNS).with_for_update(skip_locked=True)
    ).all()
    if not found:
        return None
    if found[0].last_entry > BATCH_ENTRIES:
        return _shorten_log(connection, found[0].id, found[0].last_entry)
    ids: list[int] = []
    entries = 0
    for row in found:
        if entries + row.last_entry > BATCH_ENTRIES:
            break
        ids.append(row.id)
        entries += row.last_entry
    of_runs = select(func.count()).select_from(file).where(file.c.result.in_(ids))
    files = connection.scalar(of_runs) or 0
    connection.execute(delete(job_result).where(job_result.c.id.in_(ids)))
    return Removed(runs=len(ids), entries=entries, files=files)


def _shorten_log(connection: Connection, result: int, last: int) -> Removed:
    """Removes the newest entries; the run says so, so that nobody waits for them."""
    rest = last - BATCH_ENTRIES
    for table in (entry, output):
        connection.execute(delete(table).where(table.c.result == result, table.c.number > rest))
    connection.execute(update(job_result).where(job_result.c.id == result).values(last_entry=rest))
    return Removed(entries=last - rest)


def _remove_snapshots(connection: Connection, young: datetime) -> Removed | None:
    unused = select(snapshot.c.digest).where(
        snapshot.c.created < young, ~_is_referred_to(snapshot.c.digest)
    )
    # Whoever begins to refer to one waits from here on; who has begun before is seen by the delete.
    free = unused.limit(BATCH_RUNS).with_for_update(skip_locked=True)
    digests = connection.scalars(free).all()
    if not digests:
        return None
    still_unused = snapshot.c.digest.in_(digests), ~_is_referred_to(snapshot.c.digest)
    gone = connection.execute(delete(snapshot).where(*still_unused))
    return Removed(snapshots=gone.rowcount)


def _remove_blobs(connection: Connection, young: datetime) -> Removed | None:
    digests: list[str] = []
    size = 0
    for row in connection.execute(unused_blobs(young).limit(BATCH_RUNS)).all():
        if digests and size + row.size > BATCH_BYTES:
            break
        digests.append(row.digest)
        size += row.size
    if not digests:
        return None
    connection.execute(delete(blob).where(blob.c.digest.in_(digests)))
    return Removed(blobs=len(digests), blob_bytes=size)


def unused_blobs(young: datetime) -> Select[Any]:
    """Digest and size of the contents that nothing refers to and that were not stored lately."""
    is_young = blob.c.stored >= young
    return select(blob.c.digest, blob.c.size).where(
        or_(blob.c.stored == null(), ~is_young), ~_is_referred_to(blob.c.digest)
    )


def _remove_processes(connection: Connection, before: datetime) -> Removed:
    is_gone = func.coalesce(worker.c.ended, worker.c.seen) < before
    owns = exists().where(job_result.c.owner_id == worker.c.worker_id)
    unused = delete(worker).where(is_gone, ~owns, ~_is_referred_to(worker.c.worker_id))
    return Removed(processes=connection.execute(unused).rowcount)


def _is_referred_to(target: Column[Any]) -> ColumnElement[bool]:
    """Whether a row of any table needs the row; what goes along with it (CASCADE) does not count.

    Read from the tables themselves, so that one that is added later is not forgotten here.
    """
    return or_(
        *(
            exists().where(key.parent == target)
            for table in metadata.tables.values()
            for key in table.foreign_keys
            if key.column is target and key.ondelete != "CASCADE"
        )
    )
