"""Housekeeping: everything that one cleanup does, in the database and on this host."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from jobnb.engine.hosts.leftovers import find_leftovers
from jobnb.protocol import Status
from jobnb.settings import Settings
from jobnb.store.care.retention import OldRuns, Removed, Retention
from jobnb.store.database import Database
from jobnb.store.results import Results
from jobnb.store.tables.clock import now


@dataclass(frozen=True, kw_only=True)
class CleanupReport:
    """What a cleanup has removed, or would remove."""

    before: datetime
    """Runs that ended before that."""
    dry_run: bool
    """Whether nothing was removed; contents that only old runs have are not counted then."""
    removed: Removed
    leftovers: dict[str, int] = field(default_factory=dict)
    """Kind of file on this host to how many."""
    leftover_bytes: int = 0
    reusable_bytes: int | None = None
    """Bytes that stay free inside of the SQLite file for new runs; None on a server."""

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> list[str]:
        removed, verb = self.removed, "Would remove" if self.dry_run else "Removed"
        when = f"{self.before:%Y-%m-%d %H:%M} UTC"
        what = f"{_count(removed.entries, 'entry')} and {_count(removed.files, 'file')}"
        lines = [f"{verb} {_count(removed.runs, 'run')} that ended before {when}, with {what}."]
        if removed.snapshots or removed.blobs or removed.processes:
            lines.append(
                f"{verb} what nothing refers to: {removed.snapshots:,} sources, {removed.blobs:,} "
                f"contents ({removed.blob_bytes:,} bytes), {removed.processes:,} processes."
            )
        if self.leftovers:
            found = ", ".join(f"{count:,} {kind}" for kind, count in sorted(self.leftovers.items()))
            lines.append(f"{verb} on this host: {found} ({self.leftover_bytes:,} bytes).")
        if self.reusable_bytes:
            lines.append(
                f"The file of the database keeps {self.reusable_bytes:,} free bytes for new runs; "
                "with nothing running, `sqlite3 FILE VACUUM` gives them back to the disk."
            )
        return lines

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:  # noqa: FBT001 - IPython's name
        printer.text(str(self))


def _count(number: int, what: str) -> str:
    if number == 1:
        return f"1 {what}"
    return f"{number:,} {what[:-1]}ies" if what.endswith("y") else f"{number:,} {what}s"


def clean_up(
    database: Database,
    settings: Settings,
    older_than: timedelta,
    *,
    job_name: str | None = None,
    statuses: Collection[Status] | None = None,
    dry_run: bool = False,
) -> CleanupReport:
    """Removes old runs, what nothing refers to afterwards, and what the dead have left behind.

    Args:
        database: Where the runs are kept.
        settings: Say where the files of this host are.
        older_than: Runs that ended longer ago than that go.
        job_name: Only runs of this job; all if None.
        statuses: Only runs in these; all that have ended if None.
        dry_run: Whether to count only.
    """
    before = now() - older_than
    retention = Retention(database)
    old = OldRuns(before=before, job_name=job_name, statuses=statuses)
    if dry_run:
        removed, reusable = retention.survey(old), None
    else:
        steps = [*retention.remove_runs(old), *retention.remove_unused(before)]
        removed, reusable = sum(steps, Removed()), retention.shrink()
    counts, size = _clear_leftovers(database, settings, older_than, dry_run=dry_run)
    return CleanupReport(
        before=before,
        dry_run=dry_run,
        removed=removed,
        leftovers=dict(counts),
        leftover_bytes=size,
        reusable_bytes=reusable,
    )


def _clear_leftovers(
    database: Database, settings: Settings, older_than: timedelta, *, dry_run: bool
) -> tuple[Counter[str], int]:
    counts: Counter[str] = Counter()
    size = 0
    before = time.time() - older_than.total_seconds()
    in_use = Results(database).unfinished.snapshots()
    for leftover in find_leftovers(settings, database, before, in_use):
        counts[leftover.kind] += 1
        size += leftover.size if dry_run else leftover.remove()
    return counts, size
