"""Updates: what is new of a run, read from the database and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from jobnb.store.results import Results
from jobnb.store.values import Entry, RunRecord
from jobnb.store.watching import RunState

PAGE: Final = 2500
"""Entries that are read at once."""


@dataclass(frozen=True, kw_only=True)
class Update:
    """What is new of a run."""

    entries: list[Entry]
    """In order, none twice; none missing, unless only the newest were wanted."""
    state: RunState
    last: int
    """Number up to which everything is known now."""

    @property
    def is_final(self) -> bool:
        """Whether the run has ended and nothing of it is left to read."""
        return self.state.is_ready and self.last >= self.state.last_entry


def peek(
    results: Results,
    run_id: str,
    after: int = 0,
    *,
    newest: int | None = None,
    end: RunRecord | None = None,
) -> Update:
    """What is new of a run after entry number ``after``, at most one page, without waiting.

    Args:
        results: Where the run is.
        run_id: Which run.
        after: What is known already.
        newest: If there are more than so many new entries, those before them are skipped, for
            who cannot use them; None: all are wanted.
        end: All about the run if it is known to have ended, so that nobody asks how far it is.
    """
    state = None if end is None else end.state
    state, after, entries = results.entries.news(
        run_id, after, newest=newest, most=PAGE, state=state
    )
    # Where a damaged database has lost a whole page, whoever follows the run goes on behind it.
    read_to = max(after, min(after + PAGE, state.last_entry))
    last = max(read_to, entries[-1].number) if entries else read_to
    return Update(entries=entries, state=state, last=last)
