"""The detached cluster: Dask processes of this host that outlive whoever starts them.

They are Dask's own commands, on loopback and with TLS: the certificate lies in a folder that only
its owner can read, and so only the owner can reach them. Every kernel and every command of that
user with the same jobs folder finds the cluster by that folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from distributed import Client
from distributed.security import Security

from jobnb.engine.hosts.processes import Process
from jobnb.engine.launching.commands import (
    PAUSE,
    START_TIME,
    await_part,
    launch,
    log_of,
    reap,
    security_of,
    write_certificate,
)
from jobnb.engine.launching.loops import keep_quiet
from jobnb.engine.worker import DATABASE_VARIABLE
from jobnb.errors import ClusterError
from jobnb.filelock import alone
from jobnb.settings import Settings
from jobnb.store.opening.location import default_database_url

STOP_TIME: Final = 15.0
"""Seconds from SIGTERM to SIGKILL: running jobs are stopped and written down in the meantime."""
PATIENCE: Final = 2 * START_TIME + 2 * STOP_TIME
"""Seconds that somebody else who starts or stops it may take: for both processes of it."""
_RECORD: Final = "cluster.json"
_CALM: Final = {
    # A laptop may sleep, and a worker's process has no job code whose time would be of interest.
    "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "null",
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "false",
    "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__DISK": "false",
}


@dataclass(frozen=True, kw_only=True)
class DetachedCluster:
    """A cluster that was started and has not been stopped."""

    address: str
    """Of its scheduler: ``tls://127.0.0.1:PORT``."""
    folder: Path
    """Has the certificate and the logs; nobody else may read it."""
    scheduler: Process
    worker: Process
    threads: int
    """How many runs it works on at once."""
    queues: tuple[str, ...] = ()
    """Which its worker serves besides the default one."""

    @property
    def is_alive(self) -> bool:
        """Whether runs can be handed to it."""
        return self.scheduler.is_alive

    @property
    def security(self) -> Security:
        """What a client needs to be let in."""
        return security_of(self.folder)

    def logs(self) -> list[Path]:
        """What its processes have written."""
        return [log_of(self.folder, command) for command in ("scheduler", "worker")]


def find_cluster(settings: Settings) -> DetachedCluster | None:
    """The detached cluster for this user and jobs folder; None if there is none that lives."""
    cluster = _read(_folder_of(settings))
    return cluster if cluster is not None and cluster.is_alive else None


def start_cluster(
    settings: Settings, environment: Mapping[str, str], queues: Mapping[str, int] | None = None
) -> tuple[DetachedCluster, bool]:
    """Starts a cluster, or gives the one that is there; the second value says whether it is new.

    Args:
        settings: Whose jobs folder, where the state is kept, and how many runs at once.
        environment: Of its processes, and so of the jobs.
        queues: Which its worker serves, and how many runs of each at once.

    Raises:
        ClusterError: It did not come up; the message has the last words of its log. Or somebody
            else starts or stops it, without an end.
    """
    folder = _folder_of(settings)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(folder):
        running = _read(folder)
        if running is not None and running.is_alive:
            return running, False
        if running is not None:
            _end(running)
        known = {**environment, **_default_database(settings)}
        return _start(folder, settings.workers, known, queues or {}), True


def stop_cluster(settings: Settings) -> DetachedCluster | None:
    """Ends the cluster; its running jobs are stopped, and recorded as such. None if none was there.

    Returns once no process of it is left.

    Raises:
        ClusterError: Somebody else starts or stops it, without an end.
    """
    folder = _folder_of(settings)
    if not folder.is_dir():
        return None
    with _alone(folder):
        cluster = _read(folder)
        if cluster is None:
            return None
        was_alive = cluster.is_alive
        _end(cluster)
        (folder / _RECORD).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    return cluster if was_alive else None


def _folder_of(settings: Settings) -> Path:
    digest = hashlib.sha256(os.fsencode(settings.jobs_root.resolve())).hexdigest()
    return settings.state_dir / "clusters" / digest[:16]


