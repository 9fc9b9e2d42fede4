"""Known jobs: found by any of their names, with what became of those that are gone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from jobnb.catalogs.discovery import JobsCatalog
from jobnb.catalogs.registry import Catalog
from jobnb.engine.submitting.content import Source
from jobnb.errors import JobNotFound, JobNotInstalled, RunRefused
from jobnb.handles.records.editing import Desk, JobEditor
from jobnb.handles.records.recorded import RecordedCatalog, is_cell
from jobnb.protocol import CELL_MODULE, FileProblem, JobDescription, SourceKind
from jobnb.rendering.catalog import render_catalog
from jobnb.store.catalog.jobs import JobEdit, JobRecord
from jobnb.store.values import RunRecord

JobName = str | type | Callable[..., Any]
"""Display name, class path, or class name if only one job has it; or the class, or the function
under ``@jobs.job``."""
Found = tuple[JobDescription, Source]
"""A job as its code says at a moment, and what describes it."""


class KnownJobs:
    """The jobs of one workbench, in its catalog and in its database. Safe for any thread."""

    def __init__(
        self, recorded: RecordedCatalog, jobs: Callable[[], JobsCatalog], user: str
    ) -> None:
        """Looks at nothing yet.

        Args:
            recorded: The jobs.
            jobs: Gives what found them, and asks their code.
            user: Who edits their records here.
        """
        self._recorded = recorded
        self._jobs = jobs
        self._user = user

    def table(self, *, everything: bool) -> dict[str, str]:
        """The catalog as ``text/html`` and ``text/plain``; see ``Workbench.catalog_table``."""
        catalog = self._recorded.current()
        jobs, records = tuple(catalog.values()), self._recorded.records().all()
        root = str(catalog.root)
        return render_catalog(jobs, catalog.problems, records, root=root, everything=everything)

    def find(self, job: JobName) -> JobDescription:
        """A job by any of its names, or by its class; of one that is gone, what became of it.

        Raises:
            DeclarationError: It was typed into a cell, and does not fit together.
            RunRefused: It is the class of no job, or one that was defined anew since.
            JobNotFound: There is none; the error knows the nearest names.
            JobNotInstalled: There was one, and its code is gone.
        """
        return self._look_up(job)[0]

    def find_to_run(self, job: JobName) -> Found:
        """A job, and the source that describes it; raises as ``find`` does.

        Raises:
            NotCarried: It was typed into a cell, and uses something that cannot be sent.
        """
        found, catalog = self._look_up(job)
        return found, self._source(found, catalog)

    def job_of(self, record: RunRecord) -> JobDescription:
        """The job of a run, as it is now.

        Raises:
            JobNotFound: There is none any more.
        """
        return self._look_up_again(record)[0]

    def source_of(self, record: RunRecord) -> Source:
        """The source of the job of a run, as it is now.

        Raises:
            JobNotFound: There is none any more.
            NotCarried: It was typed into a cell, and uses something that cannot be sent.
        """
        return self._source(*self._look_up_again(record))

    def enable(self, name: str, *, enabled: bool) -> None:
        """Lets a job run, or not any more; also one whose code is gone, for when it comes back.

        Raises:
            JobNotFound: There is none of that name.
        """
        try:
            path = self._recorded_path(name)
        except JobNotInstalled as gone:
            path = gone.class_path
        edit = JobEdit(changes={"enabled": enabled}, user=self._user)
        self._recorded.records().edit(path, edit)

    def editor(self, name: str) -> JobEditor:
        """The record of a job, to be looked at and edited.

        Raises:
            JobNotFound: There is none of that name.
        """
        path = self._recorded_path(name)
        return JobEditor(
            Desk(
                user=self._user,
                load=lambda: self._load(path),
                save=lambda edit: self._recorded.records().edit(path, edit),
                taken=lambda: [
                    job.name for job in self._recorded.current().values() if job.class_path != path
                ],
            )
        )

    def _look_up(self, job: JobName) -> tuple[JobDescription, Catalog]:
        """A job, and the catalog that has it: another thread may see a later one meanwhile."""
        name = self._name_of(job)
        catalog = self._recorded.having(name)
        try:
            return catalog[name], catalog
        except JobNotFound:
            self._jobs().refuse_faulty(name)
            for record in self._recorded.records().all():
                if name in (record.class_path, record.name, record.setting("name")):
                    why = _why_gone(record, catalog.problems)
                    raise JobNotInstalled(record.name, record.class_path, why) from None
            raise

    def _look_up_again(self, record: RunRecord) -> tuple[JobDescription, Catalog]:
        try:
            return self._look_up(record.class_path)
        except JobNotFound:
            if record.origin.kind is not SourceKind.CELL:
                raise
            why = "it was typed into a notebook cell, which has not run here; the source of the "
            why += f"run shows it: jobnb.result({record.run_id[:8]!r}).source"
            raise JobNotInstalled(record.job_name, record.class_path, why) from None

    def _source(self, job: JobDescription, catalog: Catalog) -> Source:
        jobs = self._jobs()
        carried = jobs.carried(job)
        if carried is not None:
            contents = carried.contents
            return Source(carried.snapshot, lambda file: contents[file.digest], carried.code)
        return Source(catalog.snapshot_of(job), partial(jobs.read_file, job))

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

    def _recorded_path(self, name: str) -> str:
        job = self.find(name)
        if is_cell(job):
            raise RunRefused(
                f"Job {job.name!r} was typed into a notebook cell, so nothing is set of it "
                "elsewhere: change the cell. Every notebook may run its own jobs."
            )
        return job.class_path

    def _load(self, class_path: str) -> tuple[JobDescription, JobRecord]:
        """A job as its code says, and its record."""
        self.find(class_path)  # it has its record from here on
        record = self._recorded.records().get(class_path)
        assert record is not None, "each job of the catalog has one"
        return self._jobs().current()[class_path], record


def _why_gone(record: JobRecord, problems: Iterable[FileProblem]) -> str:
    """What keeps a job that was there from being there, as far as its file tells."""
    module = record.class_path.rpartition(".")[0].replace(".", "/")
    for problem in problems:
        if problem.file in (f"{module}.py", f"{module}/__init__.py"):
            return f"{problem.file}: {problem.message.rstrip('.')}"
    if record.installed:
        return "other people's folders have it, and yours has not"
    return f"its code was last seen on {record.last_seen.astimezone():%Y-%m-%d}"
