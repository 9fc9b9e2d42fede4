"""Several places of one kind, each described on its own: one that fails takes no other along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jobnb.catalogs.describing.described import DescribedFiles, Environment, Files
from jobnb.catalogs.source import Expert, Found
from jobnb.errors import CatalogError, ChildError, SnapshotError
from jobnb.protocol import FileProblem, Origin, Snapshot
from jobnb.settings import Settings

Place = tuple[Origin, Files]
"""What it is now, and its files: the same object while it is the same place."""


class Places:
    """Knows the jobs in each of some places. One thread at a time finds, any thread asks."""

    def __init__(self, settings: Settings, environment: Environment) -> None:
        """Begins with none.

        Args:
            settings: The limits, and where files are unpacked.
            environment: Gives the environment of a new child.
        """
        self._settings: Final = settings
        self._environment: Final = environment
        self._open: dict[str, tuple[Files, DescribedFiles]] = {}
        self._failed: dict[str, Found] = {}

    def find(self, places: Sequence[Place]) -> tuple[Found, ...]:
        """The jobs in each; what was known of any other place is forgotten."""
        for name in self._open.keys() - {origin.name for origin, _ in places}:
            self._open.pop(name)[1].close()
        return tuple(self._find_in(origin, files) for origin, files in places)

    def expert(self, origin: Origin) -> Expert:
        """Whoever knows the jobs of a place.

        Raises:
            CatalogError: It is gone.
        """
        known = self._open.get(origin.name)
        if known is None:
            raise CatalogError(f"There is no {origin} any more.")
        return known[1]

    def close(self) -> None:
        """Ends every child; the next look starts others."""
        for _, described in self._open.values():
            described.close()

    def _find_in(self, origin: Origin, files: Files) -> Found:
        known = self._open.get(origin.name)
        if known is None or known[0] is not files:
            if known is not None:
                known[1].close()
            known = files, DescribedFiles(files, self._settings, self._environment)
            self._open[origin.name] = known
        try:
            return known[1].find()
        except (SnapshotError, CatalogError, ChildError) as error:
            return self._failure(origin, str(error))

    def _failure(self, origin: Origin, message: str) -> Found:
        """The same object as long as nothing else is wrong."""
        problem = FileProblem(file=origin.name, message=message)
        found = Found(origin=origin, snapshot=Snapshot(digest="", files=()), problems=(problem,))
        if self._failed.get(origin.name) != found:
            self._failed[origin.name] = found
        return self._failed[origin.name]
