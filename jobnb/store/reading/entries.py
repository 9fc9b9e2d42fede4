"""The stream of a run, as it is read: in pages, from its end, by number, or by what stands in it.

On SQLite a page comes out as one row, a JSON text for each column: between two rows the driver lets
go of Python's lock, and while another thread works it may take milliseconds to get it back.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Integer,
    ScalarSelect,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
    type_coerce,
)

from jobnb.garbage import in_one_go
from jobnb.protocol import EntryKind, make_tuple
from jobnb.store.database import Database
from jobnb.store.prepared import Prepared
from jobnb.store.reading.runs import state_of
from jobnb.store.tables.models import entry, job_result, output
from jobnb.store.tables.text import storable
from jobnb.store.values import Entry
from jobnb.store.watching import EntryFilter, RunState

_FIELDS: Final = (
    entry.c.number,
    entry.c.kind,
    entry.c.created,
    entry.c.message,
    entry.c.level,
    entry.c.grouping,
    entry.c.object,
    entry.c.source,
    entry.c.partial,
)
"""In the order of ``Entry``."""
_TICKS: Final = 2.0**22
"""In a second. A float that is a moment of our days is a whole number of them."""
_KINDS: Final = {kind.value: kind for kind in EntryKind}


class RunEntries:
    """Access to the entries of runs; any thread may use it. Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, run_id: str, after: int = 0, limit: int = 1000) -> list[Entry]:
        """At most ``limit`` entries with numbers above ``after``, in order."""
        with self._database.read() as connection:
            return _AFTER.read(connection, its_id=run_id, after=after, most=limit)

    def news(
        self,
        run_id: str,
        after: int,
        *,
        most: int,
        newest: int | None = None,
        state: RunState | None = None,
    ) -> tuple[RunState, int, list[Entry]]:
        """What changes while a run works, and its new entries.

        Args:
            run_id: Which run.
            after: Number of the last entry that is known.
            most: Entries at most; the first ones.
            newest: How many of the newest are wanted at most; None: all are.
            state: What changes while a run works, if that is over and known; None: it is read.

        Returns:
            The state, the number after which entries were read, and these in order.

        Raises:
            ResultNotFound: There is no such run.
        """
        with self._database.read() as connection:
            # It comes first: what it counts can be read afterwards, never the other way round.
            state = state or state_of(connection, run_id)
            if newest is not None:
                after = max(after, state.last_entry - newest)
            if state.last_entry <= after:
                return state, after, []
            found = _AFTER.read(connection, its_id=run_id, after=after, most=most)
            return state, after, found

    def tail(self, run_id: str, count: int) -> list[Entry]:
        """The newest ``count`` entries, in order."""
        with self._database.read() as connection:
            return _NEWEST.read(connection, its_id=run_id, most=count)

    def numbered(self, run_id: str, numbers: Collection[int]) -> list[Entry]:
        """Those of the entries, in order."""
        named = _entries_of(run_id).where(entry.c.number.in_(numbers))
        with self._database.read() as connection:
            return _made(connection, named.order_by(entry.c.number))

    def search(self, run_id: str, text: str, limit: int = 1000) -> list[Entry]:
        """The first ``limit`` entries that have the text, in letters of any case; in order."""
        with self._database.read() as connection:
            having = _entries_of(run_id).where(_has_text(text, connection.dialect.name))
            return _made(connection, having.order_by(entry.c.number).limit(limit))

    def find(
        self, run_id: str, wanted: EntryFilter, *, after: int = 0, limit: int = 5000
    ) -> list[int]:
        """The numbers of the newest ``limit`` entries above ``after`` that pass, in order."""
        query = select(entry.c.number).where(entry.c.result == _number_of(run_id))
        newest = query.order_by(entry.c.number.desc()).limit(limit)
        with self._database.read() as connection:
            passes = _passes(wanted, connection.dialect.name)
            return list(connection.scalars(newest.where(entry.c.number > after, *passes)))[::-1]

    def bundles(
        self, run_id: str, numbers: Collection[int] | None = None
    ) -> dict[int, dict[str, str]]:
        """Number of each DISPLAY entry to all that it shows: media type to content, as Jupyter's.

        Args:
            run_id: Which run.
            numbers: Of the entries; None for all of the run.
        """
        query = select(output).where(output.c.result == _number_of(run_id))
        if numbers is not None:
            query = query.where(output.c.number.in_(numbers))
        found: dict[int, dict[str, str]] = {}
        with self._database.read() as connection:
            for row in connection.execute(query.order_by(output.c.number)):
                found.setdefault(row.number, {})[row.media_type] = row.content
        return found

    def bundle_sizes(self, run_id: str) -> dict[int, dict[str, int]]:
        """Number of each DISPLAY entry to the characters of each part of its bundle."""
        size = func.length(output.c.content).label("size")
        query = select(output.c.number, output.c.media_type, size)
        query = query.where(output.c.result == _number_of(run_id)).order_by(output.c.number)
        found: dict[int, dict[str, int]] = {}
        with self._database.read() as connection:
            for row in connection.execute(query):
                found.setdefault(row.number, {})[row.media_type] = row.size
        return found


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


