"""The recorder: events of one attempt become entries, in order; the spool writes them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import repeat

from jobnb.engine.recording.lines import LineAssembler, NativeText
from jobnb.engine.recording.loglimit import LogLimit
from jobnb.engine.recording.moments import all_sound, sound
from jobnb.engine.recording.secrecy import Secrecy
from jobnb.engine.recording.spool import BATCH, Fenced, Spool
from jobnb.protocol import (
    ConsoleEvent,
    DisplayEvent,
    EntryKind,
    Limits,
    LogEvent,
    LogEvents,
    ProgressEvent,
    Status,
    make_tuple,
)
from jobnb.store.results import Results
from jobnb.store.values import Claim, EndOfRun, NewEntry


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
        self.secrecy = Secrecy()
        """What nobody may see of all that is written."""
        self.log_limit = LogLimit(Limits())
        """What may be written; everything, until somebody puts another one here."""
        self._results, self._claim = results, claim
        self._lines = LineAssembler(self.secrecy)
        self._native: dict[str, NativeText] = {}
        self._spool = Spool(results, claim, ring, self.secrecy, patience=patience, last=last)

    def take(
        self, event: LogEvent | LogEvents | ConsoleEvent | DisplayEvent | ProgressEvent
    ) -> None:
        """Takes what a job says, whatever it is."""
        match event:
            case LogEvents():
                self.logs(event)
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
        begun = self._lines.interrupt(event.thread)
        self._add([*begun, *_log_entries(LogEvents.of([event]))])

    def logs(self, events: LogEvents) -> None:
        """Adds log records that came together; as one by one, and faster."""
        if self._lines.is_open:
            for event in events.each():
                self.log(event)
            return
        self._lines.interrupt()
        entries = _log_entries(events)
        for at in range(0, len(entries), BATCH):
            self._add(entries[at : at + BATCH])

    def console(self, event: ConsoleEvent) -> None:
        """Adds a printed piece."""
        created = sound(event.created)
        piece = event if created == event.created else replace(event, created=created)
        self._add(self._lines.feed(piece))

    def native(self, stream: str, data: bytes) -> None:
        """Adds bytes that came over a plain descriptor."""
        if stream not in self._native:
            if not data:  # on most of them nothing ever comes but their end
                return
            self._native[stream] = NativeText(stream)
        self.console(self._native[stream].feed(data))

    def show(self, event: DisplayEvent) -> None:
        """Adds a rich output, after whatever its thread had begun to print."""
        self._add(self._lines.interrupt(event.thread))
        self._add(
            [
                NewEntry(
                    kind=EntryKind.DISPLAY,
                    created=sound(event.created),
                    message=event.bundle.get("text/plain", ""),
                    grouping=event.grouping,
                    source=event.source,
                    bundle=event.bundle,
                )
            ]
        )

    def progress(self, event: ProgressEvent) -> None:
        """Takes how far the run is; of several the newest is written, with the next batch."""
        self._spool.progress(event)

    def note_pid(self, pid: int) -> None:
        """Takes the process id of the child, which has not spoken yet: soon it will."""
        self._spool.note_pid(pid)

    def await_end(self) -> None:
        """The job has ended: what waits is written with the end, unless that is long in coming."""
        self._spool.await_end()

    def note(self, level: str, message: str) -> None:
        """Adds a line of the supervisor's own, also to a log that is full."""
        self._add(self._lines.interrupt(0))
        self._spool.add([NewEntry.by_supervisor(level, message)])

    def add_file(self, name: str, content: bytes, created: float) -> None:
        """Stores a file of the run.

        Raises:
            Fenced: The attempt is not the current one any more.
        """
        claim, shown, made = self._claim, self.secrecy.name(name), sound(created)

        def write() -> bool:
            return self._results.add_file(claim.run_id, claim.token, shown, content, made)

        if not self._spool.persist(write):
            raise Fenced

    @property
    def next_due(self) -> float | None:
        """When ``flush_due`` has something to do, on the monotonic clock; None: not before more."""
        times = [time for time in (self._spool.due, self._lines.next_due) if time is not None]
        return min(times) if times else None

    @property
    def gathers_until(self) -> float | None:
        """When the entries that wait are written, on the monotonic clock; None if none wait."""
        return self._spool.due if self._spool.has_entries else None

    def flush_due(self, now: float) -> None:
        """Writes the batch if its time has come.

        Raises:
            Fenced: The attempt is not the current one any more.
            StoreError: The database stayed out of reach for too long.
        """
        self._add(self._lines.overdue(now))
        due = self._spool.due
        if due is not None and now >= due:
            self._spool.flush()

    def flush(self) -> None:
        """Writes what waits, or keeps it for later; raises as ``flush_due`` does."""
        self._spool.flush()

    def end(self, end: EndOfRun) -> bool:
        """Writes the last entries and the end in one transaction; False if fenced."""
        self.conclude(end)
        return self._spool.persist(lambda: self.write_end(end))

    def close_lines(self) -> None:
        """Adds what was begun to be printed: the child is gone, and no line will be more whole."""
        self._add(self._lines.interrupt(None))

    def conclude(self, end: EndOfRun) -> None:
        """Adds what is to be said at the end; from now on only ``write_end`` writes."""
        self._spool.is_over = True
        self.close_lines()
        self._spool.add(self.log_limit.rest())
        if end.traceback:
            self._spool.add([_traceback_entry(end)])
        if end.status is Status.RETRY:
            self.note("WARNING", end.detail)

    def write_end(self, end: EndOfRun) -> bool:
        """Writes what waits, and the end; False if fenced. May be tried again if it fails."""
        return self._spool.write_end(end)

    def _add(self, entries: Sequence[NewEntry]) -> None:
        if entries:
            self._spool.add(self.log_limit.admit(entries))


def _log_entries(events: LogEvents) -> list[NewEntry]:
    """Log records as entries."""
    created, levels, groupings, messages, objects, sources, _ = events
    created = all_sound(created)
    kinds, partial, bundles = repeat(EntryKind.LOG), repeat(False), repeat(None)  # noqa: FBT003
    rows = zip(kinds, created, messages, levels, groupings, objects, sources, partial, bundles)  # noqa: B905 - some have no end
    return list(map(make_tuple, repeat(NewEntry), rows))


def _traceback_entry(end: EndOfRun) -> NewEntry:
    return NewEntry(
        kind=EntryKind.TRACEBACK,
        created=time.time(),
        message=end.traceback or "",
        source=end.exc_type or "",
    )
