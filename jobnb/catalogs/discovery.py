"""Discovery: the catalog of the jobs folder as it is now, and the questions that go with it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from jobnb.catalogs.describer import Describer
from jobnb.catalogs.folder import JobsFolder, Survey
from jobnb.catalogs.nursery import installed_marks
from jobnb.catalogs.registry import Catalog
from jobnb.catalogs.snapshots import SourceChanged, unpack, verified
from jobnb.errors import SnapshotError
from jobnb.protocol import Cleaned, JobDescription, Look, Page, SnapshotFile
from jobnb.settings import Settings

LOOKS: Final = 5
"""How often a folder is looked at whose files change between two looks."""


class JobsCatalog:
    """The jobs in one folder: seen anew whenever asked, described anew if a file has changed.

    Safe for any thread; no job code runs in this process.
    """

    def __init__(self, settings: Settings, *, environment: Callable[[], Mapping[str, str]]) -> None:
        """Looks at nothing and starts nothing yet.

        Args:
            settings: Where the folder is, and the limits.
            environment: Gives the environment of a new child.
        """
        self._cache_dir = settings.cache_dir
        self._folder = JobsFolder(
            settings.jobs_root, limit=settings.snapshot_limit, max_files=settings.snapshot_files
        )
        self._describer = Describer(
            import_limit=settings.describe_time_limit,
            answer_limit=settings.answer_time_limit,
            environment=environment,
            uses_templates=settings.templates > 0,
        )
        self._lock = threading.RLock()
        self._current: Catalog | None = None
        self._seen: object = None
        self._unpacked: list[Path] = []

    def current(self) -> Catalog:
        """The catalog of the folder as it is now; the same object while nothing changes.

        Raises:
            SnapshotError: The folder is too large, or cannot be unpacked.
            CatalogError: The describing child ended although no file was being imported.
            ChildError: No child can be started.
        """
        with self._lock:
            survey = self._folder.survey()
            if self._current is None or self._seen != _marks_of(survey):
                self._current = None
                survey, folder = self._unpack(survey)
                self._current = self._describe(survey, folder)
                self._seen = _marks_of(survey)
            return self._current

    def clean(self, job: JobDescription, inputs: Mapping[str, Any]) -> Cleaned:
        """The inputs of a run, checked and completed by the job's own variables.

        Raises:
            InvalidInput: Some do not fit; all complaints at once.
            ChildError: The job's code ended the child, hangs, or failed.
        """
        return self._describer.clean(job, inputs)

    def look(self, job: JobDescription, inputs: Mapping[str, Any], names: Sequence[str]) -> Look:
        """How the form of a job looks with these values; see ``Describer.look``."""
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
        """The objects that an input could have; see ``Describer.search``."""
        return self._describer.search(job, name, text, page=page, inputs=inputs)

    def read_file(self, file: SnapshotFile) -> bytes:
        """The content of a file of this or an earlier catalog's snapshot.

        Raises:
            SnapshotError: It was removed from the cache.
        """
        for folder in (*reversed(self._unpacked), self._folder.root):
            try:
                return verified((folder / file.path).read_bytes(), file)
            except (OSError, SourceChanged):
                continue
        raise SnapshotError(
            f"{file.path} was removed from {self._cache_dir}, and has changed in "
            f"{self._folder.root} since. Ask for the job again."
        )

    def close(self) -> None:
        """Ends the child; the next look starts another one."""
        with self._lock:
            self._current = None
            self._describer.close()

    def _describe(self, survey: Survey, folder: Path) -> Catalog:
        found = self._describer.describe(survey.snapshot, folder)
        return Catalog(survey.snapshot, found.jobs, (*survey.problems, *found.problems))

    def _unpack(self, survey: Survey) -> tuple[Survey, Path]:
        """Unpacks what was seen; what has changed in that moment is looked at again."""
        for _ in range(LOOKS):
            try:
                folder = unpack(survey.snapshot, self._cache_dir, partial(self._fetch, survey))
            except SourceChanged:
                survey = self._folder.survey()
                continue
            if folder not in self._unpacked:
                self._unpacked.append(folder)
            return survey, folder
        raise SnapshotError(f"The files in {self._folder.root} change all the time.")

    def _fetch(self, survey: Survey, file: SnapshotFile) -> bytes:
        content = survey.contents.get(file.digest)
        return self._folder.read(file) if content is None else content


def _marks_of(survey: Survey) -> object:
    """What makes another description necessary: the files, or the packages they can import."""
    return survey.snapshot.digest, survey.problems, installed_marks()
