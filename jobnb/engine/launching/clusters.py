"""Clusters: the default one in this process, and those that somebody else started."""

from __future__ import annotations

from typing import Final

import dask
from distributed import Client, LocalCluster
from distributed.comm.addressing import parse_address, parse_host_port
from distributed.security import Security

from jobnb.engine.launching.launcher import DaskLauncher
from jobnb.errors import ClusterError
from jobnb.settings import Settings

CONNECTING: Final = 10
"""Seconds for which a scheduler that does not answer is waited for, also if it has gone."""


def open_default(settings: Settings) -> DaskLauncher:
    """A cluster of threads in this process: no open port, nothing of it on another core.

    It ends with the process, and an interrupt of the notebook does not reach it. Isolation
    comes from the children, so the workers need none of their own.
    """
    quiet = {
        "distributed.scheduler.worker-ttl": None,  # a laptop may sleep
        "distributed.worker.profile.enabled": False,
        "distributed.admin.system-monitor.disk": False,
        # What Dask keeps of the last tasks for its own developers: 4 KB of each, in a kernel.
        "distributed.admin.low-level-log-length": 50,
        # Dask watches itself more often than one worker in a kernel that rests is worth.
        "distributed.admin.system-monitor.interval": "10 s",
        "distributed.admin.tick.interval": "1 s",
        "distributed.scheduler.work-stealing": False,
        # There is one worker: what waits may as well wait with it, and starts without a word.
        "distributed.scheduler.worker-saturation": "inf",
        "distributed.scheduler.active-memory-manager.start": False,
    }
    with dask.config.set(quiet):
        cluster = LocalCluster(
            processes=False,
            n_workers=1,
            threads_per_worker=settings.workers,
            memory_limit=0,
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address="127.0.0.1:0",
        )
        client = Client(cluster, set_as_default=False)
    return DaskLauncher(client, cluster=cluster, owned=True)


def reach(address: str, security: Security | None = None) -> DaskLauncher:
    """A cluster that somebody else started.

    Args:
        address: Of its scheduler.
        security: What it takes to be let in; None for what Dask's own configuration says.

    Raises:
        ClusterError: Nothing answers there.
    """
    try:
        # Looked at first: a Client that was not told a port hangs when it is taken down.
        parse_host_port(parse_address(address)[1])
        client = Client(address, security=security, set_as_default=False, timeout=CONNECTING)
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"No Dask scheduler answers at {address!r}: {error}. Start one with `dask "
            "scheduler`, or correct JOBNB_SCHEDULER."
        ) from error
    return DaskLauncher(client, cluster=None, owned=True)
