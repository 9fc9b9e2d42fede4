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

from jobnb.catalogs.describer import Describer
from jobnb.catalogs.describing import Task
from jobnb.catalogs.folder import Survey
from jobnb.catalogs.nursery import installed_marks
from jobnb.catalogs.snapshots import SourceChanged, unpack, verified
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
        self._describer = Describer(
            import_limit=settings.describe_time_limit,
            answer_limit=settings.answer_time_limit,
            memory_limit=settings.describe_memory_limit,
            environment=environment,
            uses_templates=settings.templates > 0,
        )
        self._lock = threading.RLock()
        self._current: Found | None = None
        self._seen: object = None
        self._unpacked: list[Path] = []

    def find(self) -> Found:
        """The jobs as they are now; the same object while nothing changes.

        Raises:
            SnapshotError: The files are too large, or cannot be unpacked.
            CatalogError: The describing child ended although no file was being imported.
            ChildError: No child can be started.
        """
        with self._lock:
            survey = self._files.survey()
            if self._current is None or self._seen != self._marks_of(survey):
                self._current = None
                survey, folder = self._unpack(survey)
                self._current = self._describe(survey, folder)
                self._seen = self._marks_of(survey)
            return self._current

    def clean(self, job: JobDescription, inputs: Mapping[str, Any]) -> Cleaned:
        """The inputs of a run; see ``Expert.clean``."""
        return self._describer.clean(job, inputs)

    def look(self, job: JobDescription, inputs: Mapping[str, Any], names: Sequence[str]) -> Look:
        """How the form of a job looks with these values; see ``Expert.look``."""
        return self._describer.look(job, inputs, names)

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
        return self._describer.search(job, name, text, page=page, inputs=inputs)

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
        with self._lock:
            self._current = None
            self._describer.close()

    def _describe(self, survey: Survey, folder: Path) -> Found:
        task = Task(
            snapshot=survey.snapshot,
            folder=Path(survey.snapshot.root) if survey.is_installed else folder,
            modules=survey.modules,
            is_installed=survey.is_installed,
            surroundings=installed_marks(),
        )
        described = self._describer.describe(task)
        return Found(
            origin=survey.origin,
            snapshot=survey.snapshot,
            jobs=tuple(replace(job, origin=survey.origin) for job in described.jobs),
            problems=(*survey.problems, *described.problems),
        )

    def _unpack(self, survey: Survey) -> tuple[Survey, Path]:
        """Unpacks what was seen; what has changed in that moment is looked at again."""
        for _ in range(LOOKS):
            try:
                folder = unpack(survey.snapshot, self._cache_dir, partial(self._fetch, survey))
            except SourceChanged:
                survey = self._files.survey()
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
