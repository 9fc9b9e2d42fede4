"""Entries as the rows of a panel: harmless text, and never much of it at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from jobnb.protocol import EntryKind
from jobnb.rendering.text import visible
from jobnb.store.values import Entry

MOST_TEXT: Final = 4000
"""Characters of a message that travel before somebody asks for all of it."""
MOST_WHOLE: Final = 300_000
"""Characters that travel then; what is longer is in ``JobResult.log``."""
MOST_BYTES: Final = 64 * 1024
"""Of the rows that are sent at once without being asked for."""
_SHORT: Final = 120
"""Characters of a grouping, or of an object."""

_KINDS: Final = {EntryKind.LOG: 0, EntryKind.TRACEBACK: 3, EntryKind.DISPLAY: 4}
_STREAMS: Final = {"stdout": 1, "stderr": 2}

Row = list[Any]
"""Number, kind, level, seconds since the epoch, grouping, object, text, characters left out."""


def row_of(entry: Entry, most: int = MOST_TEXT) -> Row:
    """An entry as a row."""
    text = entry.message
    return [
        entry.number,
        _KINDS.get(entry.kind) or _STREAMS.get(entry.source, 0),
        entry.level or "",
        round(entry.created, 3),
        visible((entry.grouping or "")[:_SHORT]),
        visible((entry.object or "")[:_SHORT]),
        visible(text[:most].rstrip("\n"), limit=None),
        max(0, len(text) - most),
    ]


def newest_rows(entries: Iterable[Entry]) -> list[Row]:
    """The rows of the last of the entries, as many as may be sent without being asked for."""
    rows: list[Row] = []
    room = MOST_BYTES
    for entry in reversed(list(entries)):
        rows.append(row_of(entry))
        room -= len(rows[-1][6]) + 80  # what stands around the text
        if room < 0:
            break
    return rows[::-1]
