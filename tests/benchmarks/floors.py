"""The floors: the least that a run in a process of its own, kept in a database, can cost on Dask.

Two small programs without any of the checks, fences, limits or words of jobnb: one executes a new
Python for each run, one forks from a Python that is ready. Each writes a row for the run, its log
and its end to SQLite in WAL mode, or to PostgreSQL, and gives the value back through Dask.

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
RUNS = """
CREATE TABLE IF NOT EXISTS floor_run (
    id TEXT PRIMARY KEY, status TEXT, created {0}, started {0}, ended {0}, value TEXT
)"""
ENTRIES = """
CREATE TABLE IF NOT EXISTS floor_entry (
    run TEXT, number INTEGER, created {0}, level TEXT, message TEXT, PRIMARY KEY (run, number)
)"""

_databases: dict[str, InSqlite | InPostgresql] = {}
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


class InSqlite:
    """Rows in a file that all processes of the machine write to, one after the other."""

    def __init__(self, path: str) -> None:
        self._rows = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, timeout=30
        )
        self._rows.execute("PRAGMA journal_mode = WAL")
        self._rows.execute("PRAGMA synchronous = NORMAL")
        self._rows.execute(RUNS.format("REAL"))
        self._rows.execute(f"{ENTRIES.format('REAL')} WITHOUT ROWID")

    def execute(self, statement: str, values: tuple) -> sqlite3.Cursor:
        return self._rows.execute(statement, values)

    def add(self, batch: list[tuple], *last: tuple[str, tuple]) -> None:
        """Entries, and statements that belong to them, in one transaction."""
        self._rows.execute("BEGIN IMMEDIATE")
        self._rows.executemany("INSERT INTO floor_entry VALUES (?, ?, ?, ?, ?)", batch)
        for statement, values in last:
            self._rows.execute(statement, values)
        self._rows.execute("COMMIT")


class InPostgresql:
    """Rows in a server, which brings each transaction to the disk before it answers."""

    def __init__(self, url: str) -> None:
        import psycopg

        self._rows = psycopg.connect(url, autocommit=True)
        # Two processes that make one table at once get in each other's way.
        self._rows.execute("SELECT pg_advisory_lock(1)")
        self._rows.execute(RUNS.format("DOUBLE PRECISION"))
        self._rows.execute(ENTRIES.format("DOUBLE PRECISION"))
        self._rows.execute("SELECT pg_advisory_unlock(1)")

    def execute(self, statement: str, values: tuple):
        return self._rows.execute(statement.replace("?", "%s"), values)

    def add(self, batch: list[tuple], *last: tuple[str, tuple]) -> None:
        with self._rows.transaction():
            with self._rows.cursor().copy("COPY floor_entry FROM STDIN") as copy:
                for row in batch:
                    copy.write_row(row)
            for statement, values in last:
                self.execute(statement, values)


def database(where: str) -> InSqlite | InPostgresql:
    """That of a path or a URL, opened once by each process."""
    if where not in _databases:
        _databases[where] = InPostgresql(where) if "://" in where else InSqlite(where)
    return _databases[where]


def on_worker(way: str, where: str, run: str, job: str, count: int) -> int:
    """The Dask task: a child, its log, its end."""
    rows = database(where)
    start = "UPDATE floor_run SET status = 'STARTED', started = ? WHERE id = ?"
    rows.execute(start, (time.time(), run))
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
    end = "UPDATE floor_run SET status = 'SUCCESS', ended = ?, value = ? WHERE id = ?"
    rows.add(batch, (end, (time.time(), json.dumps(value), run)))
    return value


def _take(rows: InSqlite | InPostgresql, run: str, reading: int) -> tuple[int | None, list[tuple]]:
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
                rows.add(batch)
                batch = []
    return value, batch


def _start_prepared() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, __file__, "prepared", "0", str(theirs.fileno())]
    subprocess.Popen(command, pass_fds=[theirs.fileno()], start_new_session=True)
    theirs.close()
    return ours


# --- where it is submitted ------------------------------------------------------------------------


class Floor:
    """Submits runs as a user of such a program would."""

    def __init__(self, client, way: str, where: str) -> None:
        self._client, self._way, self._where = client, way, where

    def submit(self, job: str = "hello", count: int = 1):
        run = str(uuid.uuid4())
        insert = "INSERT INTO floor_run (id, status, created) VALUES (?, 'PENDING', ?)"
        database(self._where).execute(insert, (run, time.time()))
        arguments = (self._way, self._where, run, job, count)
        return run, self._client.submit(on_worker, *arguments, pure=False)

    def run(self, job: str = "hello", count: int = 1) -> int:
        """Waits, and reads the log and the end as whoever shows them would."""
        run, future = self.submit(job, count)
        future.result()
        rows, last = database(self._where), 0
        page = "SELECT * FROM floor_entry WHERE run = ? AND number > ? ORDER BY number LIMIT 1000"
        while found := rows.execute(page, (run, last)).fetchall():
            last = found[-1][1]
        value = "SELECT value FROM floor_run WHERE id = ?"
        ((text,),) = rows.execute(value, (run,)).fetchall()
        assert last == count
        return json.loads(text)


if __name__ == "__main__":
    name, number, descriptor = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if name == "prepared":
        prepared(socket.socket(fileno=descriptor))
    else:
        work(name, number, descriptor)
