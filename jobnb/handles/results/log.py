"""The log of a run, read from the database when it is looked at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, overload

from jobnb.engine.dispatch import Dispatch
from jobnb.rendering.summary import TAIL, render_log
from jobnb.rendering.text import visible
from jobnb.store.values import Entry
from jobnb.store.watching import EntryFilter


class Log(Sequence[Entry]):
    """The entries of a run, read in pages when they are looked at; it grows while the run works."""

    def __init__(self, dispatch: Dispatch, run_id: str, browse: Callable[[], None]) -> None:
        self._dispatch = dispatch
        self._run_id = run_id
        self._browse = browse

    def __len__(self) -> int:
        return self._dispatch.results.state(self._run_id).last_entry

    @overload
    def __getitem__(self, index: int) -> Entry: ...

    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...

    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        positions = range(len(self))[index]
        if isinstance(positions, int):
            return self._between(positions, positions + 1)[0]
        if not positions:
            return []
        first, last = min(positions), max(positions)
        entries = self._between(first, last + 1)
        return [entries[position - first] for position in positions]

    def __iter__(self) -> Iterator[Entry]:
        after = 0
        while (update := self._dispatch.peek(self._run_id, after)).last > after:
            yield from update.entries
            after = update.last

    def browse(self) -> None:
        """Shows all lines, to scroll through and to search; they grow while the run works.

        In a notebook that is a panel, which needs this kernel. Elsewhere, and where no widgets are
        shown, it is what ``JobResult.watch()`` shows.
        """
        self._browse()

    def tail(self, count: int = 20) -> list[Entry]:
        """The newest entries, oldest first."""
        return self._dispatch.results.entries.tail(self._run_id, count)

    def numbered(self, numbers: Collection[int]) -> list[Entry]:
        """Those of the entries that have these numbers, in order."""
        return self._dispatch.results.entries.numbered(self._run_id, numbers)

    def find(self, wanted: EntryFilter, *, after: int = 0, limit: int = 5000) -> list[int]:
        """The numbers of the newest ``limit`` entries above ``after`` that pass, in order."""
        return self._dispatch.results.entries.find(self._run_id, wanted, after=after, limit=limit)

    def search(self, text: str, limit: int = 1000) -> list[Entry]:
        """The first ``limit`` entries whose message has the text, in letters of any case."""
        return self._dispatch.results.entries.search(self._run_id, text, limit)

    def _between(self, first: int, end: int) -> list[Entry]:
        """The entries at the positions from ``first`` to before ``end``; their numbers are +1."""
        return self._dispatch.results.entries.read(self._run_id, first, end - first)

    def __str__(self) -> str:
        return "\n".join(visible(entry.message, limit=None) for entry in self)

    def __repr__(self) -> str:
        return f"<Log of {len(self)} entries>"

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        return render_log(self._run_id, self.tail(TAIL), self._dispatch.summary_limit)
