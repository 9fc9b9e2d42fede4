"""What an attempt adds to its run while it works: entries in batches, and how far it is.

A batch goes past SQLAlchemy's own insert: rows of the driver on SQLite, COPY on PostgreSQL, which
is four times as fast (measured). On SQLite many rows go in by one statement: between two rows the
driver lets go of Python's lock, and while another thread works it may take milliseconds to get it
back. What they have in common is given once: to give values takes most of the time (measured).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain, compress, repeat
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Connection, bindparam, update

from jobnb.protocol import EntryKind
from jobnb.store.opening.engines import driver_of
from jobnb.store.prepared import Prepared
from jobnb.store.tables.models import COUNT_COLUMNS, attempt, entry, job_result, output
from jobnb.store.tables.text import all_storable
from jobnb.store.values import NewEntry
from jobnb.store.writing.fence import HeldAttempt

_SIZES: Final = (500, 50)
"""Rows that go in by one statement; fewer than these all together."""
OWN_NAMES: Final = (
    *("kind", "level", "grouping", "object", "source", "partial", "created", "message"),
)
"""The columns of what an entry says itself."""
_SHARED: Final = ("kind", "level", "grouping", "object", "source", "partial")
"""Columns in which many rows may have the same."""
_TEXTS: Final = ("grouping", "object", "source", "message")
_LIGHT: Final = 64 * 1024
"""Characters; as JSON they may become six times as many, and PostgreSQL takes 1 GB at most."""
_KIND: Final = attrgetter("_value_")  # ten times as fast as ``value`` of an enumeration
_NOTE_CHILD: Final = Prepared(
    update(attempt)
    .where(attempt.c.token == bindparam("its_token"))
    .values(pid=bindparam("its_pid"))
)
GROWN: Final = {
    "last_entry": job_result.c.last_entry + bindparam("more"),
    **{name: job_result.c[name] + bindparam(f"more_{name}") for name in COUNT_COLUMNS.values()},
}
"""What an update of a job result sets once entries were added; it needs the growth of a batch."""
_GROW: Final = Prepared(
    update(job_result).where(job_result.c.id == bindparam("its_number")).values(GROWN)
)
_Columns = Mapping[str, Sequence[Any]]


class Batch:
    """Entries on their way into one kind of database."""

    def __init__(self, entries: Sequence[NewEntry], dialect: str) -> None:
        self._entries = entries
        self._dialect = dialect
        self.columns: Final = _columns(entries, dialect) if entries else {}
        """What the entries say themselves: name of the column to the value of each."""
        are_records = (item.kind is EntryKind.LOG for item in entries)
        levels = Counter(compress(self.columns.get("level", ()), are_records))
        more = {f"more_{name}": levels[level] for level, name in COUNT_COLUMNS.items()}
        self.growth: Final = {"more": len(entries), **more}
        """How many more entries the run has, and how many more records of each level."""

    @property
    def is_light(self) -> bool:
        """Whether it has no rich output, and so little text that any way is as fast."""
        if any(item.bundle for item in self._entries):
            return False
        texts = chain.from_iterable(self.columns.get(name, ()) for name in _TEXTS)
        return sum(map(len, filter(None, texts))) <= _LIGHT

    def append(self, connection: Connection, held: HeldAttempt) -> int:
        """Numbers and stores the entries, and counts them in the job result.

        Returns:
            The number of the last entry of the run.
        """
        if self._entries:
            self.store(connection, held)
            _GROW.count(connection, its_number=held.result, **self.growth)
        return held.last_entry + len(self._entries)

    def store(self, connection: Connection, held: HeldAttempt) -> None:
        """Numbers and stores the entries; the growth of the job result is still to be set."""
        if not self._entries:
            return
        if self._dialect == "postgresql":
            _copy(connection, held, self.columns)
        else:
            _insert(connection, held, self.columns)
        _add_bundles(connection, held, self._entries)


def note_progress(connection: Connection, held: HeldAttempt, progress: str) -> None:
    """Stores how far the run is, as JSON text."""
    of_run = update(job_result).where(job_result.c.id == held.result)
    connection.execute(of_run.values(progress=progress))


def note_child(connection: Connection, token: str, pid: int) -> None:
    """Stores the process id of the child of an attempt."""
    _NOTE_CHILD.count(connection, its_token=token, its_pid=pid)


def _columns(entries: Sequence[NewEntry], dialect: str) -> _Columns:
    kinds, created, messages, levels, groupings, objects, sources, partial, _ = zip(
        *entries, strict=True
    )
    texts = (all_storable(each, dialect) for each in (groupings, objects, sources, messages))
    grouping, object_, source, message = texts
    values = (
        tuple(map(_KIND, kinds)),
        levels,
        grouping,
        object_,
        source,
        partial,
        created,
        message,
    )
    return dict(zip(OWN_NAMES, values, strict=True))


def _insert(connection: Connection, held: HeldAttempt, columns: _Columns) -> None:
    at, driver, whole = 0, driver_of(connection), len(columns["message"])
    while left := whole - at:
        size = next((size for size in _SIZES if size <= left), left)
        block = {name: values[at : at + size] for name, values in columns.items()}
        shared = {name: block.pop(name)[0] for name in _SHARED if _is_same(block[name])}
        each = chain.from_iterable(zip(*block.values(), strict=True))
        given = (held.result, held.last_entry + 1 + at, held.number, *shared.values(), *each)
        driver.execute(_inserting(size, tuple(shared), tuple(block)), given)
        at += size


def _is_same(values: Sequence[Any]) -> bool:
    return values.count(values[0]) == len(values)


@lru_cache(maxsize=100)
def _inserting(size: int, shared: tuple[str, ...], own: tuple[str, ...]) -> str:
    """Inserts so many rows: result, first number, attempt, what is shared, then what is not."""
    names = ", ".join(f'"{name}"' for name in ("result", "number", "attempt", *shared, *own))
    of_all = ", ".join(["?", "? + column1", "?", *("?" for _ in shared)])
    of_each = ", ".join(f"column{place}" for place in range(2, 2 + len(own)))
    rows = ", ".join(f"({row}{', ?' * len(own)})" for row in range(size))
    values = f"SELECT {of_all}, {of_each} FROM (VALUES {rows})"  # noqa: S608 - names of columns
    return f"INSERT INTO {entry.name} ({names}) {values}"


def _copy(connection: Connection, held: HeldAttempt, columns: _Columns) -> None:
    names = ", ".join(f'"{name}"' for name in ("result", "number", "attempt", *columns))
    numbers = range(held.last_entry + 1, held.last_entry + 1 + len(columns["message"]))
    rows = zip(repeat(held.result), numbers, repeat(held.number), *columns.values())
    copying = f"COPY {entry.name} ({names}) FROM STDIN"
    with driver_of(connection).cursor() as cursor, cursor.copy(copying) as copy:
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
