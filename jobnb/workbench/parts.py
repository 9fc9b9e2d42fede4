"""The parts of a workbench: each is opened when it is needed first, held, and closed at the end."""

from __future__ import annotations

import sys
import threading
from importlib import import_module
from typing import TYPE_CHECKING, Final

from jobnb.catalogs.discovery import FolderSource, JobsCatalog
from jobnb.catalogs.sources.apps import AppSource
from jobnb.catalogs.sources.cells import CellSource
from jobnb.catalogs.sources.repositories import RepositorySource
from jobnb.engine.dispatch import Dispatch
from jobnb.engine.syncing import Syncing
from jobnb.garbage import swiftly
from jobnb.settings import Settings, child_environment
from jobnb.store.database import Database, open_database
from jobnb.store.opening.location import default_database_url

if TYPE_CHECKING:
    from distributed import Client

    from jobnb.engine.attempts.inline import InlineLauncher
    from jobnb.engine.launching.launcher import DaskLauncher

_CLUSTERS: Final = "jobnb.engine.launching.clusters"


class Parts:
    """Database, sources of jobs and launchers of one workbench. Safe for any thread."""

    def __init__(self, settings: Settings, client: Client | None) -> None:
        """Opens nothing.

        Args:
            settings: Where everything is.
            client: A Dask client to use instead of ``settings.scheduler``; its owner closes it.
        """
        self._settings = settings
        self._client = client
        self._lock = threading.RLock()
        self._database: Database | None = None
        self._note = ""
        self._is_foreseen = _CLUSTERS in sys.modules
        self._jobs: JobsCatalog | None = None
        self._dispatch: Dispatch | None = None
        self._inline: tuple[Dispatch, InlineLauncher] | None = None
        self.syncing: Final = Syncing(self.database, settings, child_environment)

    @property
    def where(self) -> str:
        """For people, in a sentence: where runs are kept; and why there, if that is not plain."""
        return f"Kept in {self.database().url}.{self._note}"

    def database(self) -> Database:
        """The database, opened at the first call.

        Raises:
            StoreError: It does not answer, or belongs to another version of jobnb.
        """
        with self._lock:
            if self._database is None:
                url = self._settings.database_url
                if url is None:
                    url, note = default_database_url(
                        self._settings.jobs_root, self._settings.state_dir
                    )
                    self._note = f" {note}" if note else ""
                self._database = open_database(url)
            return self._database

    def jobs(self) -> JobsCatalog:
        """What finds the jobs, and asks their code."""
        with self._lock:
            if self._jobs is None:
                sources = (
                    FolderSource(self._settings, child_environment),
                    RepositorySource(self.syncing, self._settings, child_environment),
                    AppSource(self._settings, child_environment),
                    CellSource(self._settings, child_environment),
                )
                self._jobs = JobsCatalog(self._settings.jobs_root, sources)
            return self._jobs

    def dispatch(self) -> Dispatch:
        """What starts, watches and cancels runs."""
        with self._lock:
            if self._dispatch is None:
                self._dispatch = Dispatch(self.database(), self._settings, self._make_launcher)
            return self._dispatch

    def inline(self) -> tuple[Dispatch, InlineLauncher]:
        """What runs jobs in this process and thread."""
        with self._lock:
            if self._inline is None:
                # Here, as only who debugs loads what performs jobs.
                from jobnb.engine.attempts.inline import InlineLauncher

                launcher = InlineLauncher(self.database(), self._settings)
                made = Dispatch(self.database(), self._settings, lambda: launcher)
                self._inline = made, launcher
            return self._inline

    def foresee_run(self) -> None:
        """A run may be started soon: Dask is imported meanwhile, on a thread of its own.

        While the jobs are described, for example, which is another process's work.
        """
        if not self._is_foreseen:
            self._is_foreseen = True
            threading.Thread(target=_load_launcher, name="jobnb-ahead", daemon=True).start()

    def close(self) -> None:
        """Ends what lives in this process: the default cluster with its runs, and the children."""
        with self._lock:
            if self._inline is not None:
                self._inline[0].close()
            if self._dispatch is not None:
                self._dispatch.close()
            if self._jobs is not None:
                self._jobs.close()
            self._dispatch = self._inline = self._jobs = None

    def _make_launcher(self) -> DaskLauncher:
        # Here, as who only looks at runs needs no Dask.
        from jobnb.engine.detached import find_cluster
        from jobnb.engine.launching.clusters import open_default, reach
        from jobnb.engine.launching.launcher import DaskLauncher

        if self._client is not None:
            return DaskLauncher(self._client, cluster=None, owned=False)
        if self._settings.scheduler is not None:
            return reach(self._settings.scheduler)
        detached = find_cluster(self._settings)
        if detached is not None:
            return reach(detached.address, detached.security)
        return open_default(self._settings)


def _load_launcher() -> None:
    with swiftly():
        import_module(_CLUSTERS)