def _alone(folder: Path) -> AbstractContextManager[None]:
    """Two that start a cluster at once get the same one."""
    return alone(folder.with_suffix(".lock"), PATIENCE, ClusterError)


def _default_database(settings: Settings) -> dict[str, str]:
    """What tells a worker whose runs it looks after, if no setting does."""
    if settings.database_url is not None:
        return {}
    return {DATABASE_VARIABLE: default_database_url(settings.jobs_root, settings.state_dir)[0]}


def _read(folder: Path) -> DetachedCluster | None:
    try:
        raw = json.loads((folder / _RECORD).read_text("utf-8"))
        return DetachedCluster(
            address=raw["address"],
            folder=folder,
            scheduler=Process(**raw["scheduler"]),
            worker=Process(**raw["worker"]),
            threads=raw["threads"],
            queues=tuple(raw.get("queues", ())),
        )
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise ClusterError(
            f"{folder / _RECORD} is not what jobnb has written: {error!r}. End the processes named "
            "in it, if there are any, and remove the folder."
        ) from error


def _start(
    folder: Path, threads: int, environment: Mapping[str, str], queues: Mapping[str, int]
) -> DetachedCluster:
    write_certificate(folder)
    note = folder / "scheduler.json"
    note.unlink(missing_ok=True)
    env = {**environment, **_CALM}
    started: list[subprocess.Popen[bytes]] = []
    try:
        scheduler = launch(folder, "scheduler", _scheduler_arguments(note), env)
        started.append(scheduler)
        await_part(
            lambda: note.exists() and note.stat().st_size > 0, scheduler, folder, "scheduler"
        )
        address = str(json.loads(note.read_text("utf-8"))["address"])
        offer = ["--nthreads", str(threads), *_resources(queues)]
        worker = launch(folder, "worker", [address, *offer, *_WORKER], env)
        started.append(worker)
        with Client(address, security=security_of(folder), set_as_default=False) as client:
            keep_quiet(client)
            has_worker = lambda: bool(client.scheduler_info(n_workers=-1)["workers"])  # noqa: E731
            await_part(has_worker, worker, folder, "worker")
        cluster = DetachedCluster(
            address=address,
            folder=folder,
            scheduler=Process.of(scheduler.pid),
            worker=Process.of(worker.pid),
            threads=threads,
            queues=tuple(queues),
        )
        _write_record(cluster)
    except BaseException:
        for process in started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        raise
    return cluster


def _resources(queues: Mapping[str, int]) -> list[str]:
    text = ",".join(f"{name}={runs}" for name, runs in queues.items())
    return ["--resources", text] if text else []


def _scheduler_arguments(note: Path) -> list[str]:
    return [
        *("--host", "tls://127.0.0.1", "--port", "0"),
        *("--no-dashboard", "--scheduler-file", str(note)),
    ]


_WORKER: Final = (
    *("--host", "tls://127.0.0.1", "--nworkers", "1", "--nanny"),
    *("--memory-limit", "0", "--no-dashboard", "--preload", "jobnb.engine.worker"),
)


def _end(cluster: DetachedCluster) -> None:
    """Ends all processes: the worker first, so that it can still write down what it stops."""
    for process in (cluster.worker, cluster.scheduler):
        process.terminate()
        deadline = time.monotonic() + STOP_TIME
        while process.is_alive and time.monotonic() < deadline:
            time.sleep(PAUSE)
        process.kill()
    reap()


def _write_record(cluster: DetachedCluster) -> None:
    """Last of all and in one step, so that nobody finds half a cluster."""
    record = {
        "address": cluster.address,
        "scheduler": asdict(cluster.scheduler),
        "worker": asdict(cluster.worker),
        "threads": cluster.threads,
        "queues": cluster.queues,
    }
    new = cluster.folder / f"{_RECORD}.new"
    new.write_text(json.dumps(record), "utf-8")
    new.replace(cluster.folder / _RECORD)
