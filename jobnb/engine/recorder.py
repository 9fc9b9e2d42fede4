"""The recorder: events of one attempt become entries, in order, in batches, under its fence.

While the database is out of reach the entries wait here, and the job goes on.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from itertools import repeat
from math import isfinite
from typing import Final, TypeVar

from jobnb.engine.lines import LineAssembler, NativeText
from jobnb.engine.loglimit import LogLimit, size_of_entries
from jobnb.engine.patience import PAUSE, patiently
from jobnb.engine.secrecy import Secrecy
from jobnb.errors import StoreUnreachable
from jobnb.protocol import (
    ConsoleEvent,
    DisplayEvent,
    EntryKind,
    Limits,
    LogEvent,
    ProgressEvent,
    Status,
)
from jobnb.store.results import Results
from jobnb.store.values import Claim, EndOfRun, NewEntry

FIRST_FLUSH: Final = 0.002
"""Seconds after the first line that follows a pause."""
OPENING: Final = 0.01
"""The same at the begin of an attempt: a small job is over by then, and is written at once."""
NEXT_FLUSH: Final = 0.05
"""Seconds between two batches while lines keep coming."""
PROGRESS_FLUSH: Final = 0.2
"""The same where there is nothing to write but how far the run is."""
BATCH: Final = 2000
"""Entries that are written at once."""
BATCH_TEXT: Final = 4 * 1024 * 1024
"""Characters of messages that are written at once, so that memory stays flat with long lines."""
SPOOL: Final = 100_000
"""Entries that may wait for a database that is out of reach; then the job waits as well."""
SPOOL_TEXT: Final = 32 * 1024 * 1024
"""The same in characters of messages."""

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class Fenced(Exception):
    """The run belongs to somebody else now: nothing more may be written, and the child must go."""


class Recorder:
    """Writes what one attempt says. One thread at a time."""

    def __init__(
        self,
        results: Results,
        claim: Claim,
        ring: Callable[[], None],
        *,
        patience: float,
        last: int = 0,
    ) -> None:
        """Starts with an empty batch.

        Args:
            results: Where the entries go.
            claim: The attempt; its token is the fence.
            ring: Called after each commit.
            patience: Seconds that the database may be out of reach before the attempt is given up.
            last: Number of the last entry of earlier attempts.
        """
        self._results = results
        self._claim = claim
        self._ring = ring
        self._patience = patience
        self.secrecy = Secrecy()
        """What nobody may see of all that is written."""
        self.log_limit = LogLimit(Limits())
        """What may be written; everything, until somebody puts another one here."""
        self._lines = LineAssembler(self.secrecy)
        self._native = {name: NativeText(name) for name in ("stdout", "stderr")}
        self._batch: list[NewEntry] = []
        self._size = 0
        self._unsure: list[NewEntry] = []
        """A batch that may have been stored, although nobody has said so: tried again as it is."""
        self._away_since: float | None = None
        """When the database was first found out of reach; monotonic."""
        self._is_over = False
        self._due: float | None = None
        self._last = last
        self._last_flush = 0.0
        self._progress: ProgressEvent | None = None
        self._pid: int | None = None

    def take(self, event: LogEvent | ConsoleEvent | DisplayEvent | ProgressEvent) -> None:
        """Takes what a job says, whatever it is."""
        match event:
            case LogEvent():
                self.log(event)
            case ConsoleEvent():
                self.console(event)
            case DisplayEvent():
                self.show(event)
            case ProgressEvent():
                self.progress(event)

    def log(self, event: LogEvent) -> None:
        """Adds a log record, after whatever its thread had begun to print."""
        self._add([*self._lines.interrupt(event.thread), *_log_entries([event])])

    def logs(self, events: Sequence[LogEvent]) -> None:
        """Adds log records that came together; as one by one, and faster."""
        if self._lines.is_open:
            for event in events:
                self.log(event)
            return
        self._lines.interrupt()
        entries = _log_entries(events)
        for at in range(0, len(entries), BATCH):
            self._add(entries[at : at + BATCH])

    def console(self, event: ConsoleEvent) -> None:
        """Adds a printed piece."""
        self._add(self._lines.feed(event))

    def native(self, stream: str, data: bytes) -> None:
        """Adds bytes that came over a plain descriptor."""
        self.console(self._native[stream].feed(data))

    def show(self, event: DisplayEvent) -> None:
        """Adds a rich output, after whatever its thread had begun to print."""
        self._add(self._lines.interrupt(event.thread))
        self._add(
            [
                NewEntry(
                    kind=EntryKind.DISPLAY,
                    created=event.created,
                    message=event.bundle.get("text/plain", ""),
                    grouping=event.grouping,
                    source=event.source,
                    bundle=event.bundle,
                )
            ]
        )

    def progress(self, event: ProgressEvent) -> None:
        """Takes how far the run is; of several the newest is written, with the next batch."""
        self._progress = event
        self._be_due(PROGRESS_FLUSH)

    def note_pid(self, pid: int) -> None:
        """Takes the process id of the child, which has not spoken yet: soon it will."""
        self._pid, self._due = pid, time.monotonic() + NEXT_FLUSH

    def await_end(self) -> None:
        """The job has ended: what waits is written with the end, unless that is long in coming."""
        if self._due is not None and self._away_since is None:
            self._last_flush = time.monotonic()
            self._due = self._last_flush + NEXT_FLUSH

    def note(self, level: str, message: str) -> None:
        """Adds a line of the supervisor's own, also to a log that is full."""
        self._add(self._lines.interrupt(0))
        self._insert([NewEntry.by_supervisor(level, message)])

    def add_file(self, name: str, content: bytes, created: float) -> None:
        """Stores a file of the run.

        Raises:
            Fenced: The attempt is not the current one any more.
        """
        claim, shown = self._claim, self.secrecy.name(name)

        def write() -> bool:
            return self._results.add_file(claim.run_id, claim.token, shown, content, created)

        if not self._persist(write):
            raise Fenced

    @property
    def next_due(self) -> float | None:
        """When ``flush_due`` has something to do, on the monotonic clock; None: not before more."""
        times = [time for time in (self._due, self._lines.next_due) if time is not None]
        return min(times) if times else None

    @property
    def gathers_until(self) -> float | None:
        """When the entries that wait are written, on the monotonic clock; None if none wait."""
        return self._due if self._batch else None

    def flush_due(self, now: float) -> None:
        """Writes the batch if its time has come.

        Raises:
            Fenced: The attempt is not the current one any more.
            StoreError: The database stayed out of reach for too long.
        """
        self._add(self._lines.overdue(now))
        if self._due is not None and now >= self._due:
            self.flush()

    def flush(self) -> None:
        """Writes what waits, or keeps it for later; raises as ``flush_due`` does."""
        began = time.monotonic()
        try:
            self._write_waiting()
        except StoreUnreachable as error:
            self._bear(error, began)

    def _write_waiting(self) -> None:
        while self._unsure or self._batch or self._progress or self._pid is not None:
            if not self._unsure:
                self._unsure, self._batch, self._size = self.secrecy.entries(self._batch), [], 0
            if not self._write_unsure():
                raise Fenced

    def _write_unsure(self) -> bool:
        claim, batch = self._claim, self._unsure
        last = self._results.append(
            claim.run_id,
            claim.token,
            batch,
            after=self._last,
            progress=self._progress_text(),
            pid=self._pid,
        )
        if last is None:
            return False
        self._last, self._unsure, self._progress, self._pid = last, [], None, None
        self._away_since, self._due = None, None
        self._last_flush = time.monotonic()
        self._ring()
        return True

    def _bear(self, error: StoreUnreachable, began: float) -> None:
        """Goes on without the database for a while; see ``patiently`` for what ``began`` is."""
        now = time.monotonic()
        if self._away_since is None:
            self._away_since = now
            _log.warning("%s Trying again; the log waits.", error)
        give_up = self._away_since + self._patience
        if began >= give_up:
            raise error
        self._due = now + PAUSE
        if self._is_full():
            # Meanwhile the pipes of the child fill, and no line is dropped.
            patiently(self._write_waiting, give_up - now)

    def end(self, end: EndOfRun) -> bool:
        """Writes the last entries and the end in one transaction; False if fenced."""
        self.conclude(end)
        return self._persist(lambda: self.write_end(end))

    def conclude(self, end: EndOfRun) -> None:
        """Adds what is to be said at the end; from now on only ``write_end`` writes."""
        self._is_over = True
        self._add(self._lines.interrupt(None))
        self._insert(self.log_limit.rest())
        if end.traceback:
            self._insert([_traceback_entry(end)])
        if end.status is Status.RETRY:
            self.note("WARNING", end.detail)

    def write_end(self, end: EndOfRun) -> bool:
        """Writes what waits, and the end; False if fenced. May be tried again if it fails."""
        claim = self._claim
        if self._unsure and not self._write_unsure():
            return False
        is_ours = self._results.end(
            claim.run_id,
            claim.token,
            self.secrecy.end(end),
            self.secrecy.entries(self._batch),
            progress=self._progress_text(),
            pid=self._pid,
        )
        if is_ours:
            self._ring()
        return is_ours

    def _add(self, entries: Sequence[NewEntry]) -> None:
        self._insert(self.log_limit.admit(entries))

    def _insert(self, entries: Sequence[NewEntry]) -> None:
        if not entries:
            return
        self._batch.extend(entries)
        self._size += size_of_entries(entries)
        self._be_due(NEXT_FLUSH)
        if self._is_full():
            self.flush()

    def _be_due(self, pause: float) -> None:
        """Something is to be written: soon, but so many seconds after the last time at least."""
        if self._away_since is None:
            first = FIRST_FLUSH if self._last_flush else OPENING
            due = max(time.monotonic() + first, self._last_flush + pause)
            self._due = due if self._due is None else min(self._due, due)

    def _progress_text(self) -> str | None:
        if self._progress is None:
            return None
        bars = [[*numbers, self.secrecy.text(text)] for *numbers, text in self._progress.bars]
        return json.dumps(bars, separators=(",", ":"))

    def _is_full(self) -> bool:
        if self._is_over:
            return False
        if self._away_since is None:
            return len(self._batch) >= BATCH or self._size >= BATCH_TEXT
        return len(self._batch) >= SPOOL or self._size >= SPOOL_TEXT

    def _persist(self, write: Callable[[], _T]) -> _T:
        """Writes, with patience; the job waits."""
        return patiently(write, self._patience)


def _log_entries(events: Sequence[LogEvent]) -> list[NewEntry]:
    """Log records as entries, by columns."""
    created, levels, groupings, messages, objects, sources, _ = zip(*events, strict=True)
    if not isfinite(sum(created)):
        created = tuple(moment if isfinite(moment) else time.time() for moment in created)
    kinds, partial, bundles = repeat(EntryKind.LOG), repeat(False), repeat(None)  # noqa: FBT003
    rows = zip(kinds, created, messages, levels, groupings, objects, sources, partial, bundles)  # noqa: B905 - some have no end
    return list(map(NewEntry._make, rows))


def _traceback_entry(end: EndOfRun) -> NewEntry:
    return NewEntry(
        kind=EntryKind.TRACEBACK,
        created=time.time(),
        message=end.traceback or "",
        source=end.exc_type or "",
    )
