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

from sqlalchemy import ColumnElement, Connection, FromClause, Select, exists, null, select, tuple_

from jobnb.errors import ResultNotFound
from jobnb.protocol import READY_STATES, Status
from jobnb.store.database import Database
from jobnb.store.entries import first_with_text
from jobnb.store.input_values import name_key, wanted_keys
from jobnb.store.models import input_value, job_result
from jobnb.store.runs import record_columns, to_record
from jobnb.store.values import Entry, RunRecord

SEARCH_BUDGET: Final = 1_000_000
"""Entries that one search for a text reads at most, but for a single run that has more."""
_BATCH: Final = 200
"""Runs of which the logs are searched by one query."""


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
        pages.append([to_record(row) for row in rows])
    # A run may be in several of them: 3 and "3" are both among its values.
    in_order = merge(*pages, key=lambda item: (item[1].created, item[0]), reverse=True)
    return list(islice(dict(in_order).items(), limit))


def _queries(connection: Connection, wanted: RunFilter) -> Iterator[Select[Any]]:
    """Queries whose results together are what is wanted; each is read in the order of an index.

    With several statuses (or spellings of a value) in one query a database sorts all the runs that
    have one of them, before it gives the first.
    """
    conditions = list(_conditions(connection, wanted))
    if wanted.inputs:
        (name, value), *_ = wanted.inputs.items()
        if wanted.statuses is not None:
            conditions.append(job_result.c.status.in_(wanted.statuses))
        for key in wanted_keys(value):
            query = record_columns().join(input_value, input_value.c.result == job_result.c.id)
            named = input_value.c.name == name_key(name, connection.dialect.name)
            query = query.where(named, input_value.c.value == key, *conditions)
            yield _newest_first(connection, query, wanted, input_value, "result")
    elif wanted.statuses is None:
        query = record_columns().where(*conditions)
        yield _newest_first(connection, query, wanted, job_result, "id")
    else:
        for status in sorted(wanted.statuses):
            has_ended = job_result.c.ended != null()  # for the index that has only those
            is_it = has_ended if status in READY_STATES else ~has_ended
            query = record_columns().where(job_result.c.status == status, is_it, *conditions)
            yield _newest_first(connection, query, wanted, job_result, "id")


def _conditions(connection: Connection, wanted: RunFilter) -> Iterator[ColumnElement[bool]]:
    for column in ("run_id", "job_name", "user"):
        value = getattr(wanted, column)
        if value is not None:
            yield job_result.c[column] == value
    for name, value in list(wanted.inputs.items())[1:]:
        other = input_value.alias()
        yield exists().where(
            other.c.result == job_result.c.id,
            other.c.name == name_key(name, connection.dialect.name),
            other.c.value.in_(wanted_keys(value)),
        )


def _newest_first(
    connection: Connection, query: Select[Any], wanted: RunFilter, table: FromClause, number: str
) -> Select[Any]:
    """The part of the query that is in the time, after the run where the last page ended."""
    created, last = table.c.created, table.c[number]
    if wanted.since is not None:
        query = query.where(created >= wanted.since)
    if wanted.until is not None:
        query = query.where(created < wanted.until)
    if wanted.before is not None:
        place = select(job_result.c.created, job_result.c.id)
        found = connection.execute(place.where(job_result.c.run_id == wanted.before)).one_or_none()
        if found is None:
            raise ResultNotFound(wanted.before)
        query = query.where(tuple_(created, last) < tuple_(*found, types=[created.type, last.type]))
    return query.order_by(created.desc(), last.desc())
