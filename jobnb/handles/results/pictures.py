"""The picture of a run that a saved notebook keeps: its newest lines, its tables and figures.

Bounded by the setting ``summary_limit``, so that a notebook with many runs stays small.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from jobnb.protocol import MEDIA_TYPES
from jobnb.rendering.rich import rich_html
from jobnb.rendering.summary import TAIL, render_result
from jobnb.store.results import Results
from jobnb.store.values import RunRecord

RICH_SHARE: Final = 0.65
"""How much of a picture tables and figures may take, at most."""


def picture_of(results: Results, record: RunRecord, limit: int) -> dict[str, str]:
    """A run as ``text/html`` and ``text/plain``.

    Args:
        results: Where its log is.
        record: Of the run.
        limit: Bytes that the HTML should have at most.
    """
    tail = results.entries.tail(record.run_id, TAIL)
    pages = _pages(results, record.run_id, int(limit * RICH_SHARE))
    first = tail[0].number if tail else 1
    early = results.entries.numbered(record.run_id, [n for n in pages if n < first])
    files = results.files.of(record.run_id)
    return render_result(record, [*early, *tail], files, pages=pages, limit=limit)


def _pages(results: Results, run_id: str, room: int) -> dict[int, str]:
    """Number to harmless HTML of the newest rich outputs that fit in."""
    sizes, chosen = results.entries.bundle_sizes(run_id), []
    left = room
    for number in sorted(sizes, reverse=True):
        size = _size(sizes[number])
        if size <= left:
            chosen.append(number)
            left -= size
    bundles = results.entries.bundles(run_id, chosen) if chosen else {}
    pages = {number: rich_html(bundle) for number, bundle in bundles.items()}
    return {number: page for number, page in pages.items() if len(page) <= room}


def _size(parts: Mapping[str, int]) -> int:
    """Characters of the part that would be shown."""
    return next(parts[media_type] for media_type in MEDIA_TYPES if media_type in parts)
