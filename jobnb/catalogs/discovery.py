"""Discovery: the catalog of all jobs as they are now, from every source of jobs."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from jobnb.catalogs.describing.described import DescribedFiles, Environment
from jobnb.catalogs.files.folder import JobsFolder
from jobnb.catalogs.files.snapshots import manifest_digest
from jobnb.catalogs.files.walk import Bounds
from jobnb.catalogs.registry import Catalog
from jobnb.catalogs.source import Expert, Found, JobSource
from jobnb.catalogs.sources.carrying import Carried
from jobnb.catalogs.sources.cells import CellSource
from jobnb.catalogs.sources.repositories import RepositorySource
from jobnb.protocol import (
    Cleaned,
    JobDescription,
    Look,
    Origin,
    Page,
    Snapshot,
    SnapshotFile,
    SourceKind,
)
from jobnb.protocol.repositories import Repository
from jobnb.settings import Settings


class JobsCatalog:
    """The jobs of some sources, seen anew whenever asked. Safe for any thread."""

    def __init__(self, root: Path, sources: Sequence[JobSource]) -> None:
        """Looks at nothing and starts nothing yet.

        Args:
            root: JOBS_ROOT.
            sources: One of each kind; of two jobs with one class path the earlier one counts.
        """
        self._root = root
        self._sources: Final = {source.kind: source for source in sources}
        self._lock = threading.RLock()
        self._current: Catalog | None = None
        self._found: tuple[Found, ...] = ()

    def current(
        self,
        wanted: JobDescription | None = None,
        pinned: Sequence[Repository] | None = None,
    ) -> Catalog:
        """The catalog as it is now; the same object while nothing changes.

        Args:
            wanted: The one job that is wanted, as an earlier look found it: a catalog that has
                only this one of its place will do, where all of them would take longer. None: all
                are.
            pinned: The git repositories as they are now; None: they are asked for.

        Raises:
            SnapshotError: The jobs folder is too large, or cannot be unpacked.
            CatalogError: The jobs as a whole could not be described.
            ChildError: No child can be started.
        """
        found = tuple(item for kind in self._sources for item in self._find(kind, wanted, pinned))
        if any(item.is_part for item in found):
            return Catalog(self._root, found)
        with self._lock:
            if self._current is None or not _are_same(found, self._found):
                self._current, self._found = Catalog(self._root, found), found
            return self._current

    def _find(
        self,
        kind: SourceKind,
        wanted: JobDescription | None,
        pinned: Sequence[Repository] | None,
    ) -> tuple[Found, ...]:
        source = self._sources[kind]
        if isinstance(source, RepositorySource) and pinned is not None:
            return source.find_in(pinned)
        if isinstance(source, FolderSource) and wanted is not None:
            return (source.find_for(wanted),)
        return source.find()

    def part(self, *kinds: SourceKind) -> Catalog:
        """What only some of the sources have now; raises as ``current`` does."""
        return Catalog(self._root, [item for kind in kinds for item in self._sources[kind].find()])

    def clean(self, job: JobDescription, inputs: Mapping[str, Any]) -> Cleaned:
        """The inputs of a run; see ``Expert.clean``."""
        return self._expert(job).clean(job, inputs)

    def look(self, job: JobDescription, inputs: Mapping[str, Any], names: Sequence[str]) -> Look:
        """How the form of a job looks with these values; see ``Expert.look``."""
        return self._expert(job).look(job, inputs, names)

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
        return self._expert(job).search(job, name, text, page=page, inputs=inputs)

    def read_file(self, job: JobDescription, file: SnapshotFile) -> bytes:
        """The content of a file of the snapshot of a job; see ``Expert.read_file``."""
        return self._expert(job).read_file(file)

    def carried(self, job: JobDescription) -> Carried | None:
        """The code of a job that no worker finds by itself; None for all that are in files.

        Raises:
            NotCarried: It uses something that cannot be sent, or too much data.
        """
        source = self._sources[job.origin.kind]
        return source.carry(job) if isinstance(source, CellSource) else None

    def admit(self, job_class: type) -> None:
        """Makes a class known that was typed into a cell, wherever it is now.

        Raises:
            DeclarationError: It does not fit together.
            RunRefused: It was defined anew since.
        """
        self._cells().admit(job_class)

    def refuse_faulty(self, name: str) -> None:
        """Passes unless a class of that name was typed into a cell, and does not fit together.

        Raises:
            DeclarationError: It was; the message names all that is wrong.
        """
        self._cells().refuse_faulty(name)

    def _cells(self) -> CellSource:
        cells = self._sources[SourceKind.CELL]
        assert isinstance(cells, CellSource), "there is one source of each kind"
        return cells

    def close(self) -> None:
        """Ends every child; the next look starts others."""
        with self._lock:
            self._current = None
            for source in self._sources.values():
                source.close()

    def _expert(self, job: JobDescription) -> Expert:
        return self._sources[job.origin.kind].expert(job.origin)


class FolderSource:
    """JOBS_ROOT as a source of jobs."""

    kind: Final = SourceKind.FOLDER

    def __init__(self, settings: Settings, environment: Environment) -> None:
        """Looks at nothing yet.

        Args:
            settings: Where the folder is, and the limits.
            environment: Gives the environment of a new child.
        """
        self.folder: Final = JobsFolder(
            settings.jobs_root,
            limit=settings.snapshot_limit,
            bounds=Bounds(most=settings.snapshot_files),
        )
        self._described = DescribedFiles(self.folder, settings, environment)

    def find(self) -> tuple[Found, ...]:
        """The jobs in the folder as it is now; see ``JobSource.find``."""
        return (self._described.find(),)

    def find_for(self, wanted: JobDescription) -> Found:
        """The folder, or as much of it as one job needs, where all jobs would take longer.

        Args:
            wanted: The job as an earlier look found it; of this source or of another one.
        """
        if wanted.origin.kind is self.kind:
            return self._described.find(wanted)
        return self._described.known() or Found(origin=Origin(), snapshot=_NOTHING, is_part=True)

    def expert(self, _origin: Origin) -> Expert:
        """There is one folder only."""
        return self._described

    def close(self) -> None:
        """Ends the child; the next look starts another one."""
        self._described.close()


_NOTHING: Final = Snapshot(digest=manifest_digest(()), files=())


def _are_same(some: Sequence[Found], others: Sequence[Found]) -> bool:
    """Whether nothing was found anew."""
    return list(map(id, some)) == list(map(id, others))
