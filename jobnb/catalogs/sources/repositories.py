"""The git repositories that somebody has added, as a source of jobs."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

from jobnb.catalogs.describing.described import Environment
from jobnb.catalogs.files.folder import Survey
from jobnb.catalogs.files.snapshots import SourceChanged, verified
from jobnb.catalogs.git.pulling import root_of
from jobnb.catalogs.source import Expert, Found
from jobnb.catalogs.sources.places import Places
from jobnb.errors import SnapshotError
from jobnb.protocol import Origin, Snapshot, SnapshotFile, SourceKind
from jobnb.protocol.repositories import Repository
from jobnb.settings import Settings


class Pins(Protocol):
    """Knows to which commits repositories are pinned, and has their files."""

    def repositories(self) -> Sequence[Repository]:
        """All of them, by name."""

    def load(self, digest: str) -> Snapshot:
        """The files of one.

        Raises:
            SnapshotError: They are not there.
        """

    def blob(self, digest: str) -> bytes:
        """The content of a file.

        Raises:
            SnapshotError: It is not there.
        """


class RepositorySource:
    """Every repository, each at the commit that it is pinned to. Safe for any thread.

    The files come out of the database: who looks at the jobs needs neither git nor credentials.
    """

    kind: Final = SourceKind.GIT

    def __init__(self, pins: Pins, settings: Settings, environment: Environment) -> None:
        """Looks at nothing yet.

        Args:
            pins: The repositories.
            settings: The limits, and where files are unpacked.
            environment: Gives the environment of a new child.
        """
        self._pins = pins
        self._places = Places(settings, environment)
        self._lock = threading.Lock()
        self._files: dict[str, _PinnedFiles] = {}

    def find(self) -> tuple[Found, ...]:
        """The jobs of each repository; see ``JobSource.find``."""
        return self.find_in(self._pins.repositories())

    def find_in(self, repositories: Sequence[Repository]) -> tuple[Found, ...]:
        """The jobs of these repositories, which are all that there are now."""
        with self._lock:
            self._files = {item.name: self._files_of(item) for item in repositories}
            return self._places.find(
                [(item.origin, self._files[item.name]) for item in repositories]
            )

    def expert(self, origin: Origin) -> Expert:
        """Whoever knows the jobs of a repository.

        Raises:
            CatalogError: It was removed.
        """
        return self._places.expert(origin)

    def close(self) -> None:
        """Ends every child; the next look starts others."""
        with self._lock:
            self._places.close()

    def _files_of(self, repository: Repository) -> _PinnedFiles:
        files = self._files.get(repository.name) or _PinnedFiles(self._pins, repository)
        files.repository = repository
        return files


class _PinnedFiles:
    """The files of a repository at the commit that it is pinned to now."""

    def __init__(self, pins: Pins, repository: Repository) -> None:
        self.repository = repository
        self._pins = pins
        self._snapshot: Snapshot | None = None

    def survey(self) -> Survey:
        """The files; read out of the database only if the pin has moved."""
        repository = self.repository
        if self._snapshot is None or self._snapshot.digest != repository.snapshot:
            self._snapshot = self._pins.load(repository.snapshot)
        return Survey(
            snapshot=replace(self._snapshot, root=root_of(repository.commit)),
            problems=repository.problems,
            contents={},
            origin=repository.origin,
            modules=(f"{repository.name}.jobs",),
        )

    def read(self, file: SnapshotFile) -> bytes:
        """The content of a file; the database keeps those of earlier commits that a run had.

        Raises:
            SourceChanged: It is gone.
        """
        try:
            return verified(self._pins.blob(file.digest), file)
        except SnapshotError as error:
            raise SourceChanged(str(error)) from error
