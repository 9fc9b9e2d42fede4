"""The checkup of a database: what could go wrong with it, found before it does.

It writes nothing that stays.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, func, insert, select, text

from jobnb.errors import ConfigurationError, JobnbError, StoreError
from jobnb.store.checking.findings import Finding, fine, problem, warning
from jobnb.store.checking.holders import holders_of_file, standing_sessions
from jobnb.store.database import Database, looking_into, open_database
from jobnb.store.opening.engines import parse_url, public_url
from jobnb.store.opening.location import network_file_system
from jobnb.store.opening.schema import found_revision
from jobnb.store.tables.models import REVISION, info, job_result

LITTLE_ROOM: Final = 512 * 1024 * 1024
"""Free bytes on the disk of a SQLite database below which there is a warning."""
NO_ROOM: Final = 16 * 1024 * 1024
"""Free bytes below which it is a problem: a single file of a run may have ten million."""
CLOCK_SKEW: Final = 5.0
"""Seconds by which the clocks of two machines may differ, or that of one at two times."""
NEWEST: Final = 1000
"""Runs whose times are looked at."""
_SAFE_SQLITE: Final = ((3, 44, 6), (3, 50, 7), (3, 51, 3))
"""The versions that cure a rare race of WAL between processes, by minor version."""


def examine(url: str, *, is_default: bool = False) -> Iterator[Finding]:
    """All findings about the database at ``url``, which is not made; it raises nothing.

    Args:
        url: Where it is, or would be.
        is_default: Whether nobody has said so, and its folder is made with it.
    """
    try:
        parsed = parse_url(url)
    except ConfigurationError as error:
        yield problem("database", str(error))
        return
    path = Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None
    if path is not None:
        yield from _examine_place(path)
        yield from {str(found): found for found in _examine_users(path)}.values()
        if not has_database(url):
            yield _absence(path, is_default=is_default)
            yield from holders_of_file(path)  # who is about to make it
            return
    try:
        if path is not None and (found := _older_revision(url)) is not None:
            yield from _examine_older(url, found)
            return
        database = open_database(url)
        yield fine("database", f"{public_url(parsed)} answers")
        if path is None:
            yield from _examine_server(database)
            yield from standing_sessions(database)
        else:
            yield from _examine_file(database)
        yield from _examine_times(database)
        _try_writing(database)
        yield fine("database", "it can be written to")
    except (JobnbError, OSError) as error:
        cause = "" if path is None else _cause(path)
        yield problem("database", f"{cause}{error}")
        if path is not None:
            yield from holders_of_file(path)


def has_database(url: str) -> bool:
    """Whether there is one, or a server that may have one: to open a file would make it."""
    parsed = parse_url(url)
    return parsed.get_backend_name() != "sqlite" or Path(parsed.database or "").exists()


def _absence(path: Path, *, is_default: bool) -> Finding:
    """Nobody can tell a file that was never made from one that is gone without a trace."""
    if is_default and not path.parent.exists():
        return fine("database", f"none yet; the first use of jobnb makes {path}")
    remedy = "If there was one, put it back from a copy, or correct database_url."
    if not path.parent.is_dir():
        return problem("database", f"there is no folder {path.parent} for {path.name}.", remedy)
    if not os.access(path.parent, os.W_OK):
        return problem("database", f"there is no {path}. {_cause(path).strip()}", remedy)
    if any(path.parent.glob(f"{path.name}-*")):
        return problem("database", f"{path} is gone; what SQLite keeps beside it is there.", remedy)
    return warning("database", f"there is no {path} yet; the first use of jobnb makes it.", remedy)


def _cause(path: Path) -> str:
    """Why a file cannot be written to, as a sentence; empty if that is not seen from outside."""
    folder = path.parent
    if not folder.is_dir():
        return ""
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        return f"The disk of {path} is mounted read-only. "
    places = [place for place in (folder, path) if place.exists() and not os.access(place, os.W_OK)]
    return f"{places[0]} may not be written to by this user. " if places else ""


def _examine_place(path: Path) -> Iterator[Finding]:
    system = network_file_system(path.parent)
    if system:
        yield problem(
            "database",
            f"{path} is on a network file system ({system}), where SQLite's locks cannot be "
            "trusted.",
            "Set database_url (JOBNB_DATABASE_URL) to a local file or to PostgreSQL.",
        )
    folder = next(folder for folder in path.parents if folder.is_dir())
    free = shutil.disk_usage(folder).free
    told = f"{free / 1024**2:,.0f} MiB are free on the disk of {path}"
    remedy = "Make room, or remove old runs: `jobnb cleanup --older-than 90d`."
    if free < NO_ROOM:
        yield problem("disk", f"{told}; the disk is full.", remedy)
    elif free < LITTLE_ROOM:
        yield warning("disk", f"{told}.", remedy)
    else:
        yield fine("disk", told)


def _older_revision(url: str) -> int | None:
    """The revision of a file that would be upgraded if it was opened; None if it would not."""
    with looking_into(url) as connection:
        found = found_revision(connection)
    return found if found < REVISION else None


def _examine_older(url: str, found: int) -> Iterator[Finding]:
    """Looks only at what holds for every revision."""
    yield _examine_sqlite(sqlite3.sqlite_version_info)
    yield warning(
        "schema",
        f"revision {found} is older than this jobnb, which upgrades it to {REVISION} at the next "
        "use; the rest is looked at after that.",
        "Keep a copy if an older jobnb still has to open it, then call `jobnb upgrade`.",
    )
    with looking_into(url) as connection:
        yield _integrity(connection)


def _examine_file(database: Database) -> Iterator[Finding]:
    yield _examine_sqlite(sqlite3.sqlite_version_info)
    with database.read() as connection:
        yield _revision(connection)
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
        integrity = _integrity(connection)
    if mode != "wal":
        yield warning(
            "database",
            f"its journal mode is {mode!r}, so readers wait for writers.",
            "Close every process that uses it; jobnb turns WAL on when it opens it alone.",
        )
    yield integrity


def _integrity(connection: Connection) -> Finding:
    said = connection.exec_driver_sql("PRAGMA quick_check(5)").scalars().all()
    if said == ["ok"]:
        return fine("integrity", "quick_check finds nothing wrong")
    return problem(
        "integrity",
        f"the file is damaged: {'; '.join(map(str, said))}.",
        "Stop jobnb everywhere, keep a copy, and rescue what is left with `sqlite3 FILE .recover`.",
    )


def _examine_sqlite(found: tuple[int, ...]) -> Finding:
    version = ".".join(map(str, found))
    if found >= _SAFE_SQLITE[-1] or any(
        found[:2] == safe[:2] and found >= safe for safe in _SAFE_SQLITE
    ):
        return fine("SQLite", version)
    return fine(
        "SQLite",
        f"{version}, which has the WAL-reset race: two processes that write at the very same "
        "moment can damage the file. It is very rare, as jobnb has one writer in each process, and "
        "cured in 3.51.3, 3.50.7 and 3.44.6. Where many processes write, use PostgreSQL",
    )


def _examine_server(database: Database) -> Iterator[Finding]:
    with database.read() as connection:
        yield _revision(connection)
        version = connection.execute(text("SHOW server_version")).scalar_one()
        before = datetime.now(UTC)
        server = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        after = datetime.now(UTC)
    yield fine("PostgreSQL", str(version))
    skew = max((before - server).total_seconds(), (server - after).total_seconds(), 0.0)
    if skew > CLOCK_SKEW:
        yield warning(
            "clock",
            f"this machine and the database server are {skew:,.0f} s apart; times of runs are "
            "those of the machine that wrote them.",
            "Let both take their time from the network (NTP).",
        )
    else:
        yield fine("clock", "this machine and the database server agree")


def _examine_times(database: Database) -> Iterator[Finding]:
    newest = select(job_result.c.created).order_by(job_result.c.id.desc()).limit(NEWEST).subquery()
    with database.read() as connection:
        latest = connection.execute(select(func.max(newest.c.created))).scalar()
    ahead = 0.0 if latest is None else (latest - datetime.now(UTC)).total_seconds()
    if ahead > CLOCK_SKEW:
        yield warning(
            "clock",
            f"a run was submitted {ahead:,.0f} s from now: this clock was set back since, or that "
            "of another machine goes ahead. Nothing that counts depends on it, but the times of "
            "runs do, and which of them a cleanup takes for old.",
            "Let all machines take their time from the network (NTP).",
        )


def _revision(connection: Connection) -> Finding:
    found = found_revision(connection)
    if found == REVISION:
        return fine("schema", f"revision {found}")
    return warning(
        "schema",
        f"revision {found} is newer than this jobnb, which knows {REVISION}; it can work with it.",
        "Upgrade with `pip install --upgrade jobnb`.",
    )


def _try_writing(database: Database) -> None:
    """Writes a row that is too large for what is left of a full disk, and takes it back."""
    try:
        with database.write() as connection, connection.begin_nested() as trial:
            connection.execute(insert(info).values(name="trial", value="x" * 100_000))
            trial.rollback()
    except StoreError as error:
        raise StoreError(f"It cannot be written to: {error}") from error


def _examine_users(path: Path) -> Iterator[Finding]:
    """Finds the processes that go on with a file that is gone; only Linux tells."""
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            target = str(link.readlink())
        except OSError:
            continue  # somebody else's process, or over by now
        if target == f"{path} (deleted)":
            yield problem(
                "database",
                f"process {link.parts[2]} has a deleted {path} open: the file was deleted or "
                "replaced under it, and its runs cannot be kept.",
                "Restart that kernel or worker.",
            )
