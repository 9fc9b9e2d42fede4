"""Some job results together, as a search finds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Any, Final, overload

from jobnb.engine.dispatch import Dispatch
from jobnb.errors import InvalidSearch, LibraryMissing, StoreError
from jobnb.handles.moments import parse_since, parse_until
from jobnb.handles.results.result import JobResult
from jobnb.protocol import FAILED_STATES, Status
from jobnb.rendering.files import FilePreview
from jobnb.rendering.history import MOST_NAMED, MOST_ROWS, ListedFiles, render_results
from jobnb.store.reading.history import LogSearch
from jobnb.store.values import Entry, RunRecord
from jobnb.store.writing.files import RunFiles

DEFAULT_LIMIT: Final = 50
"""Runs of one list, unless it is told."""
LARGEST_CARRIED: Final = 10_000
"""Bytes of a file that a table carries along, to be downloaded from it."""
ALL_CARRIED: Final = 60_000
"""Bytes of all of them."""

_TEXTS: Final = {
    "job": "the display name of a job",
    "user": "the name of a user",
    "text": "some text to look for",
}
"""The filters that are words as they are."""


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    """The filters as they are given, by whoever: nothing of it is checked yet."""

    job: Any = None
    status: Any = None
    failed: Any = False
    user: Any = None
    since: Any = None
    until: Any = None
    inputs: Any = None
    text: Any = None
    run: Any = None
    limit: Any = DEFAULT_LIMIT
    before: Any = None

    def search(self, dispatch: Dispatch) -> dict[str, Any]:
        """As the store takes them.

        Raises:
            InvalidSearch: One has a value that it cannot have.
            ResultNotFound: There is no run of the id in ``run`` or ``before``.
        """
        _require("limit", self.limit, "a number of runs, 1 or more", _is_count(self.limit))
        for name, kind in _TEXTS.items():
            value = getattr(self, name)
            _require(name, value, kind, value is None or _is_text(value))
        inputs = self.inputs or {}
        has_names = isinstance(inputs, Mapping) and all(map(_is_text, inputs))
        _require("inputs", inputs, "names with values, as {'who': 'Ada'}", has_names)
        return {
            "job_name": self.job,
            "statuses": _statuses(self.status, failed=self.failed),
            "user": self.user,
            "since": None if self.since is None else parse_since(self.since),
            "until": None if self.until is None else parse_until(self.until),
            "inputs": dict(inputs),
            "run_id": _whole_id(dispatch, self.run),
            "before": _whole_id(dispatch, self.before),
            "limit": self.limit,
        }


@dataclass(frozen=True, kw_only=True)
class _Page:
    """What a search gives, and what it says of itself."""

    records: Sequence[RunRecord]
    found: Mapping[str, Entry]
    """Id of a run to the entry of its log that has the text."""
    note: str
    """How far the search came; empty if it looked at everything."""
    goes_on: str | None
    """Id of the run after which the list goes on; None if it does not."""


class ResultList(Sequence[JobResult]):
    """Some job results, newest first, as they were when they were looked up.

    In a notebook it is a table; ``older()`` gives the ones that come after it.
    """

    def __init__(
        self,
        dispatch: Dispatch,
        page: _Page,
        make: Callable[[str], JobResult],
        older: Callable[[str], ResultList],
    ) -> None:
        self._dispatch = dispatch
        self._page = page
        self._make = make
        self._older = older
        self._results = [make(record.run_id) for record in page.records]
        self.records: Final = page.records

    @classmethod
    def find(
        cls,
        dispatch: Dispatch,
        filters: Mapping[str, Any],
        make: Callable[[str], JobResult],
    ) -> ResultList:
        """The job results that all filters let through.

        Args:
            dispatch: Where to look.
            filters: As ``jobnb.results()`` takes them.
            make: Makes the handle of a run out of its id.

        Raises:
            InvalidSearch: There is no such filter, or a value that it cannot have.
            ResultNotFound: There is no run of the id in ``run`` or ``before``.
        """
        known = [item.name for item in fields(_Wanted)]
        if unknown := [name for name in filters if name not in known]:
            raise InvalidSearch(
                f"There is no filter {unknown[0]!r}. There are: {', '.join(known)}."
            )
        page = _look(dispatch, _Wanted(**filters))
        return cls(
            dispatch, page, make, lambda last: cls.find(dispatch, {**filters, "before": last}, make)
        )

    def older(self) -> ResultList:
        """The runs that come after these; none if these are all."""
        if self._page.goes_on is None:
            rest = _Page(records=(), found={}, note="", goes_on=None)
            return ResultList(self._dispatch, rest, self._make, self._older)
        return self._older(self._page.goes_on)

    def to_dataframe(self) -> Any:
        """A pandas DataFrame, one row for each run; times in UTC, durations in seconds.

        Each input is a column ``inputs.NAME``.

        Raises:
            LibraryMissing: pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise LibraryMissing("to_dataframe() needs pandas", "pip install pandas") from error
        rows = [_row(record) for record in self.records]
        return pd.DataFrame(rows, columns=None if rows else list(_COLUMNS))

    def __len__(self) -> int:
        return len(self._results)

    @overload
    def __getitem__(self, index: int) -> JobResult: ...

    @overload
    def __getitem__(self, index: slice) -> ResultList: ...

    def __getitem__(self, index: int | slice) -> JobResult | ResultList:
        if isinstance(index, slice):
            some = self.records[index]
            page = _Page(records=some, found=self._page.found, note="", goes_on=None)
            return ResultList(self._dispatch, page, self._make, self._older)
        return self._results[index]

    def __repr__(self) -> str:
        return self._repr_mimebundle_()["text/plain"]

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        page = self._page
        note = [page.note] if page.note else []
        if page.goes_on is not None:
            last = page.goes_on[:8]
            note.append(f"There may be older ones: .older(), in a command --before {last}.")
        files = _listed_files(self._dispatch.results.files, page.records[:MOST_ROWS])
        return render_results(page.records, page.found, " ".join(note), files)


