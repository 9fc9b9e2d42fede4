"""The doctor: looks at everything that jobnb needs here, and says in plain lines how it is."""

from __future__ import annotations

import platform
import resource
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import psutil

from jobnb.engine.detached import find_cluster
from jobnb.engine.hosts.leftovers import find_leftovers
from jobnb.engine.hosts.presence import is_gone
from jobnb.engine.launching.clusters import reach
from jobnb.engine.launching.launcher import DaskLauncher
from jobnb.errors import JobnbError
from jobnb.protocol import RunOrder
from jobnb.store.care.workers import Workers
from jobnb.store.checking.checkup import examine, has_database
from jobnb.store.checking.findings import Finding, Level, fine, problem, warning
from jobnb.store.opening.location import default_database_url
from jobnb.store.results import Results
from jobnb.workbench import Workbench

PACKAGES: Final = ("jobnb", "dask", "distributed", "sqlalchemy", "alembic", "ipython", "anywidget")
FILES_PER_RUN: Final = 16
"""Descriptors that a worker needs for one run: pipes, the notice of its end, files it reads."""
FILES_AT_LEAST: Final = 256
"""Descriptors that a process with a cluster needs besides."""

LONG: Final = 90 * 24 * 3600.0
"""Seconds after which an unpacked snapshot that nobody used is worth a line."""

__all__ = ["Finding", "Level", "diagnose"]


def diagnose(bench: Workbench) -> Iterator[Finding]:
    """Everything that was looked at, as it is found; what cannot be looked at is a finding."""
    checks: tuple[Callable[[Workbench], Iterator[Finding]], ...] = (
        _examine_versions,
        _examine_settings,
        _examine_limits,
        _examine_database,
        _examine_jobs,
        _examine_cluster,
        _examine_processes,
        _examine_leftovers,
    )
    told = ""
    for check in checks:
        try:
            for finding in check(bench):
                told += finding.text
                yield finding
        except (JobnbError, OSError) as error:
            subject = check.__name__.removeprefix("_examine_")
            why = "for the same reason" if str(error) in told else str(error)
            yield problem(subject, f"cannot be looked at: {why}")


def _examine_versions(_bench: Workbench) -> Iterator[Finding]:
    yield fine("Python", f"{platform.python_version()} ({sys.executable}) on {platform.platform()}")
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            yield problem("packages", f"{name} is missing.", f"Install it: `pip install {name}`.")
    yield fine("packages", ", ".join(found))


def _examine_settings(bench: Workbench) -> Iterator[Finding]:
    sources = bench.settings.sources
    if not sources:
        yield fine("settings", "all at their defaults")
    for name, source in sorted(sources.items()):
        # The value of the database's URL may hold a password; its own line shows it without.
        value = "" if name == "database_url" else f" = {getattr(bench.settings, name)}"
        yield fine("setting", f"{name}{value} (from {source})")


def _examine_limits(bench: Workbench) -> Iterator[Finding]:
    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = FILES_AT_LEAST + FILES_PER_RUN * bench.settings.workers
    if limit == resource.RLIM_INFINITY or limit >= needed:
        yield fine("open files", f"at most {limit}")
        return
    yield problem(
        "open files",
        f"this process may have {limit} open, and {bench.settings.workers} runs at once may need "
        f"{needed}.",
        f"Raise the limit (`ulimit -n {needed}`; up to {most} without asking root), or lower the "
        "setting 'workers'.",
    )


def _examine_database(bench: Workbench) -> Iterator[Finding]:
    url, note = _database_url(bench)
    if note is not None:
        yield warning("database", note)
    yield from examine(url, is_default=bench.settings.database_url is None)


def _has_database(bench: Workbench) -> bool:
    """Whether it can be asked; whoever opens a file that is not there makes it."""
    return has_database(_database_url(bench)[0])


def _database_url(bench: Workbench) -> tuple[str, str | None]:
    """Where it is, or would be, and why there; nothing is made."""
    settings = bench.settings
    if settings.database_url is not None:
        return settings.database_url, None
    return default_database_url(settings.jobs_root, settings.state_dir, makes_folder=False)


def _examine_jobs(bench: Workbench) -> Iterator[Finding]:
    root = bench.settings.jobs_root
    if not root.is_dir():
        remedy = "Make it, or set jobs_root (JOBNB_JOBS_ROOT)."
        yield warning("jobs", f"there is no folder {root}.", remedy)
        return
    catalog = bench.describe()
    yield fine("jobs", f"{len(catalog)} in {root}")
    for fault in catalog.problems:
        yield warning("jobs", f"{fault.file}: {fault.message}")


def _examine_cluster(bench: Workbench) -> Iterator[Finding]:
    settings = bench.settings
    detached = None if settings.scheduler else find_cluster(settings)
    if settings.scheduler is None and detached is None:
        yield fine("cluster", f"inside of each kernel, {settings.workers} runs at once")
        return
    if detached is not None and not detached.worker.is_alive:
        remedy = "Stop it and start it again: `jobnb cluster stop`, `jobnb cluster start`."
        yield problem("cluster", "the worker of the cluster of this machine is gone.", remedy)
        return
    if detached is None:
        launcher = reach(settings.scheduler or "")
    else:
        launcher = reach(detached.address, detached.security)
    try:
        yield from _examine_workers(bench, launcher)
    finally:
        launcher.close()


def _examine_workers(bench: Workbench, launcher: DaskLauncher) -> Iterator[Finding]:
    count = launcher.count_workers()
    if count and not _has_database(bench):
        yield fine("cluster", f"{launcher.scheduler_id}: {count} workers")
    elif count:
        database = bench.database()
        probe = RunOrder(
            run_id="", attempt=1, database_uuid=database.uuid, database_url=database.public_url
        )
        launcher.check(probe)
        yield fine(
            "cluster", f"{launcher.scheduler_id}: {count} workers, all fit for this database"
        )
    else:
        remedy = "Start one: `dask worker ADDRESS`."
        yield warning("cluster", f"{launcher.scheduler_id} has no worker; runs would wait.", remedy)


def _examine_processes(bench: Workbench) -> Iterator[Finding]:
    """The processes on this host that work with the database now."""
    if not _has_database(bench):
        return
    living = 0
    for worker in Workers(bench.database()).unended(socket.gethostname()):
        if is_gone(worker) is not False:
            continue
        try:
            process = psutil.Process(worker.pid)
            used, limit = process.num_fds(), process.rlimit(psutil.RLIMIT_NOFILE)[0]
        except (psutil.Error, AttributeError):  # not ours to ask; macOS does not tell
            continue
        living += 1
        if used + FILES_PER_RUN > limit:
            yield problem(
                "open files",
                f"process {worker.pid} ({worker.name}) has {used} open of at most {limit}; it can "
                "start no run.",
                "Start it anew with a higher limit (`ulimit -n`).",
            )
    yield fine("processes", f"{living} on this host work with the database")


def _examine_leftovers(bench: Workbench) -> Iterator[Finding]:
    if not _has_database(bench):
        return
    database, settings = bench.database(), bench.settings
    found = Counter(
        leftover.kind
        for leftover in find_leftovers(
            settings, database, time.time() - LONG, Results(database).unfinished.snapshots()
        )
    )
    if not found:
        yield fine("leftovers", "none")
    for kind, count in sorted(found.items()):
        remedy = "`jobnb cleanup --older-than 90d` removes them."
        yield warning("leftovers", f"{count} {kind}.", remedy)
