"""The workbench: what people ask of the jobs and runs of one process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from jobnb.catalogs.registry import Catalog
from jobnb.engine.dispatch import Dispatch
from jobnb.engine.housekeeping import CleanupReport, clean_up
from jobnb.engine.launching.queues import declared_queues
from jobnb.engine.syncing import Syncing
from jobnb.handles import JobHandle, JobResult, ResultList, Runner, Viewer
from jobnb.handles.forms import Form
from jobnb.handles.listing import parse_status
from jobnb.handles.records.known import Found, JobName, KnownJobs
from jobnb.handles.records.recorded import RecordedCatalog
from jobnb.handles.reruns import Reruns
from jobnb.handles.words import parse_duration
from jobnb.protocol import JobDescription, SourceKind
from jobnb.settings import Settings
from jobnb.store.database import Database
from jobnb.workbench.parts import Parts

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
        self.settings: Final = settings
        self._viewer = viewer
        self._parts = Parts(settings, client)
        self._recorded = RecordedCatalog(settings, self._parts.jobs, self._parts.database)
        self._known = KnownJobs(self._recorded, self._parts.jobs, settings.user)
        self._reruns = Reruns(self._known, self._parts.jobs, self._handle)

    @property
    def where(self) -> str:
        """For people, in a sentence: where runs are kept; and why there, if that is not plain."""
        return self._parts.where

    @property
    def syncing(self) -> Syncing:
        """The git repositories with jobs: adds, syncs and removes them."""
        return self._parts.syncing

    def catalog(self) -> Catalog:
        """Every job known now, as its record changes it; new ones get one, edits are seen at once.

        Raises:
            CatalogError: The jobs folder as a whole could not be described.
            StoreError: The database does not answer.
        """
        return self._recorded.current()

    def describe(self) -> Catalog:
        """The jobs that lie on this machine, without their records: no database is needed.

        Raises:
            CatalogError: The jobs folder as a whole could not be described.
        """
        return self._parts.jobs().part(SourceKind.FOLDER, SourceKind.APP)

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

    def get_job(self, job: JobName, *, to_run: bool = True, at_once: bool = False) -> JobHandle:
        """A job by display name, class path, or class name if only one has it; or by its class.

        Args:
            job: Which one.
            to_run: Whether it is to be run soon: Dask is loaded while the jobs are described.
            at_once: Whether it is to be run now, as it is found: its first run has no second look.

        Raises:
            JobNotFound: There is none, with the nearest names; ``JobNotInstalled``: not any more.
        """
        if to_run:
            self._parts.foresee_run()
        found = self._known.find_to_run(job) if at_once else None
        return self._handle(found[0] if found else self._known.find(job), found)

    def form(self, job: JobName | JobResult, inputs: Mapping[str, Any]) -> Form:
        """The form of a job, or one with the inputs of a run: those that were kept.

        Raises:
            JobNotFound: There is none of that name, or none any more.
            InvalidInput: There is no input of that name.
        """
        if isinstance(job, JobResult):
            return self._reruns.form(job, inputs)
        return self.get_job(job, to_run=False).form(**inputs)

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
        return self._result(self.dispatch().identify(str(run_id)))

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
            job: Only runs of the job with this display name; None: of any.
            status: Only runs in these statuses; none given: in any.
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
        return self._parts.database()

    def dispatch(self) -> Dispatch:
        """What starts, watches and cancels runs; no cluster is started for it."""
        return self._parts.dispatch()

    def rest_viewer(self) -> None:
        """Lets the viewer look at runs no more; its thread has ended then."""
        self._viewer.rest()

    def close(self) -> None:
        """Ends what lives in this process: the default cluster with its runs, and the children."""
        self._viewer.rest()
        self._parts.close()
        self._recorded.forget()

    def _handle(self, job: JobDescription, found: Found | None = None) -> JobHandle:
        runner = Runner(
            dispatch=self.dispatch(),
            viewer=self._viewer,
            known=self._known,
            jobs=self._parts.jobs,
            reruns=self._reruns,
            inline=self._parts.inline,
            foresee=self._parts.foresee_run,
            upload_limit=self.settings.upload_limit,
        )
        return JobHandle(runner, job, found=found)

    def _result(self, run_id: str) -> JobResult:
        return JobResult(self.dispatch(), self._viewer, run_id, reruns=self._reruns)
