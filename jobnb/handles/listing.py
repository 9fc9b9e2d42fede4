"""Some job results together, as a search finds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, overload

from jobnb.engine.dispatch import Dispatch
from jobnb.errors import InvalidSearch
from jobnb.handles.result import JobResult
from jobnb.protocol import FAILED_STATES, Status
from jobnb.rendering.tables import render_results
from jobnb.store.values import RunRecord

_FILTERS: Final = ("job", "status", "failed", "user", "limit", "offset")


class ResultList(Sequence[JobResult]):
    """Some job results, newest first, as they were when they were looked up."""

    def __init__(self, results: Sequence[JobResult], records: Sequence[RunRecord]) -> None:
        self._results = results
        self.records: Final = records

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
        """
        unknown = [name for name in filters if name not in _FILTERS]
        if unknown:
            raise InvalidSearch(
                f"There is no filter {unknown[0]!r}. There are: {', '.join(_FILTERS)}."
            )
        records = dispatch.results.find(**_search(**filters))
        return cls([make(record.run_id) for record in records], records)

    def __len__(self) -> int:
        return len(self._results)

    @overload
    def __getitem__(self, index: int) -> JobResult: ...

    @overload
    def __getitem__(self, index: slice) -> ResultList: ...

    def __getitem__(self, index: int | slice) -> JobResult | ResultList:
        if isinstance(index, slice):
            return ResultList(self._results[index], self.records[index])
        return self._results[index]

    def __repr__(self) -> str:
        return render_results(self.records)["text/plain"]

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        return render_results(self.records)


def parse_status(word: str) -> Status:
    """The status of that name, in letters of any case.

    Raises:
        InvalidSearch: There is none.
    """
    if word.upper() not in Status.__members__:
        raise InvalidSearch(f"There is no status {word!r}. There are: {', '.join(Status)}.")
    return Status(word.upper())


def _search(
    *,
    job: str | None = None,
    status: str | None = None,
    failed: bool = False,
    user: str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> dict[str, Any]:
    statuses = FAILED_STATES if failed else None
    if status is not None:
        statuses = frozenset({parse_status(status)})
    return {
        "job_name": job,
        "statuses": statuses,
        "user": user,
        "limit": limit,
        "offset": offset,
    }
