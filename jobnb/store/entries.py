"""The stream of a run: entries are appended in batches, and read after a number.

A batch goes past SQLAlchemy's own insert: rows of the driver on SQLite, COPY on PostgreSQL, which
is four times as fast (measured). On SQLite many rows go in by one statement, and come out as one
JSON text: between two rows the driver lets go of Python's lock, and while another thread works it
may take milliseconds to get it back.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import chain
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import sqlite

from jobnb.protocol import EntryKind
from jobnb.store.fence import HeldAttempt
from jobnb.store.models import COUNT_COLUMNS, entry, job_result, output
from jobnb.store.text import storable
from jobnb.store.values import Entry, NewEntry
from jobnb.store.watching import EntryFilter

_INSERT: Final = str(entry.insert().compile(dialect=sqlite.dialect()))
_AT_ONCE: Final = 100
_ROW: Final = ", ".join("?" * len(entry.columns))
_INSERT_MANY: Final = (
    f"{_INSERT.partition(' VALUES ')[0]} VALUES {', '.join([f'({_ROW})'] * _AT_ONCE)}"
)
_COLUMNS: Final = ", ".join(f'"{column.name}"' for column in entry.columns)
_COPY: Final = f"COPY {entry.name} ({_COLUMNS}) FROM STDIN"
_FIELDS: Final = (
    entry.c.number,
    entry.c.kind,
    entry.c.created,
    entry.c.level,
    entry.c.grouping,
    entry.c.object,
    entry.c.source,
    entry.c.partial,
    entry.c.message,
)
_NAMES: Final = tuple(column.name for column in _FIELDS)
_MOMENT: Final = _NAMES.index("created")
_KINDS: Final = {kind.value: kind for kind in EntryKind}
_COUNT_UP: Final = (
    update(job_result)
    .where(job_result.c.id == bindparam("result"))
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
    connection.execute(_COUNT_UP, {"result": held.result, "last": last, **counts})
    return last


def note_progress(connection: Connection, held: HeldAttempt, progress: str) -> None:
    """Stores how far the run is, as JSON text."""
    of_run = update(job_result).where(job_result.c.id == held.result)
    connection.execute(of_run.values(progress=progress))


def _rows(
    held: HeldAttempt, entries: Sequence[NewEntry], dialect: str
) -> list[tuple[int | float | str | None, ...]]:
    """The entries in the order of the table's columns."""

    def clean(text: str | None) -> str | None:
        return text and storable(text, dialect)

    return [
        (
            held.result,
            number,
            held.number,
            item.kind.value,
            item.created,
            item.level,
            clean(item.grouping),
            clean(item.object),
            clean(item.source),
            item.partial,
            clean(item.message),
        )
        for number, item in enumerate(entries, held.last_entry + 1)
    ]


