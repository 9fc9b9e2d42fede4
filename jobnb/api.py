"""What ``import jobnb`` gives: the functions people call, on the workbench of this process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobnb.catalogs.registry import Catalog
from jobnb.engine.syncing import Synced, SyncReport
from jobnb.handles import JobHandle, JobResult, ResultList
from jobnb.handles.forms import Form
from jobnb.handles.places import RepositoryList
from jobnb.handles.records.known import JobName
from jobnb.notebook.viewers import viewer_for
from jobnb.workbench import current

if TYPE_CHECKING:
    from jobnb.handles.results.comparison import Comparison
    from jobnb.reports.verification import Verification


def run(job: JobName, /, **inputs: Any) -> JobResult:
    """Runs a job, shows its log as it grows, waits for the end and gives the job result.

    An interrupt cancels the run, waits for its end and raises ``KeyboardInterrupt``; a second one
    stops waiting.

    Args:
        job: Display name, class path, or class name if only one job has it; or the class, or the
            function under ``@jobs.job``, itself.
        **inputs: The job's inputs by name; defaults fill in what is missing.

    Raises:
        JobNotFound: There is no such job.
        InvalidInput: The inputs do not fit; nothing was started.
        JobFailed: The run did not end in SUCCESS; it has the ``result``.
    """
    return current.workbench(viewer_for).get_job(job, at_once=True).run(**inputs)


def submit(job: JobName, /, **inputs: Any) -> JobResult:
    """Starts a job and returns at once; ``await`` the result or call its ``wait()``.

    Raises:
        JobNotFound: There is no such job.
        InvalidInput: The inputs do not fit; nothing was started.
    """
    return current.workbench(viewer_for).get_job(job, at_once=True).submit(**inputs)


def form(job: JobName | JobResult, /, **inputs: Any) -> Form:
    """A form to fill in, with a button that runs the job; the last value of a cell shows it.

    Its ``values``, ``errors`` and ``run()`` work without a notebook too.

    Args:
        job: As for ``run()``; or a job result, whose inputs the form begins with. Sensitive ones
            were not kept.
        **inputs: What stands in the form at first, besides the defaults.

    Raises:
        JobNotFound: There is no such job.
        InvalidInput: There is no input of that name.
    """
    return current.workbench(viewer_for).form(job, inputs)


def get_job(job: JobName) -> JobHandle:
    """A job, to be run with ``options()``.

    Raises:
        JobNotFound: There is no such job; the error knows the nearest names.
    """
    return current.workbench(viewer_for).get_job(job)


def catalog() -> Catalog:
    """Every job known now, with the files that could not be read and why."""
    return current.workbench(viewer_for).catalog()


def result(run_id: str) -> JobResult:
    """A run by its id, or by the first characters of it if no other begins like that.

    Raises:
        ResultNotFound: There is none, or there are several.
    """
    return current.workbench(viewer_for).result(run_id)


def results(**filters: Any) -> ResultList:
    """Runs of before, the newest first; in a notebook a table.

    Args:
        **filters: Any of these; a run must pass all of them.

            ``job`` (display name), ``status`` (one or several), ``failed`` (True: FAILURE or LOST),
            ``user``;
            ``since``, ``until``: when it was submitted; a datetime, a date, or a text: ``"2h"``
            (ago), ``"yesterday"``, ``"2026-11-28"``, ``"2026-11-28 14:30"``;
            ``inputs``: names with values, ``{"who": "Ada"}``; of a list one item is enough;
            ``text``: what stands in the log, in letters of any case; the newest million entries are
            read, and the list says how far that went;
            ``run``: only that one, to search in its log;
            ``limit`` (50), and ``before``: a run after which the list goes on.

    Raises:
        InvalidSearch: There is no such filter, or a value that it cannot have.
    """
    return current.workbench(viewer_for).results(**filters)


def compare(a: JobResult | str, b: JobResult | str) -> Comparison:
    """How two runs differ: inputs, source, duration, log, value.

    Args:
        a: A run, or its id; what only it has is marked with ``-``.
        b: Another one; ``+``.

    Raises:
        ResultNotFound: There is none of that id, or there are several.
    """
    from jobnb.handles.results.comparison import Comparison  # with all that it draws

    return Comparison.of(result, a, b)


def verify(path: str | Path) -> Verification:
    """Whether a report (``result.report("disk.ipynb")``) is what the database holds.

    It is true in a condition if so; its ``differences`` name what is not.

    Raises:
        ReportRefused: There is no report of jobnb.
    """
    from jobnb.reports.contents import RunReader
    from jobnb.reports.verification import verify_report

    return verify_report(RunReader(current.workbench(viewer_for).database()), path)


def enable(job: str) -> None:
    """Lets a job run; on a server database a new job waits for this.

    Raises:
        JobNotFound: There is no such job.
    """
    current.workbench(viewer_for).enable(job)


def disable(job: str) -> None:
    """Refuses every run of a job from now on, also of those that wait.

    Raises:
        JobNotFound: There is no such job.
    """
    current.workbench(viewer_for).enable(job, enabled=False)


def add_repository(
    url: str, *, ref: str | None = None, name: str | None = None, token: str | None = None
) -> Synced:
    """Adds a git repository with jobs, pinned to the commit that it has now.

    Its jobs are those that ``jobs.py`` or ``jobs/__init__.py`` registers; they are there at once,
    for everybody who uses this database. Given again it is synced.

    Args:
        url: ``https://``, ``ssh://``, ``git@host:path`` or a local path. Credentials in it are used
            in this process and kept nowhere.
        ref: Branch, tag or whole commit id that a sync looks for; None for the default branch.
        name: The package that the files are in, as ``my_repo.jobs.Sync``; None for the last part of
            the URL.
        token: Where a token is found, as ``env:GIT_TOKEN`` or ``file:/full/path``; None for git's
            own ways (credential helpers, ssh keys).

    Raises:
        RepositoryError: It cannot be had, or the name does not do; nothing is changed then.
    """
    return current.workbench(viewer_for).syncing.add(url, ref, name, token)


def sync(name: str | None = None) -> SyncReport:
    """Pins each git repository, or the one of that name, to the commit that it has now.

    One that cannot be had keeps its commit; the report says why, and ``failed`` has it.

    Raises:
        RepositoryError: There is none of that name.
    """
    return current.workbench(viewer_for).syncing.sync(name)


def repositories() -> RepositoryList:
    """The git repositories with jobs, each with its commit."""
    return RepositoryList(current.workbench(viewer_for).syncing.repositories())


def remove_repository(name: str) -> None:
    """Forgets a git repository; the runs of its jobs keep their source.

    Raises:
        RepositoryError: There is none of that name.
    """
    current.workbench(viewer_for).syncing.remove(name)


def edit(job: str, /, **settings: Any) -> Any:
    """A form for what the job record sets: whether it may run, and what replaces its Meta options.

    With settings they are made at once, for the runs submitted from now on, and what is set then is
    given; the others stay as they are.

    Args:
        job: As for ``run()``.
        **settings: ``enabled``, ``name``, ``grouping``, ``description``, and most Meta options
            (``time_limit`` ...); None lets the value in the code hold again.

    Raises:
        JobNotFound: There is no such job.
        InvalidSetting: There is no such setting, or a value does not fit; nothing was saved.
    """
    return current.workbench(viewer_for).edit(job, settings)


def where() -> str:
    """One sentence that says where runs are kept."""
    return current.workbench(viewer_for).where
