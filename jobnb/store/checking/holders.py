"""Who keeps a database locked so long that others notice: a process that is stopped, say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil
from sqlalchemy import text

from jobnb.store.checking.findings import Finding, problem, warning
from jobnb.store.database import Database

STANDING: Final = 5.0
"""Seconds that a session may stand still in a transaction before it is worth a line."""
_LOCKS: Final = Path("/proc/locks")
"""Only Linux tells who has locked what."""
_WRITING: Final = 120
"""The byte of the file beside a database in WAL mode that its writer locks."""
_STANDING: Final = text(
    "SELECT pid, coalesce(nullif(application_name, ''), usename), host(client_addr),"
    " extract(epoch FROM clock_timestamp() - state_change)"
    " FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND state LIKE 'idle in transaction%'"
    " AND clock_timestamp() - state_change > make_interval(secs => :seconds)"
    " ORDER BY state_change"
)


def holders_of_file(path: Path) -> Iterator[Finding]:
    """The processes of this host that keep others from writing to a SQLite database."""
    for pid in sorted(_writers(path)):
        remedy = f"Wait for it, or end it: `kill {pid}`."
        try:
            process = psutil.Process(pid)
            name = " ".join(process.cmdline())[:200] or process.name()
            if process.status() == psutil.STATUS_STOPPED:
                name += ", which is stopped"
                remedy = f"Let it go on (`kill -CONT {pid}`), or end it (`kill -KILL {pid}`)."
        except psutil.Error:
            name = "of somebody else"
        yield problem("database", f"process {pid} ({name}) keeps {path} locked.", remedy)


def standing_sessions(database: Database) -> Iterator[Finding]:
    """The sessions of a PostgreSQL database that keep what they have changed locked."""
    with database.read() as connection:
        found = connection.execute(_STANDING, {"seconds": STANDING}).all()
    for pid, name, address, seconds in found:
        where = f" from {address}" if address else ""
        yield warning(
            "database",
            f"session {pid} ({name}{where}) stands still in a transaction for {seconds:.0f} s; who "
            "needs what it has changed must wait.",
            f"The server ends those of jobnb by itself; others end by `SELECT "
            f"pg_terminate_backend({pid})`.",
        )


def _writers(path: Path) -> Iterator[int]:
    if not _LOCKS.exists():
        return
    numbers = dict(_inodes(path))
    for line in _LOCKS.read_text().splitlines():
        _, kind, _, _, pid, file, first, last = line.replace("-> ", "").split()[:8]
        if (inode := file.rpartition(":")[2]) not in numbers or kind != numbers[inode]:
            continue
        if kind == "FLOCK" or int(first) <= _WRITING <= int(last):
            yield int(pid)


def _inodes(path: Path) -> Iterator[tuple[str, str]]:
    """The numbers of what a writer locks, and how."""
    beside = path.with_name(f"{path.name}-shm")
    for file, kind in ((beside, "POSIX"), (path.parent, "FLOCK")):
        if file.exists():
            yield str(file.stat().st_ino), kind