def parse_status(word: Any) -> Status:
    """The status of that name, in letters of any case.

    Raises:
        InvalidSearch: There is none.
    """
    if not isinstance(word, str) or word.upper() not in Status.__members__:
        raise InvalidSearch(f"There is no status {word!r}. There are: {', '.join(Status)}.")
    return Status(word.upper())


def _look(dispatch: Dispatch, wanted: _Wanted) -> _Page:
    search = wanted.search(dispatch)
    if wanted.text is None:
        records = dispatch.results.find(**search)
        last = records[-1].run_id if len(records) == wanted.limit else None
        return _Page(records=records, found={}, note="", goes_on=last)
    found = dispatch.results.search_logs(wanted.text, **search)
    return _Page(
        records=found.records,
        found=found.found,
        note=_how_far(found),
        goes_on=None if found.is_whole or found.last is None else found.last.run_id,
    )


def _listed_files(files: RunFiles, records: Sequence[RunRecord]) -> dict[str, ListedFiles]:
    """The files of these runs; the content of the small ones, as far as a table may carry it."""
    run_ids = [record.run_id for record in records]
    found = files.first_of(run_ids, MOST_NAMED)
    room = ALL_CARRIED
    listed = {}
    for run_id in run_ids:
        if run_id not in found:
            continue
        first = []
        for file in found[run_id].first:
            head = b""
            if file.size <= min(LARGEST_CARRIED, room):
                with suppress(StoreError):  # removed a moment ago
                    head = files.read(run_id, file.name)
            room -= len(head)
            first.append(FilePreview(name=file.name, size=file.size, head=head))
        listed[run_id] = ListedFiles(first=first, count=found[run_id].count)
    return listed


def _require(name: str, value: Any, wanted: str, fits: bool) -> None:  # noqa: FBT001 - a condition
    if not fits:
        raise InvalidSearch(f"Filter {name!r} wants {wanted}, not {value!r}.")


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _how_far(search: LogSearch) -> str:
    noun = "run" if search.runs == 1 else "runs"
    searched = f"Searched the logs of {search.runs:,} {noun} ({search.entries:,} entries)"
    if search.last is None or search.is_whole:
        return f"{searched}: all that the filters let through."
    back = f"{search.last.created.astimezone():%Y-%m-%d %H:%M:%S}"
    return f"{searched}, back to {back}; older ones were not searched."


def _whole_id(dispatch: Dispatch, run: Any) -> str | None:
    if run is None or isinstance(run, JobResult):
        return None if run is None else run.id
    return dispatch.results.get(str(run)).run_id


def _statuses(status: Any, *, failed: bool) -> frozenset[Status] | None:
    if status is None:
        return FAILED_STATES if failed else None
    words = status if isinstance(status, list | tuple | set | frozenset) else [status]
    wanted = frozenset(map(parse_status, words))
    return wanted & FAILED_STATES if failed else wanted


_COLUMNS: Final[dict[str, Callable[[RunRecord], Any]]] = {
    "id": lambda record: record.run_id,
    "job": lambda record: record.job_name,
    "status": lambda record: str(record.status),
    "reason": lambda record: None if record.reason is None else str(record.reason),
    "detail": lambda record: record.detail,
    "user": lambda record: record.user,
    "queue": lambda record: record.queue,
    "created": lambda record: record.created,
    "started": lambda record: record.started,
    "ended": lambda record: record.ended,
    "duration": lambda record: record.duration,
    "entries": lambda record: record.last_entry,
    "warnings": lambda record: record.counts["WARNING"],
    "errors": lambda record: record.error_count,
}


def _row(record: RunRecord) -> dict[str, Any]:
    facts = {name: look(record) for name, look in _COLUMNS.items()}
    return facts | {f"inputs.{name}": value for name, value in record.shown_inputs.items()}
