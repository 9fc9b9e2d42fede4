"""A long history, made by the database itself: 100,000 runs with 10 million entries in a minute."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, insert, text

from jobnb.protocol import LEVELS, Reason, Status
from jobnb.store.care.workers import Workers
from jobnb.store.database import Database
from jobnb.store.reading.input_values import add_input_values
from jobnb.store.tables.models import (
    COUNT_COLUMNS,
    attempt,
    blob,
    blob_piece,
    entry,
    file,
    job_result,
)
from jobnb.store.values import WorkerProcess

BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
STEP: Final = timedelta(minutes=1)
"""Between two runs."""
JOBS: Final = ("Import Devices", "Check Endpoints", "Move Devices", "Audit", "Clean Up")
USERS: Final = tuple(f"user{number}" for number in range(20))
RETIRED: Final = ("Move Racks", "linus")
"""A job and a user: half of the oldest two fifths of the runs are theirs, and none since."""
NEEDLE: Final = "link eth7 is down"
"""In the log of one run of 500."""
_BLOB: Final = "0" * 64
"""Content of every file; every fifth run has two."""
_BATCH: Final = 2000


def fill(database: Database, runs: int, entries: int) -> None:
    """Writes so many runs that have ended, each with so many entries; every seventh has failed."""
    process = WorkerProcess(
        worker_id=str(uuid.uuid4()),
        name="tcp://10.0.0.1:4000",
        host="lab1",
        boot_id="boot",
        pid=1,
        lock_path="/var/lock/one",
        lock_inode=1,
        version="0.1.0",
    )
    Workers(database).register(process)
    with database.write() as connection:
        connection.execute(insert(blob), {"digest": _BLOB, "size": 3})
        connection.execute(insert(blob_piece), {"blob": _BLOB, "number": 1, "content": b"abc"})
    for first in range(0, runs, _BATCH):
        numbers = range(first, min(first + _BATCH, runs))
        with database.write() as connection:
            _add_runs(connection, numbers, entries, process.worker_id, until=runs * 2 // 5)
            _add_entries(connection, first, len(numbers), entries)
    # As PostgreSQL does by itself after a while. Until then it would do it while somebody measures,
    # and who reads a row first marks it as written, both only where so much was written.
    settling = "ANALYZE" if database.dialect == "sqlite" else "VACUUM ANALYZE"
    with database.read() if database.dialect == "postgresql" else database.write() as connection:
        connection.execute(text(settling))


def _add_runs(
    connection: Connection, numbers: range, entries: int, worker_id: str, *, until: int
) -> None:
    made = [_run(number, entries) for number in numbers]
    for number, run in zip(numbers, made, strict=True):
        if number < until and number % 2:
            run["job_name"], run["user"] = RETIRED
    connection.execute(insert(job_result), made)
    connection.execute(
        insert(attempt),
        [
            {
                "token": _token(number),
                "result": number + 1,
                "number": 1,
                "worker_id": worker_id,
                "pid": number,
                "started": BEGIN + number * STEP,
                "ended": BEGIN + number * STEP,
            }
            for number in numbers
        ],
    )
    connection.execute(
        insert(file),
        [
            {"result": number + 1, "name": f"{name}.csv", "blob": _BLOB, "created": BEGIN}
            for number in numbers[::5]
            for name in ("devices", "rejected")
        ],
    )
    for number in numbers:
        add_input_values(connection, number + 1, BEGIN + number * STEP, _inputs(number))


def _run(number: int, entries: int) -> dict[str, object]:
    failed = number % 7 == 0
    created = BEGIN + number * STEP
    return {
        "id": number + 1,
        "run_id": str(uuid.uuid5(uuid.NAMESPACE_OID, str(number))),
        "class_path": "bench.Job",
        "job_name": JOBS[number % len(JOBS)],
        "grouping": "Bench",
        "status": Status.FAILURE if failed else Status.SUCCESS,
        "reason": Reason.EXCEPTION if failed else None,
        "detail": "ValueError: no such device" if failed else "",
        "attempt": _token(number),
        "last_entry": entries,
        **{COUNT_COLUMNS[level]: entries if level == "INFO" else 0 for level in LEVELS},
        "created": created,
        "started": created,
        "ended": created + timedelta(seconds=number % 50),
        "user": USERS[number % len(USERS)],
        "host": "lab1",
        "owner_id": "owner",
        "scheduler_id": "scheduler",
        "embedded": False,
        "source_root": "/jobs",
        "source_file": "bench.py",
        "inputs": _inputs(number),
        "options": {},
        "value": "null",
    }


def _inputs(number: int) -> dict[str, object]:
    return {"site": f"site{number % 100}", "count": number, "dryrun": False}


def _token(number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, str(number)))


def _add_entries(connection: Connection, first: int, runs: int, entries: int) -> None:
    columns = ", ".join(f'"{column.name}"' for column in entry.columns)
    numbers = (
        "WITH RECURSIVE numbers(n) AS "
        "(SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :entries)"
    )
    false = "0" if connection.dialect.name == "sqlite" else "false"
    connection.execute(
        text(
            f"{numbers} INSERT INTO {entry.name} ({columns}) "
            "SELECT id, n, 1, 'log', 1767225600.0 + id * 60 + n * 0.01, 'INFO', 'run', NULL, "
            f"'bench', {false}, CASE WHEN id % 500 = 7 AND n = :entries THEN '{NEEDLE}' ELSE "
            "'Interface Ethernet' || n || ' of device ' || id || ' has the expected VLANs and MTU' "
            f"END FROM {job_result.name}, numbers WHERE id > :first AND id <= :last ORDER BY id, n"
        ),
        {"entries": entries, "first": first, "last": first + runs},
    )
