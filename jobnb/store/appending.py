"""What an attempt adds to its run while it works: entries in batches, and how far it is.

A batch goes past SQLAlchemy's own insert: rows of the driver on SQLite, COPY on PostgreSQL, which
is four times as fast (measured). On SQLite many rows go in by one statement: between two rows the
driver lets go of Python's lock, and while another thread works it may take milliseconds to get it
back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import chain, repeat
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Connection, bindparam, update
from sqlalchemy.dialects import sqlite

from jobnb.protocol import EntryKind
from jobnb.store.engines import driver_of
from jobnb.store.fence import HeldAttempt
from jobnb.store.models import COUNT_COLUMNS, attempt, entry, job_result, output
from jobnb.store.prepared import Prepared
from jobnb.store.text import all_storable
from jobnb.store.values import NewEntry

_INSERT: Final = str(entry.insert().compile(dialect=sqlite.dialect()))
_ROW: Final = f"({', '.join('?' * len(entry.columns))})"
_SIZES: Final = (500, 50)
"""Rows that go in by one statement; fewer than these all together."""
_KIND: Final = attrgetter("value")
_COLUMNS: Final = ", ".join(f'"{column.name}"' for column in entry.columns)
_COPY: Final = f"COPY {entry.name} ({_COLUMNS}) FROM STDIN"
_NOTE_CHILD: Final = Prepared(
    update(attempt)
    .where(attempt.c.token == bindparam("its_token"))
    .values(pid=bindparam("its_pid"))
)
_COUNT_UP: Final = Prepared(
    update(job_result)
    .where(job_result.c.id == bindparam("its_number"))
    .values(
        last_entry=bindparam("last"),
        **{name: job_result.c[name] + bindparam(f"more_{name}") for name in COUNT_COLUMNS.values()},
    )
)


def add_entries(connection: Connection, held: HeldAttempt, entries: Sequence[NewEntry]) -> int:
    """Numbers and stores the entries, and counts them in the job result.

    Returns:
        The number of the last entry of the run.
    """
    if not entries:
        return held.last_entry
    rows = _rows(held, entries, connection.dialect.name)
    if connection.dialect.name == "postgresql":
        _copy(connection, rows)
    else:
        _insert(connection, rows)
    _add_bundles(connection, held, entries)
    last = held.last_entry + len(entries)
    levels = Counter(item.level for item in entries if item.kind is EntryKind.LOG)
    counts = {f"more_{name}": levels[level] for level, name in COUNT_COLUMNS.items()}
    _COUNT_UP.count(connection, its_number=held.result, last=last, **counts)
    return last


def note_progress(connection: Connection, held: HeldAttempt, progress: str) -> None:
    """Stores how far the run is, as JSON text."""
    of_run = update(job_result).where(job_result.c.id == held.result)
    connection.execute(of_run.values(progress=progress))


def note_child(connection: Connection, token: str, pid: int) -> None:
    """Stores the process id of the child of an attempt."""
    _NOTE_CHILD.count(connection, its_token=token, its_pid=pid)


def _rows(
    held: HeldAttempt, entries: Sequence[NewEntry], dialect: str
) -> list[tuple[int | float | str | None, ...]]:
    """The entries in the order of the table's columns."""
    kinds, created, messages, levels, groupings, objects, sources, partial, _ = zip(
        *entries, strict=True
    )
    first = held.last_entry + 1
    columns = (
        repeat(held.result, len(entries)),
        range(first, first + len(entries)),
        repeat(held.number, len(entries)),
        map(_KIND, kinds),
        created,
        levels,
        *(all_storable(texts, dialect) for texts in (groupings, objects, sources)),
        partial,
        all_storable(messages, dialect),
    )
    return list(zip(*columns, strict=True))


def _insert(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    at, driver = 0, driver_of(connection)
    while left := len(rows) - at:
        count = next((size for size in _SIZES if size <= left), left)
        values = tuple(chain.from_iterable(rows[at : at + count]))
        driver.execute(_inserting(count), values)
        at += count


@cache
def _inserting(count: int) -> str:
    """The statement for so many rows."""
    return f"{_INSERT.partition(' VALUES ')[0]} VALUES {', '.join([_ROW] * count)}"


def _copy(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    with driver_of(connection).cursor() as cursor, cursor.copy(_COPY) as copy:
        for row in rows:
            copy.write_row(row)


def _add_bundles(connection: Connection, held: HeldAttempt, entries: Sequence[NewEntry]) -> None:
    rows = [
        {"result": held.result, "number": number, "media_type": media_type, "content": content}
        for number, item in enumerate(entries, held.last_entry + 1)
        if item.bundle
        for media_type, content in item.bundle.items()
    ]
    if rows:
        connection.execute(output.insert(), rows)
