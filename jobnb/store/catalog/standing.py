"""What the database says of the catalog at one moment; a single question, asked before each run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import null, select, type_coerce, union_all

from jobnb.protocol.repositories import Repository
from jobnb.store.catalog.repositories import to_repository
from jobnb.store.database import Database
from jobnb.store.prepared import Prepared
from jobnb.store.tables.models import job, repository

_OVERRIDDEN: Final = (job.c.class_path, job.c.overrides)
_STANDING: Final = Prepared(
    union_all(
        select(
            *repository.c,
            *(type_coerce(null(), item.type).label(item.name) for item in _OVERRIDDEN),
        ),
        select(*(null() for _ in repository.c), *_OVERRIDDEN).where(job.c.overrides != {}),
    )
)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What there is besides the folder, and what changes its jobs; not a row for each of them."""

    repositories: tuple[Repository, ...]
    """Every repository, by name."""
    overrides: dict[str, dict[str, Any]]
    """Class path to what replaces the class's values, of the jobs of which anything does."""


def read_standing(database: Database) -> Standing:
    """What stands now."""
    with database.read() as connection:
        rows = _STANDING.rows(connection)
    overrides = {}
    repositories = []
    for row in rows:
        path, values = row.pop("class_path"), row.pop("overrides")
        if path is None:
            repositories.append(to_repository(row))
        else:
            overrides[path] = values
    repositories.sort(key=lambda item: item.name)
    return Standing(repositories=tuple(repositories), overrides=overrides)
