"""The recorded catalog: the jobs there are now, as their records change them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping
from typing import Any

from jobnb.catalogs.discovery import JobsCatalog
from jobnb.catalogs.registry import Catalog
from jobnb.protocol import JobDescription, SourceKind
from jobnb.settings import Settings
from jobnb.store.catalog.records import JobRecords
from jobnb.store.catalog.standing import Standing, read_standing
from jobnb.store.database import Database

_Overrides = Mapping[str, dict[str, Any]]


class RecordedCatalog:
    """The catalog of one workbench and the job records of its database. Safe for any thread."""

    def __init__(
        self,
        settings: Settings,
        jobs: Callable[[], JobsCatalog],
        database: Callable[[], Database],
    ) -> None:
        """Looks at nothing yet.

        Args:
            settings: Whose jobs they are.
            jobs: Gives what finds them.
            database: Gives what has their records.
        """
        self._settings = settings
        self._jobs = jobs
        self._database = database
        self._lock = threading.RLock()
        self._recorded: Catalog | None = None
        self._overridden: Catalog | None = None
        self._overrides: _Overrides = {}

    def current(self) -> Catalog:
        """Every job as its record changes it; each new job gets its record.

        Raises:
            CatalogError: The jobs as a whole could not be described.
            StoreError: The database does not answer.
        """
        standing = self._standing()
        described = self._jobs().current(pinned=standing.repositories)
        return self._take(described, standing.overrides)

    def having(self, name: str) -> Catalog:
        """The catalog, or as much of it as is described already after an edit: that job."""
        standing = self._standing()
        with self._lock:
            known = self._known_as(name, standing.overrides)
        if known is None:
            return self.current()
        described = self._jobs().current(known, standing.repositories)
        if described.is_whole:
            return self._take(described, standing.overrides)
        alone = described.get(known.class_path)
        named = described.overridden(standing.overrides)
        if alone is None or alone.name != known.name or name not in named:
            return self.current()
        return named

    def forget(self) -> None:
        """Looks at everything anew."""
        with self._lock:
            self._recorded = self._overridden = None

    def records(self) -> JobRecords:
        """What the database says of the jobs."""
        return JobRecords(self._database())

    def _standing(self) -> Standing:
        return read_standing(self._database())

    def _take(self, described: Catalog, overrides: _Overrides) -> Catalog:
        """A whole catalog as the records of its jobs change it."""
        with self._lock:
            is_new = described is not self._recorded
            if is_new:
                # What is typed into a cell has no record: it is of this notebook alone.
                lasting = [job for job in described.values() if not is_cell(job)]
                self.records().sync(
                    lasting, enable_new=self._enables_new_jobs(), place=self._place()
                )
                self._recorded = described
            if self._overridden is None or is_new or overrides != self._overrides:
                self._overridden = described.overridden(overrides)
                self._overrides = overrides
            return self._overridden

    def _known_as(self, name: str, overrides: _Overrides) -> JobDescription | None:
        """The job that had a name at the last look, or has it since by its record."""
        if self._recorded is None or self._overridden is None:
            return None
        named = self._overridden.get(name)
        if named is None:
            named = self._recorded.overridden(overrides).get(name)
        known: JobDescription | None = named and self._recorded.get(named.class_path)
        return known

    def _place(self) -> str:
        """Where these jobs are, to tell it from where other people have theirs."""
        return f"{self._settings.user}@{socket.gethostname()}:{self._settings.jobs_root}"

    def _enables_new_jobs(self) -> bool:
        if self._settings.enable_new_jobs is not None:
            return self._settings.enable_new_jobs
        return self._database().dialect == "sqlite"


def is_cell(job: JobDescription) -> bool:
    """Whether a job was typed into a notebook; such a job has no record."""
    return job.origin.kind is SourceKind.CELL
