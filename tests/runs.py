"""Runs that have ended, written down without anything having worked on them."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete

from jobnb.protocol import EntryKind, Snapshot, SnapshotFile, Status
from jobnb.store.care.workers import Workers
from jobnb.store.content.blobs import digest_of
from jobnb.store.content.environments import Environment
from jobnb.store.content.snapshots import Snapshots
from jobnb.store.database import Database
from jobnb.store.results import Results
from jobnb.store.tables.models import entry
from jobnb.store.values import Claim, EndOfRun, NewEntry, NewRun, WorkerProcess

ENVIRONMENT = {
    "python": "3.11.7",
    "implementation": "CPython",
    "platform": "Linux",
    "packages": {"jobnb": "0.1.0", "netaddr": "1.3.0"},
}


def log_line(message: str, level: str = "INFO", **changes: Any) -> NewEntry:
    values = {"created": time.time(), "grouping": "run", "source": "hello", **changes}
    return NewEntry(kind=EntryKind.LOG, message=message, level=level, **values)


def printed(message: str) -> NewEntry:
    return NewEntry(kind=EntryKind.CONSOLE, created=time.time(), message=message, source="stdout")


def displayed(text: str, bundle: Mapping[str, str]) -> NewEntry:
    return NewEntry(
        kind=EntryKind.DISPLAY,
        created=time.time(),
        message=text,
        source="Table",
        bundle={**bundle, "text/plain": text},
    )


def store_source(database: Database, files: Mapping[str, str], root: str = "/jobs") -> str:
    """Stores the source of jobs and gives its digest."""
    contents = {path: text.encode() for path, text in files.items()}
    described = tuple(
        SnapshotFile(path=path, digest=digest_of(content), size=len(content))
        for path, content in sorted(contents.items())
    )
    digest = digest_of(repr(described).encode())
    snapshot = Snapshot(digest=digest, files=described, root=root)
    Snapshots(database).save(snapshot, lambda item: contents[item.path])
    return digest


def new_run(owner: WorkerProcess, **changes: Any) -> NewRun:
    """A run that is not written down yet."""
    values: dict[str, Any] = {
        "run_id": str(uuid.uuid4()),
        "class_path": "hello.Hello",
        "job_name": "Hello World",
        "grouping": "Examples",
        "inputs": {"who": "x"},
        "user": "ada",
        "host": "lab1",
        "owner_id": owner.worker_id,
        "scheduler_id": "Scheduler-1",
        "snapshot": None,
        "source_root": "/home/ada/jobs",
        "source_file": "hello.py",
        **changes,
    }
    return NewRun(**values)


def finished_run(
    database: Database,
    *entries: NewEntry,
    files: Mapping[str, bytes] | None = None,
    end: Mapping[str, Any] | None = None,
    **changes: Any,
) -> str:
    """Writes down a run that has ended, and gives its id."""
    results = Results(database)
    process = _process()
    Workers(database).register(process)
    run = new_run(process, **changes)
    results.create(run)
    run_id, token = run.run_id, str(uuid.uuid4())
    claim = Claim(run_id=run_id, token=token, number=1, worker_id=process.worker_id)
    assert results.claim(claim, Environment.of(ENVIRONMENT))
    results.append(run_id, token, list(entries), pid=4711)
    for name, content in (files or {}).items():
        results.add_file(run_id, token, name, content, time.time())
    results.end(run_id, token, EndOfRun(**{"status": Status.SUCCESS, "value": "7", **(end or {})}))
    return run_id


def torn_run(database: Database) -> str:
    """A run with eight lines, of which a damaged database has lost four in the middle."""
    run_id = finished_run(database, *(log_line(str(number)) for number in range(1, 9)))
    with database.write() as connection:
        connection.execute(delete(entry).where(entry.c.number.between(3, 6)))
    return run_id


def hostile_run(database: Database, text: str, *, value: str, files: Mapping[str, bytes]) -> str:
    """A run in which everything that a job can choose is ``text``; gives its id.

    The value and the files have forms of their own.
    """
    source = {"hello.py": text.encode("utf-8", "replace").decode()}
    return finished_run(
        database,
        log_line(text, object=text, grouping=text),
        log_line(text + "x" * 1_000_000, level="ERROR"),
        printed(text),
        job_name=text,
        user=text,
        inputs={"who": text},
        snapshot=store_source(database, source),
        files=files,
        end={
            "status": "FAILURE",
            "detail": text,
            "exc_type": text,
            "exc_message": text,
            "traceback": text,
            "value": value,
        },
    )


def _process() -> WorkerProcess:
    return WorkerProcess(
        worker_id=str(uuid.uuid4()),
        name="tcp://10.0.0.1:4000",
        host="lab1",
        boot_id="boot",
        pid=4711,
        lock_path="/var/lock/one",
        lock_inode=1,
        version="0.1.0",
    )
