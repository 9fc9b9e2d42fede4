"""Chaos: many runs while everything around them is killed, stopped and restarted at random.

``make chaos`` runs the long one; ``python -m tests.chaos.storm --seed N`` one that was seen before.
Afterwards the database is compared with the marks that the job bodies have left on the disk, and
with what somebody has read meanwhile.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from jobnb.engine.hosts import leftovers
from jobnb.errors import JobnbError
from tests.chaos.attacks import Attacks
from tests.chaos.judgement import doubled_keys, faults_of_run, processes_of, threads_of_ours
from tests.chaos.programs import JOBS, KERNEL
from tests.cluster.conftest import Cluster, Project
from tests.processes import eventually, kill_tree
from tests.servers import Server

SETTLING = 120.0
"""Seconds after the storm in which every run must have got its end."""
LEASE = 4.0
"""Seconds without a beat after which a worker of another host counts as lost."""
RUNS_OF_A_KERNEL = 20
FAR_AWAY = """
hostname far-away
mount --bind far-away /proc/sys/kernel/random/boot_id
exec "$@"
"""


class Storm:
    """One storm over one project."""

    lease = LEASE

    def __init__(
        self,
        project: Project,
        *,
        seed: int,
        runs: int,
        seconds: float,
        restart_server: Callable[[], None] | None = None,
    ) -> None:
        """Starts the cluster.

        Args:
            project: Empty as yet.
            seed: Decides what happens when; only time itself adds to it.
            runs: How many there must be at least.
            seconds: How long it rages at least.
            restart_server: Restarts the database server; None for SQLite.
        """
        self.project, self.seed, self._runs, self._seconds = project, seed, runs, seconds
        self.chance = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.attacks = Attacks(self, self.chance, restart_server)
        self._has_far_worker = restart_server is not None and _may_unshare()
        self._tag = f"storm-{seed}-{os.getpid()}"
        self._marks, self._temporary = project.root / "marks", project.root / "temporary"
        self._far = project.root / "far"
        for folder in (self._marks, self._temporary, self._far):
            folder.mkdir()
        (project.root / "far-away").write_text("another-boot")
        project.write("storm.py", JOBS)
        self.kernels: list[subprocess.Popen[bytes]] = []
        self.workers: list[subprocess.Popen[bytes]] = []
        self._old: list[subprocess.Popen[bytes]] = []
        self._seen: dict[str, list[str]] = {}
        self._cluster = Cluster(project, **self._environment)

    @property
    def address(self) -> str:
        return self._cluster.address

    @property
    def scheduler(self) -> subprocess.Popen[bytes]:
        return self._cluster.processes[0]

    @property
    def _environment(self) -> dict[str, str]:
        return {
            "TMPDIR": str(self._temporary),
            "STORM": self._tag,
            "JOBNB_BEAT_INTERVAL": "0.5",
            "JOBNB_LOST_AFTER": str(LEASE),
        }

    def rage(self) -> None:
        """Submits and destroys until there are enough runs and the time is over."""
        end = time.monotonic() + self._seconds
        while time.monotonic() < end or len(self._seen) < self._runs:
            self._keep_everything_going()
            self.done[self.attacks.one()] += 1
            self._look()
            time.sleep(self.chance.uniform(0.1, 0.6))

    def settle(self) -> None:
        """Lets everything come to its end, with a calm cluster."""
        eventually(lambda: not self.attacks.stopped, 3 * LEASE)
        self._keep_everything_going(kernels=0)
        deadline = time.monotonic() + SETTLING
        with self._open() as bench:
            dispatch = bench.dispatch()
            dispatch.launcher()
            while dispatch.results.unfinished.all() or any(
                item.poll() is None for item in self.kernels
            ):
                if time.monotonic() > deadline:
                    break
                dispatch.observe()
                time.sleep(0.2)
        self._look()

    def complaints(self) -> list[str]:
        """What is not as it was promised; after ``settle()``."""
        found = [f"kernel {item.pid} did not end" for item in self.kernels if item.poll() is None]
        with self._open() as bench:
            for result in bench.results(limit=100_000):
                seen = self._seen.get(result.id, [])
                found += faults_of_run(
                    result, self._marks, seen, is_patience_over=self.attacks.longest_outage > LEASE
                )
                self.done[f"{result.status}"] += 1
            found += doubled_keys(bench.dispatch().results.find(limit=100_000))
        self._end()
        found += [f"{_told(pid)} is left" for pid in processes_of(self._tag)]
        found += self._leftovers()
        found += [f"thread {name} is left" for name in threads_of_ours()]
        return found

    def close(self) -> None:
        """Whatever happened."""
        for process in [*self.kernels, *self.workers, *self._old]:
            kill_tree(process)
        self._cluster.close()
        for pid in processes_of(self._tag):
            os.kill(pid, signal.SIGKILL)

    def _end(self) -> None:
        """Ends the cluster as its owner would, and waits for what must end by itself."""
        deadline = time.monotonic() + SETTLING / 2
        for processes in ([*self.workers, *self._old], [self.scheduler]):
            for process in processes:
                if process.poll() is None:
                    process.terminate()
            while any(process.poll() is None for process in processes):
                if time.monotonic() > deadline:
                    return
                time.sleep(0.1)
        while processes_of(self._tag) and time.monotonic() < deadline:
            time.sleep(0.2)

    def _leftovers(self) -> list[str]:
        """What of dead processes is there still after a cleanup."""
        grace = leftovers.JUST_MADE, leftovers.DAY
        leftovers.JUST_MADE = leftovers.DAY = 0.0
        usual, tempfile.tempdir = tempfile.tempdir, str(self._temporary)
        try:
            with self._open() as bench:
                bench.cleanup("90d")
                again = bench.cleanup("90d", dry_run=True)
        finally:
            leftovers.JUST_MADE, leftovers.DAY = grace
            tempfile.tempdir = usual
        folders = [path.name for path in self._temporary.glob("jobnb-*")]
        return [f"is left: {name}" for name in [*again.leftovers, *folders]]

    def _look(self) -> None:
        """What a viewer has been shown must be there at the end."""
        try:
            with self._open() as bench:
                results = bench.dispatch().results
                for record in results.find(limit=100):
                    seen = self._seen.setdefault(record.run_id, [])
                    if record.last_entry > len(seen):
                        new = results.entries.read(record.run_id, len(seen))
                        seen += [entry.message for entry in new]
        except JobnbError:
            pass

    def _open(self) -> Any:
        return self.project.open(
            scheduler=self.address, beat_interval=0.5, lost_after=30, user="storm"
        )

    # --- keeping alive ----------------------------------------------------------------------------

    def _keep_everything_going(self, kernels: int = 3) -> None:
        if self.scheduler.poll() is not None:
            # The next one listens at the same address, where a nanny may find it.
            self._old += [worker for worker in self.workers if worker.poll() is None]
            self.workers = []
            (self.project.root / "scheduler.json").unlink(missing_ok=True)
            port = self.address.rpartition(":")[2]
            self._cluster = Cluster(self.project, port=port, **self._environment)
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        while len(self.workers) < 2:
            self.workers.append(self._new_worker())
        self.kernels = [kernel for kernel in self.kernels if kernel.poll() is None]
        while len(self.kernels) < kernels:
            self.kernels.append(self._new_kernel())

    def _new_worker(self) -> subprocess.Popen[bytes]:
        arguments = ["--nanny"] if self.chance.random() < 0.5 else []
        is_far = self.chance.random() < 0.4 and self._has_far_worker
        if not is_far:
            return self._cluster.add_worker(*arguments, **self._environment)
        environment = {**self._environment, "TMPDIR": str(self._far), "STORM": f"far-{self._tag}"}
        prefix = ("unshare", "-m", "-u", "sh", "-ec", FAR_AWAY, "sh")
        return self._cluster.add_worker(*arguments, prefix=prefix, **environment)

    def _new_kernel(self) -> subprocess.Popen[bytes]:
        """Most use the cluster, some one of their own."""
        seed, count = self.chance.randrange(1 << 30), RUNS_OF_A_KERNEL
        environment = self.project.environment(**self._environment)
        if self.chance.random() < 0.8:
            environment["JOBNB_SCHEDULER"] = self.address
        else:
            count //= 4
        with (self.project.root / "kernels.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-c", KERNEL, str(seed), str(self._marks), str(count)],
                cwd=self.project.root,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


def _may_unshare() -> bool:
    asked = subprocess.run(["unshare", "-m", "-u", "true"], capture_output=True, check=False)
    return asked.returncode == 0


def _told(pid: int) -> str:
    try:
        return f"process {pid} {psutil.Process(pid).cmdline()[:4]}"
    except psutil.NoSuchProcess:
        return f"process {pid}"


def weather(folder: Path, database: str, **options: Any) -> tuple[Storm, list[str]]:
    """A whole storm; gives what there is to complain about.

    Args:
        folder: Of the project, and of a server of its own.
        database: ``sqlite`` or ``postgresql``.
        **options: ``seed``, ``runs`` and ``seconds`` of the storm.
    """
    (folder / "project" / "jobs").mkdir(parents=True)
    server = Server(folder) if database == "postgresql" else None
    url = f"sqlite:///{folder / 'jobnb.sqlite3'}" if server is None else server.url
    project = Project(folder / "project", url)
    storm = Storm(project, restart_server=None if server is None else server.restart, **options)
    print(f"chaos: seed {storm.seed}", flush=True)
    try:
        storm.rage()
        storm.settle()
        return storm, storm.complaints()
    finally:
        storm.close()
        if server is not None:
            server.close()


def main() -> None:
    """Runs one storm from the command line."""
    parser = argparse.ArgumentParser(description="jobnb in a storm")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 30))
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--keep", action="store_true", help="keep the folder with its logs")
    wanted = parser.parse_args()
    # The path of a socket must be short, and the server's system user must get in.
    name = tempfile.mkdtemp(prefix="jobnb-storm-")
    folder = Path(name)
    folder.chmod(0o755)
    os.environ["JOBNB_STATE_DIR"] = str(folder / "state")
    os.environ["JOBNB_CACHE_DIR"] = str(folder / "cache")
    storm, complaints = weather(
        folder, wanted.database, seed=wanted.seed, runs=wanted.runs, seconds=wanted.seconds
    )
    print(dict(storm.done), f"longest outage {storm.attacks.longest_outage:.1f} s")
    print(*complaints or ["Everything is as promised."], sep="\n")
    if wanted.keep:
        print(f"Kept: {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(bool(complaints))


if __name__ == "__main__":
    main()
