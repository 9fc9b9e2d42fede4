"""The history of runs, newest first: by job, status, user, time and inputs, and text in logs.

However long it is, a page of it is read through an index, and goes on where the last one ended.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, exists, null, select, tuple_

from jobnb.errors import ResultNotFound
from jobnb.protocol import READY_STATES, Status
from jobnb.store.database import Database
from jobnb.store.reading.entries import first_with_text
from jobnb.store.reading.input_values import name_key, wanted_keys
from jobnb.store.reading.runs import record_columns, to_record
from jobnb.store.tables.models import input_value, job_result
from jobnb.store.values import Entry, RunRecord

SEARCH_BUDGET: Final = 1_000_000
"""Entries that one search for a text reads at most, but for a single run that has more."""
_BATCH: Final = 200
"""Runs of which the logs are searched by one query."""
_LEADS: Final = (
    ("job_name", "status"),
    ("user", "status"),
    ("user", "job_name"),
    ("job_name",),
    ("user",),
    ("status",),
)
"""What stands before the time in the indexes of runs, the best first."""
_Pair = tuple[ColumnElement[Any], Any]
"""A column and the value that it has."""


@dataclass(frozen=True, kw_only=True)
class RunFilter:
    """Which job results; None means any."""

    run_id: str | None = None
    job_name: str | None = None
    statuses: Collection[Status] | None = None
    user: str | None = None
    since: datetime | None = None
    """Submitted then or later."""
    until: datetime | None = None
    """Submitted before that."""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """Input to the value that it had, or that was among its values."""
    before: str | None = None
    """Id of a run; only those that come after it in the list, and so are older."""


@dataclass(frozen=True, kw_only=True)
class LogSearch:
    """What a search for a text in logs has found, and how far it came."""

    records: tuple[RunRecord, ...] = ()
    """The runs that have the text in their log, newest first."""
    found: Mapping[str, Entry] = field(default_factory=dict)
    """Id of each of them to the first entry that has it."""
    runs: int = 0
    """Runs whose logs were read."""
    entries: int = 0
    """Entries that were read."""
    last: RunRecord | None = None
    """The oldest run whose log was read."""
    is_whole: bool = False
    """Whether every run was looked at; False if there were too many, or enough were found."""


def find_runs(connection: Connection, wanted: RunFilter, limit: int) -> list[RunRecord]:
    """The job results that pass the filter, newest first.

    Raises:
        ResultNotFound: There is no run of the id in ``before``.
    """
    return [record for _, record in _find(connection, wanted, limit)]


def search_logs(
    database: Database, wanted: RunFilter, text: str, limit: int, budget: int = SEARCH_BUDGET
) -> LogSearch:
    """Those of the job results that pass the filter whose log has the text, newest first.

    It reads the logs from the newest run on, and no more than ``budget`` entries.
    """
    search = LogSearch()
    while len(search.records) < limit and search.entries < budget:
        with database.read() as connection:
            page = _find(connection, wanted, _BATCH)
            some = list(_affordable(page, budget - search.entries))
            hits = first_with_text(connection, [number for number, _ in some], text)
        before, room = search.runs, limit - len(search.records)
        search = _went_on(search, [(record, hits.get(number)) for number, record in some], room)
        if search.runs - before < len(page):
            break
        if len(page) < _BATCH:
            return replace(search, is_whole=True)
        wanted = replace(wanted, before=page[-1][1].run_id)
    return search


def _went_on(
    search: LogSearch, read: Sequence[tuple[RunRecord, Entry | None]], room: int
) -> LogSearch:
    """The search after some more logs were read; it ends with the last one for which is room."""
    hits = 0
    used: list[tuple[RunRecord, Entry | None]] = []
    for record, entry in read:
        if hits == room:
            break
        used.append((record, entry))
        hits += entry is not None
    found = {record.run_id: entry for record, entry in used if entry is not None}
    return replace(
        search,
        records=(*search.records, *(record for record, _ in used if record.run_id in found)),
        found={**search.found, **found},
        runs=search.runs + len(used),
        entries=search.entries + sum(record.last_entry for record, _ in used),
        last=used[-1][0] if used else search.last,
    )


def _affordable(
    page: Iterable[tuple[int, RunRecord]], budget: int
) -> Iterator[tuple[int, RunRecord]]:
    """As many of the runs as the budget lasts for; always the first one."""
    spent = 0
    for number, record in page:
        if spent and spent + record.last_entry > budget:
            return
        spent += record.last_entry
        yield number, record


def _find(connection: Connection, wanted: RunFilter, limit: int) -> list[tuple[int, RunRecord]]:
    """The job results with their internal numbers."""
    pages = []
    for query in _queries(connection, wanted):
        rows = connection.execute(query.limit(limit)).mappings()
        pages.append([to_record(dict(row)) for row in rows])
    # A run may be in several of them: 3 and "3" are both among its values.
    in_order = merge(*pages, key=lambda item: (item[1].created, item[0]), reverse=True)
    return list(islice(dict(in_order).items(), limit))


def _queries(connection: Connection, wanted: RunFilter) -> Iterator[Select[Any]]:
    """Queries whose results together are what is wanted; each is read in the order of an index.

    With several statuses (or spellings of a value) in one query a database sorts all the runs that
    have one of them, before it gives the first.
    """
    given = {"run_id": wanted.run_id, "job_name": wanted.job_name, "user": wanted.user}
    given = {name: value for name, value in given.items() if value is not None}
    if wanted.inputs:
        yield from _with_inputs(connection, wanted, given)
    elif wanted.statuses is None:
        yield _newest_first(connection, record_columns(), wanted, given)
    else:
        for status in sorted(wanted.statuses):
            query = record_columns()
            if status in READY_STATES:  # for the indexes that have only those
                query = query.where(job_result.c.ended != null())
                yield _newest_first(connection, query, wanted, {**given, "status": status})
            else:
                query = query.where(job_result.c.ended == null(), job_result.c.status == status)
                yield _newest_first(connection, query, wanted, given)


def _newest_first(
    connection: Connection, query: Select[Any], wanted: RunFilter, given: Mapping[str, Any]
) -> Select[Any]:
    """The query for those with the given values, in the order of the best index for them."""
    lead = next((names for names in _LEADS if given.keys() >= set(names)), ())
    rest = [job_result.c[name] == value for name, value in given.items() if name not in lead]
    order = _Order(
        lead=[(job_result.c[name], given[name]) for name in lead],
        created=job_result.c.created,
        number=job_result.c.id,
        is_postgresql=connection.dialect.name == "postgresql",
    )
    return order.of(query.where(*rest), wanted, _place_of(connection, wanted.before))


def _with_inputs(
    connection: Connection, wanted: RunFilter, given: Mapping[str, Any]
) -> Iterator[Select[Any]]:
    dialect = connection.dialect.name
    (name, value), *others = wanted.inputs.items()
    conditions = [job_result.c[name] == value for name, value in given.items()]
    if wanted.statuses is not None:
        conditions.append(job_result.c.status.in_(wanted.statuses))
    for other_name, other_value in others:
        other = input_value.alias()
        is_it = other.c.result == job_result.c.id, other.c.name == name_key(other_name, dialect)
        conditions.append(exists().where(*is_it, other.c.value.in_(wanted_keys(other_value))))
    for key in wanted_keys(value):
        query = record_columns().join(input_value, input_value.c.result == job_result.c.id)
        order = _Order(
            lead=[(input_value.c.name, name_key(name, dialect)), (input_value.c.value, key)],
            created=input_value.c.created,
            number=input_value.c.result,
            is_postgresql=dialect == "postgresql",
        )
        yield order.of(query.where(*conditions), wanted, _place_of(connection, wanted.before))


def _place_of(connection: Connection, run_id: str | None) -> tuple[datetime, int] | None:
    """Where in the list a run is; None for no run.

    Raises:
        ResultNotFound: There is no run of that id.
    """
    if run_id is None:
        return None
    place = select(job_result.c.created, job_result.c.id).where(job_result.c.run_id == run_id)
    found = connection.execute(place).one_or_none()
    if found is None:
        raise ResultNotFound(run_id)
    return found.created, found.id


@dataclass(frozen=True, kw_only=True)
class _Order:
    """The order of an index: values that are given, then the time, then the number."""

    lead: Sequence[_Pair]
    created: ColumnElement[Any]
    number: ColumnElement[Any]
    is_postgresql: bool

    def of(
        self, query: Select[Any], wanted: RunFilter, place: tuple[datetime, int] | None
    ) -> Select[Any]:
        """The part of the query in the time, after the place; the newest first."""
        compared = self._compared()
        equal = self.lead[: len(self.lead) - len(compared)]
        since = (*compared, (self.created, wanted.since))
        until = (*compared, (self.created, wanted.until))
        query = query.where(*(column == value for column, value in equal))
        if compared:
            query = query.where(_row(compared) >= _values(compared))
            query = query.where(_row(compared) <= _values(compared))
        if wanted.since is not None:
            query = query.where(_row(since) >= _values(since))
        if wanted.until is not None:
            query = query.where(_row(until) < _values(until))
        if place is not None:
            after = (*compared, *zip((self.created, self.number), place, strict=True))
            query = query.where(_row(after) < _values(after))
        columns = (*(column for column, _ in compared), self.created, self.number)
        return query.order_by(*(column.desc() for column in columns))

    def _compared(self) -> Sequence[_Pair]:
        """What stands in the order although its value is given.

        PostgreSQL takes the index of the time alone for as good as that of many runs with one
        value, and reads on and on if all of those are old. It does not have this order.
        """
        return self.lead[-1:] if self.is_postgresql else ()


def _row(pairs: Sequence[_Pair]) -> Any:
    return tuple_(*(column for column, _ in pairs))


def _values(pairs: Sequence[_Pair]) -> Any:
    return tuple_(*(value for _, value in pairs), types=[column.type for column, _ in pairs])
