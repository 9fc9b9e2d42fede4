"""Installed distributions that offer jobs, by an entry point in the group ``jobnb.jobs``."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import Distribution, distributions
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Final

from jobnb.catalogs.describing.described import Environment
from jobnb.catalogs.files.folder import JobsFolder, Survey
from jobnb.catalogs.files.snapshots import manifest_digest
from jobnb.catalogs.files.walk import Bounds
from jobnb.catalogs.source import Expert, Found
from jobnb.catalogs.sources.places import Places
from jobnb.protocol import Origin, Snapshot, SnapshotFile, SourceKind
from jobnb.settings import Settings

GROUP: Final = "jobnb.jobs"
"""Group of entry points; each one names a module that registers jobs."""


_Seen = tuple[str, int]
"""A folder of the path, and when it changed last."""


@dataclass(frozen=True, kw_only=True)
class App:
    """A distribution, as it is installed now."""

    origin: Origin
    modules: tuple[str, ...]
    """Those that are imported to find its jobs."""


class AppSource:
    """Every installed app. Safe for any thread.

    Runs import what is installed on their worker, which must be the same version; the source that
    they point to is kept to be looked at.
    """

    kind: Final = SourceKind.APP

    def __init__(self, settings: Settings, environment: Environment) -> None:
        """Looks at nothing yet.

        Args:
            settings: The limits, and where files are unpacked.
            environment: Gives the environment of a new child.
        """
        self._settings = settings
        self._places = Places(settings, environment)
        self._lock = threading.Lock()
        self._apps: dict[_Seen, list[App]] = {}
        self._files: list[_AppFiles] = []

    def find(self) -> tuple[Found, ...]:
        """The jobs of each app; see ``JobSource.find``."""
        with self._lock:
            seen = dict.fromkeys(_times_of_path())
            known = self._apps
            if list(known) != list(seen):
                # Python may be run in a folder that changes all the time, and has no distribution.
                apps = {at: known[at] if at in known else apps_in(at[0]) for at in seen}
                self._files = [self._files_of(app) for app in _first_of_each(apps.values())]
                self._apps = apps  # not before: an interrupted look is one that is to be done again
            return self._places.find([(files.app.origin, files) for files in self._files])

    def expert(self, origin: Origin) -> Expert:
        """Whoever knows the jobs of an app.

        Raises:
            CatalogError: It was uninstalled.
        """
        return self._places.expert(origin)

    def close(self) -> None:
        """Ends every child; the next look starts others."""
        with self._lock:
            self._places.close()

    def _files_of(self, app: App) -> _AppFiles:
        known = (files for files in self._files if files.app == app)
        return next(known, None) or _AppFiles(app, self._settings)


def apps_in(place: str) -> list[App]:
    """The distributions with jobs that lie in one folder of the path."""
    found = []
    for distribution in distributions(path=[place]):
        modules = tuple(sorted({*_modules_of(distribution)}))
        name = distribution.metadata["Name"] if modules else None
        if name:
            origin = Origin(kind=SourceKind.APP, name=name, version=distribution.version)
            found.append(App(origin=origin, modules=modules))
    return found


def _first_of_each(found: Iterable[Iterable[App]]) -> list[App]:
    """The apps by name; of two with one name that which comes first on the path counts."""
    apps: dict[str, App] = {}
    for app in chain.from_iterable(found):
        apps.setdefault(app.origin.name, app)
    return [apps[name] for name in sorted(apps)]


def _modules_of(distribution: Distribution) -> Iterator[str]:
    # Looked for as a word first: most have other entry points, and to parse them takes longer.
    if GROUP in (distribution.read_text("entry_points.txt") or ""):
        for point in distribution.entry_points:
            if point.group == GROUP:
                yield point.module


def _times_of_path() -> Iterator[_Seen]:
    """The folders that distributions lie in; installing one changes the time of its folder."""
    for place in sys.path:
        try:
            yield place, os.stat(place or ".").st_mtime_ns  # noqa: PTH116 - before each run
        except OSError:
            continue


class _AppFiles:
    """The Python files of the packages in which the jobs of an app lie."""

    def __init__(self, app: App, settings: Settings) -> None:
        self.app: Final = app
        packages = tuple(sorted({module.partition(".")[0] for module in app.modules}))
        root = _folder_of(packages[0])
        bounds = Bounds(
            most=settings.snapshot_files,
            within=(*packages, *(f"{name}.py" for name in packages)),
            endings=(".py",),
        )
        self._folder = None
        if root is not None:
            self._folder = JobsFolder(
                root, limit=settings.snapshot_limit, bounds=bounds, git_ignores=False
            )

    def survey(self) -> Survey:
        """The files as they are now; an editable app may be edited.

        Of one that is not where it should be there are none: its import will say so.
        """
        empty = Snapshot(digest=manifest_digest(()), files=())
        found = Survey(snapshot=empty, problems=(), contents={})
        if self._folder is not None:
            found = self._folder.survey()
        app = self.app
        return replace(found, origin=app.origin, modules=app.modules, is_installed=True)

    def read(self, file: SnapshotFile) -> bytes:
        """The content of a file; see ``Files.read``."""
        assert self._folder is not None, "there are no files without it"
        return self._folder.read(file)


def _folder_of(package: str) -> Path | None:
    """The folder in which a top-level module or package lies; None if it is not to be found."""
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    places = [Path(place) for place in spec.submodule_search_locations or ()]
    return places[0].parent if places else Path(spec.origin).parent if spec.origin else None