def _made(connection: Connection, query: Select[Any]) -> list[Entry]:
    return [Entry(*row) for row in connection.execute(query)]


def _passes(wanted: EntryFilter, dialect: str) -> Iterator[ColumnElement[bool]]:
    if wanted.levels or wanted.kinds:
        yield or_(entry.c.level.in_(wanted.levels), entry.c.kind.in_(wanted.kinds))
    if wanted.text:
        parts = (entry.c.message, entry.c.grouping, entry.c.object)
        yield or_(*(_has_text(wanted.text, dialect, part) for part in parts))


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


def _number_of(run_id: str | BindParameter[str]) -> ScalarSelect[int]:
    """The internal number of a run."""
    return select(job_result.c.id).where(job_result.c.run_id == run_id).scalar_subquery()


def _entries_of(run_id: str | BindParameter[str]) -> Select[Any]:
    return select(*_FIELDS).where(entry.c.result == _number_of(run_id))


_MOST: Final = bindparam("most", type_=Integer())
_RUN: Final = _number_of(bindparam("its_id", type_=String()))
_LAST: Final = select(func.max(entry.c.number)).where(entry.c.result == _RUN).scalar_subquery()


class _Page:
    """Entries of a run that follow each other: no number between them is missing."""

    def __init__(self, *between: ColumnElement[bool]) -> None:
        """Makes the query once.

        Args:
            between: Which numbers. A LIMIT would take as long as all the rest on SQLite (measured).
        """
        where = (entry.c.result == _RUN, *between)
        kind = type_coerce(entry.c.kind, String())
        plain = [kind if column is entry.c.kind else column for column in _FIELDS]
        self._rows = Prepared(select(*plain).where(*where).order_by(entry.c.number))
        # As JSON, SQLite would round the moment, and integers are written and parsed twice as fast.
        ticks = cast(entry.c.created * _TICKS, BigInteger)
        texts = [ticks if column is entry.c.created else column for column in _FIELDS]
        self._json = Prepared(select(*map(func.json_group_array, texts)).where(*where))

    @in_one_go()
    def read(self, connection: Connection, **values: Any) -> list[Entry]:
        """The entries, in order."""
        if connection.dialect.name == "postgresql":
            return _entries(zip(*self._rows.plain_rows(connection, **values), strict=True))
        (row,) = self._json.plain_rows(connection, **values)
        numbers, kinds, ticks, *others = map(json.loads, row)
        # In order they are, as there is but one way to find them; SQLite does not promise it.
        return sorted(_entries([numbers, kinds, [tick / _TICKS for tick in ticks], *others]))


def _entries(columns: Iterable[Sequence[Any]]) -> list[Entry]:
    """The entries, made by columns: one by one takes as long as all the rest (measured)."""
    if not (found := list(columns)):
        return []
    numbers, kinds, created, *texts, partial = found
    rows = zip(
        numbers,
        map(_KINDS.__getitem__, kinds),
        created,
        *texts,
        map(bool, partial),
        repeat(None, len(numbers)),
        strict=True,
    )
    return list(map(make_tuple, repeat(Entry), rows))


_AFTER: Final = _Page(
    entry.c.number > bindparam("after"), entry.c.number <= bindparam("after") + _MOST
)
_NEWEST: Final = _Page(entry.c.number > _LAST - _MOST)
