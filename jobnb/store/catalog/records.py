"""Job records: the rows that shadow the jobs of the catalog."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, delete, select, update

from jobnb.errors import EditConflict, JobNotFound
from jobnb.protocol import JobDescription
from jobnb.store.catalog.jobs import JobEdit, JobRecord
from jobnb.store.database import Database
from jobnb.store.tables.clock import now
from jobnb.store.tables.models import job, job_place
from jobnb.store.tables.upsert import insert_if_new

_SEEN_STEP: Final = timedelta(hours=1)
"""How exact ``last_seen`` is, so that opening a notebook usually writes nothing."""
FORGOTTEN_AFTER: Final = timedelta(days=30)
"""A place from which nobody has looked for so long does not keep a job installed."""


class JobRecords:
    """Access to job records; any thread may use it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sync(self, descriptions: Iterable[JobDescription], *, enable_new: bool, place: str) -> None:
        """Makes the records agree with the jobs that one place has; writes only what differs.

        A job is installed as long as any place has it: another person's jobs stay.

        Args:
            descriptions: Every job of the catalog.
            enable_new: Whether jobs seen for the first time may run.
            place: Where they are: the folder, and whose it is.
        """
        described = {item.class_path: item for item in descriptions}
        with self._database.read() as connection:
            known = {record.class_path: record for record in _records(connection)}
            seen = _Sightings(connection)
        changes = _Changes(known, seen, described, place)
        if changes.is_empty:
            return
        with self._database.write() as connection:
            for path in changes.fresh:
                values = {"class_path": path, "enabled": enable_new, "overrides": {}}
                insert_if_new(connection, job, values | _seen(described[path]))
            for path in changes.differing:
                _update(connection, path, _seen(described[path]))
            for path in (*changes.fresh, *changes.differing):
                _sight(connection, path, place)
            for path in changes.gone:
                at_place = job_place.c.class_path == path, job_place.c.place == place
                connection.execute(delete(job_place).where(*at_place))
            for path in changes.not_installed:
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
            return sorted(_records(connection), key=lambda record: record.class_path)

    def edit(self, class_path: str, edit: JobEdit) -> JobRecord:
        """Changes what a record says, for the runs submitted from now on; gives it as it is then.

        Raises:
            JobNotFound: There is no such record.
            EditConflict: Somebody else has changed the same meanwhile; nothing is written.
        """
        found = select(job).where(job.c.class_path == class_path).with_for_update()
        with self._database.write() as connection:
            row = connection.execute(found).mappings().one_or_none()
            if row is None:
                known = [record.class_path for record in _records(connection)]
                raise JobNotFound(class_path, known)
            record = JobRecord(**row)
            _refuse_conflict(record, edit)
            values = {"edited": now(), "edited_by": edit.user, **_edited(record, edit)}
            _update(connection, class_path, values)
        return JobRecord(**{**row, **values})


class _Sightings:
    """Which place has which job, and when it was seen there last."""

    def __init__(self, connection: Connection) -> None:
        rows = connection.execute(select(job_place)).mappings().all()
        self._seen = {(row["class_path"], row["place"]): row["last_seen"] for row in rows}
        oldest = now() - FORGOTTEN_AFTER
        self._kept = {key for key, moment in self._seen.items() if moment > oldest}

    def at(self, class_path: str, place: str) -> datetime | None:
        """When a job was seen at a place last; None if it is not there."""
        return self._seen.get((class_path, place))

    def paths_at(self, place: str) -> set[str]:
        """The jobs that a place has had when it was looked at last."""
        return {path for path, where in self._seen if where == place}

    def paths_elsewhere(self, place: str) -> set[str]:
        """The jobs that other places have."""
        return {path for path, where in self._kept if where != place}


class _Changes:
    """What must be written so that the records agree with the jobs of one place."""

    def __init__(
        self,
        known: Mapping[str, JobRecord],
        seen: _Sightings,
        described: Mapping[str, JobDescription],
        place: str,
    ) -> None:
        self.fresh = sorted(path for path in described if path not in known)
        self.differing = sorted(
            path
            for path in described
            if path in known and _differs(known[path], described[path], seen.at(path, place))
        )
        self.gone = sorted(seen.paths_at(place) - set(described))
        installed = {path for path, record in known.items() if record.installed}
        self.not_installed = sorted(installed - set(described) - seen.paths_elsewhere(place))

    @property
    def is_empty(self) -> bool:
        return not (self.fresh or self.differing or self.gone or self.not_installed)


def _records(connection: Connection) -> list[JobRecord]:
    return [JobRecord(**row) for row in connection.execute(select(job)).mappings()]


def _differs(record: JobRecord, description: JobDescription, seen: datetime | None) -> bool:
    if seen is None or now() - seen > _SEEN_STEP or not record.installed:
        return True
    return (record.name, record.grouping) != (description.name, description.grouping)


def _seen(description: JobDescription) -> dict[str, Any]:
    return {
        "name": description.name,
        "grouping": description.grouping,
        "installed": True,
        "last_seen": now(),
    }


def _sight(connection: Connection, class_path: str, place: str) -> None:
    row = {"class_path": class_path, "place": place, "last_seen": now()}
    if not insert_if_new(connection, job_place, row):
        there = job_place.c.class_path == class_path, job_place.c.place == place
        connection.execute(update(job_place).where(*there).values(last_seen=row["last_seen"]))


def _refuse_conflict(record: JobRecord, edit: JobEdit) -> None:
    """Passes if what is to be changed still is as its editor has seen it, or is so already."""
    changed = {
        name: (edit.before[name], record.setting(name))
        for name, value in edit.changes.items()
        if name in edit.before and record.setting(name) not in (edit.before[name], value)
    }
    if changed:
        raise EditConflict(record.name, record.edited_by or "somebody", changed)


def _edited(record: JobRecord, edit: JobEdit) -> dict[str, Any]:
    changes = dict(edit.changes)
    enabled = changes.pop("enabled", record.enabled)
    merged = {**record.overrides, **changes}
    return {
        "enabled": enabled,
        "overrides": {name: value for name, value in merged.items() if value is not None},
    }


def _update(connection: Connection, class_path: str, values: dict[str, Any]) -> None:
    connection.execute(update(job).where(job.c.class_path == class_path).values(values))
