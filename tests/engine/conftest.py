from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from jobnb.engine.hosts.presence import Presence
from jobnb.settings import load_settings
from jobnb.store.care.workers import Workers
from jobnb.store.database import Database
from jobnb.store.results import Results
from jobnb.store.values import Claim, NewRun, WorkerProcess


@pytest.fixture
def results(database: Database) -> Results:
    return Results(database)


@pytest.fixture
def make_presence(database: Database) -> Iterator[Callable[..., Presence]]:
    """Makes this process present; several of them are as several processes."""
    made: list[Presence] = []

    def make(**settings) -> Presence:
        made.append(Presence(database, load_settings(settings), "test"))
        return made[-1]

    yield make
    for presence in made:
        presence.close()


@pytest.fixture
def elsewhere(database: Database, make_presence) -> WorkerProcess:
    """A process on another host, which beats only when a test says so."""
    process = replace(
        make_presence().process, worker_id=str(uuid.uuid4()), host="far", boot_id="other"
    )
    Workers(database).register(process)
    return process


@pytest.fixture
def make_run(results: Results) -> Callable[..., NewRun]:
    def make(owner: WorkerProcess, **values) -> NewRun:
        new = NewRun(
            **{
                "run_id": str(uuid.uuid4()),
                "class_path": "hello.Hello",
                "job_name": "Hello",
                "grouping": "",
                "inputs": {},
                "user": "ada",
                "host": "here",
                "owner_id": owner.worker_id,
                "scheduler_id": "tcp://127.0.0.1:1 Scheduler-1",
                "snapshot": None,
                "source_root": "/jobs",
                "source_file": "hello.py",
                **values,
            }
        )
        results.create(new)
        return new

    return make


@pytest.fixture
def make_claim(results: Results) -> Callable[..., Claim]:
    def make(run: NewRun, worker: WorkerProcess) -> Claim:
        claim = Claim(
            run_id=run.run_id, token=str(uuid.uuid4()), number=1, worker_id=worker.worker_id
        )
        assert results.claim(claim)
        return claim

    return make


@pytest.fixture
def locked_worker(database, make_presence, tmp_path):
    """A process of its own that holds a lock as a worker does, and its row."""
    path = tmp_path / "worker.lock"
    code = f"""if True:
        import fcntl, os, time
        descriptor = os.open({str(path)!r}, os.O_RDWR | os.O_CREAT)
        fcntl.lockf(descriptor, fcntl.LOCK_EX)
        print("locked", flush=True)
        time.sleep(600)
    """
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    process.stdout.readline()
    worker = replace(
        make_presence().process,
        worker_id=str(uuid.uuid4()),
        pid=process.pid,
        lock_path=str(path),
        lock_inode=path.stat().st_ino,
    )
    Workers(database).register(worker)
    yield process, worker
    process.kill()
    process.communicate()
