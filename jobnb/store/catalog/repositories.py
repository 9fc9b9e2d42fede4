"""The git repositories that somebody has added, and the commits that they are pinned to."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, insert, select, update

from jobnb.errors import RepositoryError
from jobnb.protocol import FileProblem
from jobnb.protocol.repositories import Commit, Repository
from jobnb.store.content.snapshots import require_snapshot
from jobnb.store.database import Database
from jobnb.store.prepared import Prepared
from jobnb.store.tables.clock import now
from jobnb.store.tables.models import repository

_ALL: Final = Prepared(select(repository))


class Repositories:
    """Access to the repositories; any thread may use it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Repository]:
        """Every repository, by name."""
        with self._database.read() as connection:
            rows = _ALL.rows(connection)
        return sorted(map(to_repository, rows), key=lambda item: item.name)

    def pin(self, item: Repository) -> None:
        """Adds a repository, or pins it to another commit; its snapshot must be stored.

        Raises:
            SnapshotError: It is not.
        """
        values = _values(item)
        with self._database.write() as connection:
            require_snapshot(connection, item.snapshot)
            known = update(repository).where(repository.c.name == item.name).values(values)
            if not connection.execute(known).rowcount:
                connection.execute(insert(repository).values(values))

    def note_failure(self, name: str, failure: str) -> None:
        """Notes that a sync has failed, and why; the commit stays."""
        values = {"failed": now(), "failure": failure}
        with self._database.write() as connection:
            connection.execute(update(repository).where(repository.c.name == name).values(values))

    def remove(self, name: str) -> None:
        """Forgets a repository; the runs of its jobs keep their source.

        Raises:
            RepositoryError: There is none of that name.
        """
        with self._database.write() as connection:
            gone = connection.execute(delete(repository).where(repository.c.name == name))
        if not gone.rowcount:
            raise unknown(name, [item.name for item in self.all()])


def unknown(name: str, known: list[str]) -> RepositoryError:
    """The error for a name that no repository has."""
    there = f"There are: {', '.join(known)}." if known else "None was added yet."
    return RepositoryError(f"There is no repository {name!r}. {there}")


def _values(item: Repository) -> dict[str, str | datetime | dict[str, object] | None]:
    return {
        "name": item.name,
        "url": item.url,
        "ref": item.ref,
        "token": item.token,
        "commit_id": item.commit.id,
        "committed": item.commit.committed,
        "subject": item.commit.subject,
        "snapshot": item.snapshot,
        "notes": {"problems": [asdict(problem) for problem in item.problems]},
        "synced": item.synced,
        "synced_by": item.synced_by,
        "failed": item.failed,
        "failure": item.failure,
    }


def to_repository(values: dict[str, Any]) -> Repository:
    """A row, by the names of its columns, as a repository."""
    commit = Commit(
        id=values.pop("commit_id"),
        subject=values.pop("subject"),
        committed=values.pop("committed"),
    )
    problems = tuple(FileProblem(**item) for item in values.pop("notes")["problems"])
    return Repository(**values, commit=commit, problems=problems)
