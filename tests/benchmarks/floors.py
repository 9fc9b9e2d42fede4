"""The floors: the least that a run in a process of its own, kept in a database, can cost on Dask.

Two small programs without any of the checks, fences, limits or words of jobnb: one executes a new
Python for each run, one forks from a Python that is ready. Each writes a row for the run, its log
and its end to SQLite in WAL mode, and gives the value back through Dask.

The child is this very file, so nothing heavy may be imported at its top.
"""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
import uuid

LINE = "x" * 100
BATCH = 1000
SCHEMA = """
CREATE TABLE IF NOT EXISTS run (
    id TEXT PRIMARY KEY, status TEXT, created REAL, started REAL, ended REAL, value TEXT
);
CREATE TABLE IF NOT EXISTS entry (
    run TEXT, number INTEGER, created REAL, level TEXT, message TEXT, PRIMARY KEY (run, number)
) WITHOUT ROWID;
"""

_databases: dict[str, sqlite3.Connection] = {}
_prepared: list[socket.socket] = []


# --- in the child ---------------------------------------------------------------------------------


def work(job: str, count: int, pipe: int) -> None:
    """The job: logs, and returns something, as lines of JSON."""
    if job == "pandas":
        import pandas as pd

        count = len(pd.DataFrame({"a": [1]}))
    with os.fdopen(pipe, "w", buffering=64 * 1024) as out:
        for _ in range(count):
            out.write(json.dumps(["log", time.time(), "INFO", LINE]) + "\n")
        out.write(json.dumps(["end", 1]) + "\n")


def prepared(door: socket.socket) -> None:
    """Forks for each request, one at a time per worker, and says how the fork ended."""
    while True:
        message, pipes, _, _ = socket.recv_fds(door, 1000, 1)
        if not message:
            return
        job, count = json.loads(message)
        if job == "pandas":
            import pandas  # noqa: F401, ICN001 - so that the fork has it
        pid = os.fork()
        if not pid:
            os.setsid()
            work(job, count, pipes[0])
            os._exit(0)
        os.close(pipes[0])
        door.send(str(os.waitpid(pid, 0)[1]).encode())


# --- on the worker --------------------------------------------------------------------------------


def database(path: str) -> sqlite3.Connection:
    if path not in _databases:
        opened = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
        opened.execute("PRAGMA journal_mode = WAL")
        opened.execute("PRAGMA synchronous = NORMAL")
        opened.executescript(SCHEMA)
        _databases[path] = opened
    return _databases[path]


def on_worker(way: str, path: str, run: str, job: str, count: int) -> int:
    """The Dask task: a child, its log, its end."""
    rows = database(path)
    rows.execute("UPDATE run SET status = 'STARTED', started = ? WHERE id = ?", (time.time(), run))
    reading, writing = os.pipe()
    if way == "exec":
        command = [sys.executable, __file__, job, str(count), str(writing)]
        child = subprocess.Popen(command, pass_fds=[writing], start_new_session=True)
    else:
        if not _prepared:
            _prepared.append(_start_prepared())
        child = None
        socket.send_fds(_prepared[0], [json.dumps([job, count]).encode()], [writing])
    os.close(writing)
    value, batch = _take(rows, run, reading)
    if child is None:
        assert _prepared[0].recv(100) == b"0"
    else:
        assert child.wait() == 0
    rows.execute("BEGIN IMMEDIATE")
    _insert(rows, batch, begin=False)
    end = (time.time(), json.dumps(value), run)
    rows.execute("UPDATE run SET status = 'SUCCESS', ended = ?, value = ? WHERE id = ?", end)
    rows.execute("COMMIT")
    return value


def _take(rows: sqlite3.Connection, run: str, reading: int) -> tuple[int | None, list[tuple]]:
    """What the child returned, and the last of its log; what came before is written."""
    value, number, batch = None, 0, []
    with os.fdopen(reading) as lines:
        for line in lines:
            tag, *rest = json.loads(line)
            if tag == "end":
                value = rest[0]
                continue
            number += 1
            batch.append((run, number, *rest))
            if len(batch) >= BATCH:
                _insert(rows, batch)
                batch = []
    return value, batch


def _insert(rows: sqlite3.Connection, batch: list[tuple], *, begin: bool = True) -> None:
    if begin:
        rows.execute("BEGIN IMMEDIATE")
    rows.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?)", batch)
    if begin:
        rows.execute("COMMIT")


def _start_prepared() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, __file__, "prepared", "0", str(theirs.fileno())]
    subprocess.Popen(command, pass_fds=[theirs.fileno()], start_new_session=True)
    theirs.close()
    return ours


# --- where it is submitted ------------------------------------------------------------------------


class Floor:
    """Submits runs as a user of such a program would."""

    def __init__(self, client, way: str, path: str) -> None:
        self._client, self._way, self._path = client, way, path

    def submit(self, job: str = "hello", count: int = 1):
        run = str(uuid.uuid4())
        rows = database(self._path)
        insert = "INSERT INTO run (id, status, created) VALUES (?, 'PENDING', ?)"
        rows.execute(insert, (run, time.time()))
        arguments = (self._way, self._path, run, job, count)
        return run, self._client.submit(on_worker, *arguments, pure=False)

    def run(self, job: str = "hello", count: int = 1) -> int:
        """Waits, and reads the log and the end as whoever shows them would."""
        run, future = self.submit(job, count)
        future.result()
        rows, last = database(self._path), 0
        query = "SELECT * FROM entry WHERE run = ? AND number > ? ORDER BY number LIMIT 1000"
        while page := rows.execute(query, (run, last)).fetchall():
            last = page[-1][1]
        (value,) = rows.execute("SELECT value FROM run WHERE id = ?", (run,)).fetchone()
        assert last == count
        return json.loads(value)


if __name__ == "__main__":
    name, number, descriptor = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if name == "prepared":
        prepared(socket.socket(fileno=descriptor))
    else:
        work(name, number, descriptor)
