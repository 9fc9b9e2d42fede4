"""Files with jobs in them, seen anew whenever asked, described anew by a child if one has changed.

No job code runs in this process.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

from jobnb.catalogs.describing.ahead import Ahead
from jobnb.catalogs.describing.describer import Describer
from jobnb.catalogs.describing.importing import Task
from jobnb.catalogs.describing.reach import BrokenModules
from jobnb.catalogs.files.folder import Survey
from jobnb.catalogs.files.snapshots import SourceChanged, unpack, verified
from jobnb.catalogs.growing.soils import installed_marks
from jobnb.catalogs.source import Found
from jobnb.errors import SnapshotError
from jobnb.protocol import Cleaned, JobDescription, Look, Page, SnapshotFile
from jobnb.settings import Settings

LOOKS: Final = 5
"""How often files are looked at that change between two looks."""

Environment = Callable[[], Mapping[str, str]]
"""Gives the environment of a new child."""


class Files(Protocol):
    """Job files in one place. One thread at a time."""

    def survey(self) -> Survey:
        """The files as they are now.

        Raises:
            SnapshotError: They are too many or too large.
        """

    def read(self, file: SnapshotFile) -> bytes:
        """The content of a file of the last survey.

        Raises:
            SourceChanged: The file has another content now, or is gone.
        """


class DescribedFiles:
    """The jobs in some files: an ``Expert``, and what finds them. Safe for any thread."""

    def __init__(self, files: Files, settings: Settings, environment: Environment) -> None:
        """Looks at nothing and starts nothing yet.

        Args:
            files: Where the jobs are.
            settings: The limits, and where files are unpacked.
            environment: Gives the environment of a new child.
        """
        self._cache_dir = settings.cache_dir
        self._files = files
        make_describer = partial(
            Describer,
            import_limit=settings.describe_time_limit,
            answer_limit=settings.answer_time_limit,
            memory_limit=settings.describe_memory_limit,
            environment=environment,
            uses_templates=settings.templates > 0,
            broken=BrokenModules(),
        )
        self._describer = make_describer()
        self._ahead = Ahead(make_describer(), self.find)
        self._lock = threading.RLock()
        self._files_lock = threading.Lock()
        self._known: tuple[object, Found] | None = None
        self._is_lonely = False
        self._unpacked: list[Path] = []

    def find(self, wanted: JobDescription | None = None) -> Found:
        """The jobs as they are now; the same object while nothing changes.

        Args:
            wanted: The one job that is wanted, as an earlier look found it: of files that have
                changed only this one may be found then, while the others are still described.
                None: all are.

        Raises:
            SnapshotError: The files are too large, or cannot be unpacked.
            CatalogError: The describing child ended although no file was being imported.
            ChildError: No child can be started.
        """
        if wanted is not None and not self._is_lonely:
            found = self.known() or self._find_ahead(wanted)
            if found is not None:
                return found
        with self._lock:
            return self.known() or self._find_all()

    def clean(self, job: JobDescription, inputs: Mapping[str, Any]) -> Cleaned:
        """The inputs of a run; see ``Expert.clean``."""
        return self._describer_of(job).clean(job, inputs)

    def look(self, job: JobDescription, inputs: Mapping[str, Any], names: Sequence[str]) -> Look:
        """How the form of a job looks with these values; see ``Expert.look``."""
        return self._describer_of(job).look(job, inputs, names)

    def search(
        self,
        job: JobDescription,
        name: str,
        text: str,
        *,
        page: int = 0,
        inputs: Mapping[str, Any] | None = None,
    ) -> Page:
        """The objects that an input could have; see ``Expert.search``."""
        return self._describer_of(job).search(job, name, text, page=page, inputs=inputs)

    def read_file(self, file: SnapshotFile) -> bytes:
        """The content of a file of this or an earlier snapshot.

        Raises:
            SnapshotError: It was removed from the cache, and the original has changed.
        """
        for folder in reversed(self._unpacked):
            try:
                return verified((folder / file.path).read_bytes(), file)
            except (OSError, SourceChanged):
                continue
        try:
            return self._files.read(file)
        except SourceChanged as error:
            raise SnapshotError(
                f"{file.path} was removed from {self._cache_dir}, and the original has changed "
                "since. Ask for the job again."
            ) from error

    def close(self) -> None:
        """Ends the child; the next look starts another one."""
        self._ahead.begin_closing()
        self._describer.halt()
        self._ahead.close()
        with self._lock:
            self._known = None
            self._describer.close()

    def known(self) -> Found | None:
        """What the last look found, if nothing has changed since."""
        known = self._known
        if known is None or known[0] != self._marks_of(self._survey()):
            return None
        return known[1]

    def _find_all(self) -> Found:
        self._known = None
        survey, folder = self._unpack(self._survey())
        described = self._describer.describe(_task(survey, folder))
        found = Found(
            origin=survey.origin,
            snapshot=survey.snapshot,
            jobs=tuple(replace(job, origin=survey.origin) for job in described.jobs),
            problems=(*survey.problems, *described.problems),
        )
        marks = self._marks_of(survey)
        self._known = marks, found
        self._is_lonely = _is_lonely(found)
        self._ahead.forget(marks)
        return found

    def _find_ahead(self, wanted: JobDescription) -> Found | None:
        survey, folder = self._unpack(self._survey())
        job = self._ahead.find(wanted, _task(survey, folder), self._marks_of(survey))
        if job is None:
            return None
        jobs = (replace(job, origin=survey.origin),)
        return Found(origin=survey.origin, snapshot=survey.snapshot, jobs=jobs, is_part=True)

    def _describer_of(self, job: JobDescription) -> Describer:
        return self._ahead.describer if self._ahead.knows(job) else self._describer

    def _survey(self) -> Survey:
        with self._files_lock:
            return self._files.survey()

    def _unpack(self, survey: Survey) -> tuple[Survey, Path]:
        """Unpacks what was seen; what has changed in that moment is looked at again."""
        for _ in range(LOOKS):
            try:
                folder = unpack(survey.snapshot, self._cache_dir, partial(self._fetch, survey))
            except SourceChanged:
                survey = self._survey()
                continue
            if folder not in self._unpacked:
                self._unpacked.append(folder)
            return survey, folder
        raise SnapshotError(f"The files in {survey.snapshot.root} change all the time.")

    def _fetch(self, survey: Survey, file: SnapshotFile) -> bytes:
        content = survey.contents.get(file.digest)
        return self._files.read(file) if content is None else content

    def _marks_of(self, survey: Survey) -> object:
        """What makes another description necessary: the files, or what they can import."""
        snapshot = survey.snapshot
        return (
            *(snapshot.digest, snapshot.root, survey.problems, survey.origin, survey.modules),
            installed_marks(),
        )


def _is_lonely(found: Found) -> bool:
    """Whether there is one file with jobs only: none can be described ahead of the others then."""
    files = {job.file for job in found.jobs} | {problem.file for problem in found.problems}
    return len({file.partition("/")[0] for file in files}) <= 1


def _task(survey: Survey, folder: Path) -> Task:
    return Task(
        snapshot=survey.snapshot,
        folder=Path(survey.snapshot.root) if survey.is_installed else folder,
        modules=survey.modules,
        is_installed=survey.is_installed,
        surroundings=installed_marks(),
    )
