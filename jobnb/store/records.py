"""Job records: the rows that shadow the jobs of the catalog."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, select, update

from jobnb.errors import JobNotFound
from jobnb.protocol import JobDescription
from jobnb.store.clock import now
from jobnb.store.database import Database
from jobnb.store.models import job
from jobnb.store.upsert import insert_if_new
from jobnb.store.values import JobRecord

_SEEN_STEP: Final = timedelta(hours=1)
"""How exact ``last_seen`` is, so that opening a notebook usually writes nothing."""


class JobRecords:
    """Access to job records; any thread may use it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sync(self, descriptions: Iterable[JobDescription], *, enable_new: bool) -> None:
        """Makes the records agree with the jobs there are; writes only what differs.

        Args:
            descriptions: Every job of the catalog; records of others become not installed.
            enable_new: Whether jobs seen for the first time may run.
        """
        known = {record.class_path: record for record in self.all()}
        described = {item.class_path: item for item in descriptions}
        fresh = [path for path in described if path not in known]
        differing = [
            path for path in described if path in known and _differs(known[path], described[path])
        ]
        gone = [path for path in known if path not in described and known[path].installed]
        if not (fresh or differing or gone):
            return
        with self._database.write() as connection:
            for path in sorted(fresh):
                values = {"class_path": path, "enabled": enable_new, "overrides": {}}
                insert_if_new(connection, job, values | _seen(described[path]))
            for path in sorted(differing):
                _update(connection, path, _seen(described[path]))
            for path in sorted(gone):
                _update(connection, path, {"installed": False})

    def get(self, class_path: str) -> JobRecord | None:
        """The record of a job; None if it was never seen."""
        with self._database.read() as connection:
            found = select(job).where(job.c.class_path == class_path)
            row = connection.execute(found).mappings().one_or_none()
        return None if row is None else JobRecord(**row)

    def all(self) -> list[JobRecord]:
        """Every record, also of jobs that are not installed any more, by class path."""
        with self._database.read() as connection:
            rows = connection.execute(select(job)).mappings().all()
        return sorted((JobRecord(**row) for row in rows), key=lambda record: record.class_path)

    def set_enabled(self, class_path: str, enabled: bool) -> None:  # noqa: FBT001 - the verb says it
        """Lets a job run, or not.

        Raises:
            JobNotFound: There is no such record.
        """
        with self._database.write() as connection:
            is_known = _update(connection, class_path, {"enabled": enabled})
        if not is_known:
            raise JobNotFound(class_path, [record.class_path for record in self.all()])

    def set_overrides(self, class_path: str, overrides: Mapping[str, Any]) -> None:
        """Puts values in the place of those of ``Meta``, for the runs submitted from now on.

        Raises:
            JobNotFound: There is no such record.
        """
        with self._database.write() as connection:
            is_known = _update(connection, class_path, {"overrides": dict(overrides)})
        if not is_known:
            raise JobNotFound(class_path, [record.class_path for record in self.all()])


def _differs(record: JobRecord, description: JobDescription) -> bool:
    if now() - record.last_seen > _SEEN_STEP or not record.installed:
        return True
    return (record.name, record.grouping) != (description.name, description.grouping)


def _seen(description: JobDescription) -> dict[str, Any]:
    return {
        "name": description.name,
        "grouping": description.grouping,
        "installed": True,
        "last_seen": now(),
    }


def _update(connection: Connection, class_path: str, values: dict[str, Any]) -> bool:
    changed = update(job).where(job.c.class_path == class_path).values(values)
    return connection.execute(changed).rowcount == 1