def _insert(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    whole = len(rows) - len(rows) % _AT_ONCE
    for at in range(0, whole, _AT_ONCE):
        values = tuple(chain.from_iterable(rows[at : at + _AT_ONCE]))
        connection.exec_driver_sql(_INSERT_MANY, values)
    if rest := list(rows[whole:]):
        connection.exec_driver_sql(_INSERT, rest)


def _add_bundles(connection: Connection, held: HeldAttempt, entries: Sequence[NewEntry]) -> None:
    rows = [
        {"result": held.result, "number": number, "media_type": media_type, "content": content}
        for number, item in enumerate(entries, held.last_entry + 1)
        if item.bundle
        for media_type, content in item.bundle.items()
    ]
    if rows:
        connection.execute(output.insert(), rows)


def bundles_of(
    connection: Connection, run_id: str, numbers: Collection[int] | None
) -> dict[int, dict[str, str]]:
    """Number of each DISPLAY entry to its bundle; None for the numbers: of all of them."""
    found: dict[int, dict[str, str]] = {}
    result = select(job_result.c.id).where(job_result.c.run_id == run_id).scalar_subquery()
    query = select(output).where(output.c.result == result)
    if numbers is not None:
        query = query.where(output.c.number.in_(numbers))
    for row in connection.execute(query.order_by(output.c.number)):
        found.setdefault(row.number, {})[row.media_type] = row.content
    return found


def bundle_sizes(connection: Connection, run_id: str) -> dict[int, dict[str, int]]:
    """Number of each DISPLAY entry to the characters of each part of its bundle."""
    found: dict[int, dict[str, int]] = {}
    result = select(job_result.c.id).where(job_result.c.run_id == run_id).scalar_subquery()
    size = func.length(output.c.content).label("size")
    query = select(output.c.number, output.c.media_type, size).where(output.c.result == result)
    for row in connection.execute(query.order_by(output.c.number)):
        found.setdefault(row.number, {})[row.media_type] = row.size
    return found


def _copy(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    driver_connection: Any = connection.connection.driver_connection
    with driver_connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for row in rows:
            copy.write_row(row)


def entries_after(connection: Connection, run_id: str, after: int, limit: int) -> list[Entry]:
    """At most ``limit`` entries of a run with numbers above ``after``, in order."""
    where = {"its_id": run_id, "after": after, "most": limit}
    if connection.dialect.name == "postgresql":
        return [Entry(**row) for row in connection.execute(_AFTER, where).mappings().all()]
    return _from_json(connection.execute(_AFTER_AS_JSON, where).scalar_one())


def entries_numbered(connection: Connection, run_id: str, numbers: Collection[int]) -> list[Entry]:
    """Those of the entries of a run, in order."""
    named = _entries_of(run_id).where(entry.c.number.in_(numbers)).order_by(entry.c.number)
    return [Entry(**row) for row in connection.execute(named).mappings()]


def numbers_of(
    connection: Connection, run_id: str, wanted: EntryFilter, *, after: int, limit: int
) -> list[int]:
    """The numbers of the newest ``limit`` entries above ``after`` that pass, in order."""
    result = select(job_result.c.id).where(job_result.c.run_id == run_id).scalar_subquery()
    query = select(entry.c.number).where(entry.c.result == result, entry.c.number > after)
    if wanted.levels or wanted.kinds:
        query = query.where(or_(entry.c.level.in_(wanted.levels), entry.c.kind.in_(wanted.kinds)))
    if wanted.text:
        parts = (entry.c.message, entry.c.grouping, entry.c.object)
        dialect = connection.dialect.name
        query = query.where(or_(*(_has_text(wanted.text, dialect, part) for part in parts)))
    newest = query.order_by(entry.c.number.desc()).limit(limit)
    return list(connection.scalars(newest))[::-1]


def last_entries(connection: Connection, run_id: str, count: int) -> list[Entry]:
    """The newest ``count`` entries of a run, in order."""
    newest = _entries_of(run_id).order_by(entry.c.number.desc()).limit(count)
    return _read(connection, newest)[::-1]


def _read(connection: Connection, query: Select[Any]) -> list[Entry]:
    if connection.dialect.name == "postgresql":
        return [Entry(**row) for row in connection.execute(query).mappings().all()]
    return _from_json(connection.execute(_as_json(query)).scalar_one())


def _as_json(query: Select[Any]) -> Select[Any]:
    """The same as one JSON text, by SQLite."""
    page = query.subquery()
    columns: list[Any] = [page.c[item.name] for item in _FIELDS]
    # As JSON, SQLite would round the moment.
    columns[_MOMENT] = func.printf("%!.17g", page.c.created)
    return select(func.json_group_array(func.json_array(*columns)))


def _from_json(text: str) -> list[Entry]:
    return [_entry(row) for row in json.loads(text)]


def _entry(row: list[Any]) -> Entry:
    """Past the constructor, which costs as much as everything else together (measured)."""
    made = Entry.__new__(Entry)
    fields = vars(made)
    fields["number"], kind, moment, fields["level"], *texts, partial, fields["message"] = row
    fields["grouping"], fields["object"], fields["source"] = texts
    fields["kind"], fields["created"] = _KINDS[kind], float(moment)
    fields["partial"] = bool(partial)
    return made


def entries_with_text(connection: Connection, run_id: str, text: str, limit: int) -> list[Entry]:
    """The first ``limit`` entries of a run that have the text, in letters of any case; in order."""
    having = _entries_of(run_id).where(_has_text(text, connection.dialect.name))
    rows = connection.execute(having.order_by(entry.c.number).limit(limit)).mappings()
    return [Entry(**row) for row in rows]


def first_with_text(connection: Connection, results: Sequence[int], text: str) -> dict[int, Entry]:
    """Internal number of each of the runs that have the text to the first entry that has it."""
    first = (
        select(entry.c.result, func.min(entry.c.number).label("number"))
        .where(entry.c.result.in_(results), _has_text(text, connection.dialect.name))
        .group_by(entry.c.result)
        .subquery()
    )
    is_it = and_(entry.c.result == first.c.result, entry.c.number == first.c.number)
    rows = connection.execute(select(entry.c.result, *_FIELDS).join(first, is_it)).mappings()
    return {
        row["result"]: Entry(**{key: row[key] for key in row if key != "result"}) for row in rows
    }


def _has_text(
    text: str, dialect: str, part: ColumnElement[Any] = entry.c.message
) -> ColumnElement[bool]:
    """Whether a part of an entry, its message, has the text, in letters of any case.

    Not LIKE: in SQLite that ends at the first NUL. SQLite's own ``lower()`` knows ASCII only, so
    the other letters are looked for as they are given, small and large.
    """
    message = func.lower(part)
    if dialect == "postgresql":
        return func.strpos(message, func.lower(storable(text, dialect))) > 0
    spellings = dict.fromkeys(_lower_ascii(item) for item in (text, text.lower(), text.upper()))
    return or_(*(func.instr(message, storable(item, dialect)) > 0 for item in spellings))


def _lower_ascii(text: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


def _entries_of(run_id: str | BindParameter[str]) -> Select[Any]:
    result = select(job_result.c.id).where(job_result.c.run_id == run_id).scalar_subquery()
    return select(*_FIELDS).where(entry.c.result == result)


_AFTER: Final = (
    _entries_of(bindparam("its_id", type_=String()))
    .where(entry.c.number > bindparam("after"))
    .order_by(entry.c.number)
    .limit(bindparam("most", type_=Integer()))
)
_AFTER_AS_JSON: Final = _as_json(_AFTER)
