"""The attacks of a storm: whatever is done to children, workers, kernels, scheduler and server."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import psutil

from jobnb.child.process import MAIN
from tests.processes import is_alive

CLIENT = """
import sys
from distributed import Client
client = Client(sys.argv[1], timeout=3)
names = list(client.scheduler_info(n_workers=-1)["workers"])[:1]
{}
"""


class Target(Protocol):
    """What a storm rages over."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]
    kernels: list[subprocess.Popen[bytes]]
    lease: float


class Attacks:
    """One at a time, by chance."""

    def __init__(
        self,
        target: Target,
        chance: random.Random,
        restart_server: Callable[[], None] | None,
    ) -> None:
        """Begins with nothing broken.

        Args:
            target: What is there to break.
            chance: Decides.
            restart_server: Restarts the database server; None if there is none.
        """
        self._target, self._chance = target, chance
        self._restart_server = restart_server
        self.stopped: set[int] = set()
        """Processes that are stopped for a while."""
        self.longest_outage = 0.0
        """Seconds for which the database server was away at most."""

    def one(self) -> str:
        """Does one thing, or nothing; gives its name."""
        weights = {
            self.kill_child: 8,
            self.stop_child_for_a_while: 3,
            self.kill_worker: 3,
            self.terminate_worker: 2,
            self.stop_worker_for_a_while: 3,
            self.retire_workers: 1,
            self.restart_workers: 1,
            self.restart_cluster: 1,
            self.kill_kernel: 2,
            self.terminate_kernel: 1,
            self.kill_scheduler: 1,
            self.restart_server: 0 if self._restart_server is None else 2,
            self.be_quiet: 25,
        }
        [action] = self._chance.choices(list(weights), list(weights.values()))
        action()
        return action.__name__

    def be_quiet(self) -> None:
        pass

    def kill_child(self) -> None:
        self._signal(self._children(), signal.SIGKILL)

    def stop_child_for_a_while(self) -> None:
        self._stop_for_a_while(self._children())

    def kill_worker(self) -> None:
        self._signal(self._workers(), signal.SIGKILL)

    def terminate_worker(self) -> None:
        self._signal(self._workers(), signal.SIGTERM)

    def stop_worker_for_a_while(self) -> None:
        self._stop_for_a_while(self._workers())

    def kill_kernel(self) -> None:
        self._signal([kernel.pid for kernel in self._target.kernels], signal.SIGKILL)

    def terminate_kernel(self) -> None:
        self._signal([kernel.pid for kernel in self._target.kernels], signal.SIGTERM)

    def kill_scheduler(self) -> None:
        self._signal([self._target.scheduler.pid], signal.SIGKILL)

    def restart_server(self) -> None:
        assert self._restart_server is not None
        began = time.monotonic()
        self._restart_server()
        self.longest_outage = max(self.longest_outage, time.monotonic() - began)

    def retire_workers(self) -> None:
        self._ask_scheduler("names and client.retire_workers(names)")

    def restart_workers(self) -> None:
        """Those with a nanny; Dask refuses it for the others."""
        self._ask_scheduler("client.restart_workers(names, timeout=5, raise_for_error=False)")

    def restart_cluster(self) -> None:
        """All workers, and whatever waits is forgotten by the scheduler."""
        self._ask_scheduler("client.restart(timeout=5, wait_for_workers=False)")

    def _ask_scheduler(self, what: str) -> None:
        """By a client of its own, since it may take long when everything is broken."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(
                [sys.executable, "-c", CLIENT.format(what), self._target.address],
                capture_output=True,
                timeout=8,
                check=False,
            )

    def _workers(self) -> list[int]:
        """Nannies, and what works below them, are both fair game."""
        found = [worker.pid for worker in self._target.workers if worker.poll() is None]
        return found + [pid for pid in self._below(found) if "spawn_main" in _command(pid)]

    def _children(self) -> list[int]:
        """Of our own workers and kernels; other tests have theirs."""
        owners = [owner.pid for owner in (*self._target.workers, *self._target.kernels)]
        return [pid for pid in self._below(owners) if str(MAIN) in _command(pid)]

    def _below(self, pids: Sequence[int]) -> list[int]:
        found = []
        for pid in pids:
            with contextlib.suppress(psutil.NoSuchProcess):
                found += [child.pid for child in psutil.Process(pid).children(recursive=True)]
        return [pid for pid in found if is_alive(pid)]

    def _signal(self, pids: Sequence[int], number: int) -> None:
        if pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._chance.choice(sorted(pids)), number)

    def _stop_for_a_while(self, pids: Sequence[int]) -> None:
        if not pids:
            return
        pid = self._chance.choice(sorted(pids))
        self._signal([pid], signal.SIGSTOP)
        self.stopped.add(pid)
        pause = self._chance.uniform(0.2, 2 * self._target.lease)
        timer = threading.Timer(pause, self._let_go_on, [pid])
        timer.daemon = True
        timer.start()

    def _let_go_on(self, pid: int) -> None:
        self._signal([pid], signal.SIGCONT)
        self.stopped.discard(pid)


def _command(pid: int) -> str:
    try:
        return " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return ""
