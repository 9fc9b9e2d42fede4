"""Known jobs: those of the catalog, with what their records say of them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from jobnb.catalogs.discovery import JobsCatalog
from jobnb.catalogs.registry import Catalog
from jobnb.engine.content import Source
from jobnb.errors import JobNotFound, JobNotInstalled, RunRefused
from jobnb.handles.editing import Desk, JobEditor
from jobnb.protocol import CELL_MODULE, FileProblem, JobDescription, SourceKind
from jobnb.rendering.catalog import render_catalog
from jobnb.settings import Settings
from jobnb.store.database import Database
from jobnb.store.jobs import JobEdit, JobRecord
from jobnb.store.records import JobRecords
from jobnb.store.values import RunRecord

JobName = str | type | Callable[..., Any]
"""Display name, class path, or class name if only one job has it; or the class, or the function
under ``@jobs.job``."""


class KnownJobs:
    """The jobs of one workbench, in its catalog and in its database. Safe for any thread."""

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
        self._last: Catalog | None = None
        self._overrides: dict[str, dict[str, Any]] = {}

    def catalog(self) -> Catalog:
        """Every job as its record changes it; each new job gets its record.

        Raises:
            CatalogError: The jobs as a whole could not be described.
            StoreError: The database does not answer.
        """
        return self._take(self._jobs().current())

    def _take(self, described: Catalog) -> Catalog:
        """A whole catalog as the records of its jobs change it."""
        with self._lock:
            is_new = described is not self._recorded
            if is_new:
                # What is typed into a cell has no record: it is of this notebook alone.
                lasting = [job for job in described.values() if not _is_cell(job)]
                self._records().sync(
                    lasting, enable_new=self._enables_new_jobs(), place=self._place()
                )
                self._recorded = described
            overrides = self._records().overrides()
            if self._overridden is None or is_new or overrides != self._overrides:
                self._overridden = described.overridden(overrides)
                self._overrides = overrides
            self._last = self._overridden
            return self._overridden

    def last(self) -> Catalog:
        """The catalog as the last look found it, for who has just had a job out of it."""
        return self._last or self.catalog()

    def _catalog_with(self, name: str) -> Catalog:
        """The catalog, or as much of it as is described already after an edit: that job."""
        with self._lock:
            known = self._known_as(name)
        if known is None:
            return self.catalog()
        described = self._jobs().current(known)
        if described.is_whole:
            return self._take(described)
        alone = described.get(known.class_path)
        named = described.overridden(self._records().overrides())
        if alone is None or alone.name != known.name or name not in named:
            return self.catalog()
        self._last = named
        return named

    def _known_as(self, name: str) -> JobDescription | None:
        """The job that had a name at the last look, or has it since by its record."""
        if self._recorded is None or self._overridden is None:
            return None
        named = self._overridden.get(name)
        if named is None:
            named = self._recorded.overridden(self._records().overrides()).get(name)
        known: JobDescription | None = named and self._recorded.get(named.class_path)
        return known

    def table(self, *, everything: bool) -> dict[str, str]:
        """The catalog as ``text/html`` and ``text/plain``; see ``Workbench.catalog_table``."""
        catalog = self.catalog()
        jobs, records = tuple(catalog.values()), self._records().all()
        return render_catalog(jobs, catalog.problems, records, everything=everything)

    def find(self, job: JobName) -> JobDescription:
        """A job by any of its names, or by its class; of one that is gone, what became of it.

        Raises:
            DeclarationError: It was typed into a cell, and does not fit together.
            RunRefused: It is the class of no job, or one that was defined anew since.
            JobNotFound: There is none; the error knows the nearest names.
            JobNotInstalled: There was one, and its code is gone.
        """
        name = self._name_of(job)
        catalog = self._catalog_with(name)
        try:
            return catalog[name]
        except JobNotFound:
            self._jobs().refuse_faulty(name)
            for record in self._records().all():
                if name in (record.class_path, record.name, record.setting("name")):
                    why = _why_gone(record, catalog.problems)
                    raise JobNotInstalled(record.name, record.class_path, why) from None
            raise

    def job_of(self, record: RunRecord) -> JobDescription:
        """The job of a run, as it is now.

        Raises:
            JobNotFound: There is none any more.
        """
        try:
            return self.find(record.class_path)
        except JobNotFound:
            if record.origin.kind is not SourceKind.CELL:
                raise
            why = "it was typed into a notebook cell, which has not run here; the source of the "
            why += f"run shows it: jobnb.result({record.run_id[:8]!r}).source"
            raise JobNotInstalled(record.job_name, record.class_path, why) from None

    def source_of(self, job: JobDescription) -> Source:
        """The source that describes a job which was just found.

        Raises:
            NotCarried: It was typed into a cell, and uses something that cannot be sent.
        """
        jobs = self._jobs()
        carried = jobs.carried(job)
        if carried is not None:
            contents = carried.contents
            return Source(carried.snapshot, lambda file: contents[file.digest], carried.code)
        return Source(self.last().snapshot_of(job), partial(jobs.read_file, job))

    def _name_of(self, job: JobName) -> str:
        if isinstance(job, str):
            return job
        job_class = getattr(job, "job_class", job)
        path = getattr(job_class, "class_path", None)
        if not isinstance(job_class, type) or not isinstance(path, str):
            raise RunRefused(f"{job!r} is no job. Give the name of one, or its class.")
        if job_class.__module__ == CELL_MODULE:
            self._jobs().admit(job_class)
        return path

    def enable(self, name: str, *, enabled: bool) -> None:
        """Lets a job run, or not any more; also one whose code is gone, for when it comes back.

        Raises:
            JobNotFound: There is none of that name.
        """
        try:
            path = self._recorded_path(name)
        except JobNotInstalled as gone:
            path = gone.class_path
        edit = JobEdit(changes={"enabled": enabled}, user=self._settings.user)
        self._records().edit(path, edit)

    def editor(self, name: str) -> JobEditor:
        """The record of a job, to be looked at and edited.

        Raises:
            JobNotFound: There is none of that name.
        """
        path = self._recorded_path(name)
        return JobEditor(
            Desk(
                user=self._settings.user,
                load=lambda: self._load(path),
                save=lambda edit: self._records().edit(path, edit),
                taken=lambda: [
                    job.name for job in self.catalog().values() if job.class_path != path
                ],
            )
        )

    def _recorded_path(self, name: str) -> str:
        job = self.find(name)
        if _is_cell(job):
            raise RunRefused(
                f"Job {job.name!r} was typed into a notebook cell, so nothing is set of it "
                "elsewhere: change the cell. Every notebook may run its own jobs."
            )
        return job.class_path

    def forget(self) -> None:
        """Looks at everything anew."""
        with self._lock:
            self._recorded = self._overridden = self._last = None

    def _load(self, class_path: str) -> tuple[JobDescription, JobRecord]:
        """A job as its code says, and its record."""
        self.find(class_path)  # it has its record from here on
        record = self._records().get(class_path)
        assert record is not None, "each job of the catalog has one"
        return self._jobs().current()[class_path], record

    def _place(self) -> str:
        """Where these jobs are, to tell it from where other people have theirs."""
        return f"{self._settings.user}@{socket.gethostname()}:{self._settings.jobs_root}"

    def _records(self) -> JobRecords:
        return JobRecords(self._database())

    def _enables_new_jobs(self) -> bool:
        if self._settings.enable_new_jobs is not None:
            return self._settings.enable_new_jobs
        return self._database().dialect == "sqlite"


def _is_cell(job: JobDescription) -> bool:
    return job.origin.kind is SourceKind.CELL


def _why_gone(record: JobRecord, problems: Iterable[FileProblem]) -> str:
    """What keeps a job that was there from being there, as far as its file tells."""
    module = record.class_path.rpartition(".")[0].replace(".", "/")
    for problem in problems:
        if problem.file in (f"{module}.py", f"{module}/__init__.py"):
            return f"{problem.file}: {problem.message.rstrip('.')}"
    if record.installed:
        return "other people's folders have it, and yours has not"
    return f"its code was last seen on {record.last_seen.astimezone():%Y-%m-%d}"
