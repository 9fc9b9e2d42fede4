"""The workbench: settings, catalog, store and cluster of one process: opened, held and closed."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from jobnb.catalogs.apps import AppSource
from jobnb.catalogs.cells import CellSource
from jobnb.catalogs.discovery import FolderSource, JobsCatalog
from jobnb.catalogs.registry import Catalog
from jobnb.catalogs.repositories import RepositorySource
from jobnb.engine.content import Source
from jobnb.engine.detached import find_cluster
from jobnb.engine.dispatch import Dispatch
from jobnb.engine.housekeeping import CleanupReport, clean_up
from jobnb.engine.inline import InlineLauncher
from jobnb.engine.launcher import DaskLauncher
from jobnb.engine.queues import declared_queues
from jobnb.engine.syncing import Syncing
from jobnb.errors import ConfigurationError
from jobnb.handles import JobHandle, JobResult, ResultList, Runner, Viewer
from jobnb.handles.forms import Form
from jobnb.handles.known import JobName, KnownJobs
from jobnb.handles.listing import parse_status
from jobnb.handles.reruns import inputs_again, kept_inputs
from jobnb.handles.words import parse_duration
from jobnb.protocol import Cleaned, JobDescription, Page, SourceKind
from jobnb.settings import Settings, child_environment, load_settings
from jobnb.store.database import Database, open_database
from jobnb.store.location import default_database_url

if TYPE_CHECKING:
    from distributed import Client


class Workbench:
    """Everything that one process needs to run jobs and to look at what they did.

    Nothing is opened before it is needed: looking at results starts no cluster, and a list of the
    jobs needs no run. All methods may be called from any thread.
    """

    def __init__(self, settings: Settings, viewer: Viewer, client: Client | None = None) -> None:
        """Opens nothing.

        Args:
            settings: Where everything is.
            viewer: How runs are shown in this process.
            client: A Dask client to use instead of ``settings.scheduler``; its owner closes it.
        """
        self.settings = settings
        self._viewer = viewer
        self._client = client
        self._lock = threading.RLock()
        self._database: Database | None = None
        self._where = ""
        self._jobs: JobsCatalog | None = None
        self._dispatch: Dispatch | None = None
        self._inline: tuple[Dispatch, InlineLauncher] | None = None
        self._known = KnownJobs(settings, self._jobs_catalog, self.database)
        self.syncing = Syncing(self.database, settings, child_environment)

    @property
    def where(self) -> str:
        """One sentence for people: where runs are kept."""
        return f"Kept in {self.database().url}.{self._where}"

    def catalog(self) -> Catalog:
        """Every job known now, as its record changes it; an edited file is seen at once.

        Each new job gets its record.

        Raises:
            CatalogError: The jobs folder as a whole could not be described.
            StoreError: The database does not answer.
        """
        return self._known.catalog()

    def describe(self) -> Catalog:
        """The jobs that lie on this machine, without their records: no database is needed.

        Raises:
            CatalogError: The jobs folder as a whole could not be described.
        """
        return self._jobs_catalog().part(SourceKind.FOLDER, SourceKind.APP)

    def catalog_table(self, *, everything: bool = False) -> dict[str, str]:
        """The catalog with what the job records say, as ``text/html`` and ``text/plain``.

        Args:
            everything: Also what is hidden, and what is not installed any more.
        """
        return self._known.table(everything=everything)

    def queues(self) -> list[str]:
        """The queues that the jobs have now, besides the default one.

        Raises:
            CatalogError: The jobs folder as a whole could not be described.
        """
        return declared_queues(self.catalog().values())

    def get_job(self, job: JobName) -> JobHandle:
        """A job by display name, class path, or class name if only one has it; or by its class.

        Raises:
            JobNotFound: There is none; the error knows the nearest names.
            JobNotInstalled: There was one, and its code is gone.
        """
        return JobHandle(self._runner(), self._known.find(job))

    def form(self, job: JobName | JobResult, inputs: Mapping[str, Any]) -> Form:
        """The form of a job, or one with the inputs of a run: those that were kept.

        Raises:
            JobNotFound: There is none of that name, or none any more.
            InvalidInput: There is no input of that name.
        """
        if not isinstance(job, JobResult):
            return self.get_job(job).form(**inputs)
        handle = JobHandle(self._runner(), self._known.job_of(job.record))
        return handle.form(**kept_inputs(handle.description, job.record) | dict(inputs))

    def rerun(self, result: JobResult, changes: Mapping[str, Any]) -> JobResult:
        """A new run with the inputs of another one, some of them changed.

        Raises:
            JobNotFound: The job is gone.
            InvalidInput: They do not fit, or one that is sensitive and was not kept is missing.
        """
        job = self._known.job_of(result.record)

        def find_hidden(inputs: Mapping[str, Any]) -> tuple[str, ...]:
            return self._jobs_catalog().look(job, inputs, ()).hidden

        inputs = inputs_again(job, result.record, changes, find_hidden)
        return JobHandle(self._runner(), job).options(check=result.checks).submit(**inputs)

    def source_now(self, result: JobResult) -> Source:
        """The source of the job of a run, as it is now.

        Raises:
            JobNotFound: There is none any more.
        """
        return self._source(self._known.job_of(result.record))

    def enable(self, name: str, *, enabled: bool = True) -> None:
        """Lets a job run, or not any more; also one whose code is gone, for when it comes back.

        Raises:
            JobNotFound: There is none of that name.
        """
        self._known.enable(name, enabled=enabled)

    def edit(self, name: str, changes: Mapping[str, Any]) -> Any:
        """A form for the record of a job; with changes, they are made, and what is set is given.

        Raises:
            JobNotFound: There is none of that name.
            InvalidSetting: There is no such setting, or a value does not fit; nothing was saved.
        """
        editor = self._known.editor(name)
        return editor.apply(changes) if changes else self._viewer.edit(editor)

    def result(self, run_id: str) -> JobResult:
        """A run by its id, or by the first characters of it if no other begins like that.

        Raises:
            ResultNotFound: There is none, or there are several.
        """
        return self._result(self.dispatch().results.get(str(run_id)).run_id)

    def results(self, **filters: Any) -> ResultList:
        """The newest runs first.

        Args:
            **filters: As ``jobnb.results()`` takes them.

        Raises:
            InvalidSearch: There is no such filter, or a value that it cannot have.
        """
        dispatch = self.dispatch()
        dispatch.observe()
        return ResultList.find(dispatch, filters, self._result)

    def cleanup(
        self,
        older_than: timedelta | str,
        *,
        job: str | None = None,
        status: Sequence[str] = (),
        dry_run: bool = False,
    ) -> CleanupReport:
        """Removes runs that ended long ago, with all that only they needed.

        Runs that work or wait stay, and go on meanwhile.

        Args:
            older_than: How long ago they ended at least; as text ``90d``, ``12h``, ``30m``.
            job: Only runs of the job with this display name.
            status: Only runs in these statuses.
            dry_run: Whether to count only.

        Raises:
            InvalidSearch: A duration or a status is none.
        """
        age = parse_duration(older_than) if isinstance(older_than, str) else older_than
        return clean_up(
            self.database(),
            self.settings,
            age,
            job_name=job,
            statuses=frozenset(map(parse_status, status)) or None,
            dry_run=dry_run,
        )

    def database(self) -> Database:
        """The database, opened at the first call.

        Raises:
            StoreError: It does not answer, or belongs to another version of jobnb.
        """
        with self._lock:
            if self._database is None:
                url = self.settings.database_url
                if url is None:
                    url, note = default_database_url(
                        self.settings.jobs_root, self.settings.state_dir
                    )
                    self._where = f" {note}" if note else ""
                self._database = open_database(url)
            return self._database

    def dispatch(self) -> Dispatch:
        """What starts, watches and cancels runs."""
        with self._lock:
            if self._dispatch is None:
                self._dispatch = Dispatch(self.database(), self.settings, self._make_launcher)
            return self._dispatch

    def inline(self) -> tuple[Dispatch, InlineLauncher]:
        """What runs jobs in this process and thread."""
        with self._lock:
            if self._inline is None:
                launcher = InlineLauncher(self.database(), self.settings)
                made = Dispatch(self.database(), self.settings, lambda: launcher)
                self._inline = made, launcher
            return self._inline

    def rest_viewer(self) -> None:
        """Lets the viewer look at runs no more; its thread has ended then."""
        self._viewer.rest()

    def close(self) -> None:
        """Ends what lives in this process: the default cluster with its runs, and the children."""
        self._viewer.rest()
        with self._lock:
            if self._inline is not None:
                self._inline[0].close()
            if self._dispatch is not None:
                self._dispatch.close()
            if self._jobs is not None:
                self._jobs.close()
            self._dispatch = self._inline = self._jobs = None
            self._known.forget()

    def _make_launcher(self) -> DaskLauncher:
        if self._client is not None:
            return DaskLauncher(self._client, cluster=None, owned=False)
        if self.settings.scheduler is not None:
            return DaskLauncher.at(self.settings.scheduler)
        detached = find_cluster(self.settings)
        if detached is not None:
            return DaskLauncher.at(detached.address, detached.security)
        return DaskLauncher.embedded(self.settings)

    def _runner(self) -> Runner:
        return Runner(
            dispatch=self.dispatch(),
            viewer=self._viewer,
            restart=self,
            upload_limit=self.settings.upload_limit,
            clean=self._clean,
            look=lambda job, inputs, names: self._jobs_catalog().look(job, inputs, names),
            search=self._search,
            find=lambda job: self._known.find(job.class_path),
            source=self._source,
            inline=self.inline,
        )

    def _result(self, run_id: str) -> JobResult:
        return JobResult(self.dispatch(), self._viewer, run_id, restart=self)

    def _search(
        self, job: JobDescription, name: str, text: str, page: int, inputs: Mapping[str, Any]
    ) -> Page:
        return self._jobs_catalog().search(job, name, text, page=page, inputs=inputs)

    def _clean(self, job: JobDescription, inputs: Mapping[str, Any]) -> Cleaned:
        return self._jobs_catalog().clean(job, inputs)

    def _source(self, job: JobDescription) -> Source:
        """The source that describes a job of the catalog."""
        jobs = self._jobs_catalog()
        carried = jobs.carried(job)
        if carried is not None:
            contents = carried.contents
            return Source(carried.snapshot, lambda file: contents[file.digest], carried.code)
        return Source(self._known.last().snapshot_of(job), partial(jobs.read_file, job))

    def _jobs_catalog(self) -> JobsCatalog:
        with self._lock:
            if self._jobs is None:
                sources = (
                    FolderSource(self.settings, child_environment),
                    RepositorySource(self.syncing, self.settings, child_environment),
                    AppSource(self.settings, child_environment),
                    CellSource(self.settings, child_environment),
                )
                self._jobs = JobsCatalog(self.settings.jobs_root, sources)
            return self._jobs


_current: Workbench | None = None
_configured: dict[str, Any] = {}
_lock = threading.RLock()


def _leave_to_parent() -> None:
    """In a forked process: the parent's workbench, with its runs, is the parent's to close."""
    global _current, _lock  # the thread that may hold the lock was not taken along
    _current, _lock = None, threading.RLock()


os.register_at_fork(after_in_child=_leave_to_parent)


def configure(**arguments: Any) -> None:
    """Sets what the workbench of this process will be opened with.

    Args:
        **arguments: Any setting, and ``client``: a ``distributed.Client`` to run jobs with.

    Raises:
        ConfigurationError: A setting is unknown or wrong, or the workbench is in use already.
    """
    with _lock:
        if _current is not None:
            raise ConfigurationError(
                "jobnb is in use already, with the settings it was opened with. Call "
                "jobnb.configure() before the first job, or restart the kernel."
            )
        settings = {key: value for key, value in arguments.items() if key != "client"}
        load_settings(settings)
        _configured.update(arguments)


def current(make_viewer: Callable[[Settings], Viewer]) -> Workbench:
    """The workbench of this process, opened by whoever asks first and closed at exit."""
    global _current  # noqa: PLW0603 - the one workbench of the process
    with _lock:
        if _current is None:
            arguments = dict(_configured)
            client = arguments.pop("client", None)
            settings = load_settings(arguments)
            _current = Workbench(settings, make_viewer(settings), client)
            _close_at_exit()
        return _current


def rest_viewer() -> None:
    """Lets nothing look at runs any more by itself; opens no workbench for that."""
    with _lock:
        bench = _current
    if bench is not None:
        bench.rest_viewer()


def close() -> None:
    """Closes the workbench of this process; the next use opens a new one."""
    global _current
    with _lock:
        bench, _current = _current, None
        _configured.clear()
    if bench is not None:
        bench.close()


@cache
def _close_at_exit() -> None:
    """Closes the workbench when the process ends, while Dask can still do its part.

    Functions of ``atexit`` come too late: by then Python has taken the thread pools away in which a
    cluster of this process works, and Dask complains on the user's screen. What Python itself uses
    to end them comes before; it has no public name (``threading._register_atexit``, since 3.9).
    """
    register = getattr(threading, "_register_atexit", atexit.register)
    register(close)
