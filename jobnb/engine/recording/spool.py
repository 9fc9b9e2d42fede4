"""The spool: entries of one attempt that wait to be written, in batches, under its fence.

While the database is out of reach they wait here, and the job goes on.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from jobnb.engine.patience import PAUSE, Trouble, patiently
from jobnb.engine.recording.loglimit import size_of_entries
from jobnb.engine.recording.secrecy import Secrecy
from jobnb.errors import StoreUnreachable
from jobnb.protocol import ProgressEvent
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


class Fenced(Exception):
    """The run belongs to somebody else now: nothing more may be written, and the child must go."""


class Spool:
    """Writes what is added to it when its time has come. One thread at a time."""

    def __init__(
        self,
        results: Results,
        claim: Claim,
        ring: Callable[[], None],
        secrecy: Secrecy,
        *,
        patience: float,
        last: int,
    ) -> None:
        """Begins empty.

        Args:
            results: Where the entries go.
            claim: The attempt; its token is the fence.
            ring: Called after each commit.
            secrecy: What nobody may see of all that is written.
            patience: Seconds that the database may be out of reach before the attempt is given up.
            last: Number of the last entry of earlier attempts.
        """
        self._results = results
        self._claim = claim
        self._ring = ring
        self._secrecy = secrecy
        self._patience = patience
        self._batch: list[NewEntry] = []
        self._size = 0
        self._unsure: list[NewEntry] = []
        """A batch that may have been stored, although nobody has said so: tried again as it is."""
        self._away_since: float | None = None
        """When the database was first found out of reach; monotonic."""
        self._trouble = Trouble()
        self.is_over = False
        """Whether only ``write_end`` writes from now on."""
        self.due: float | None = None
        """When something is to be written, on the monotonic clock; None: not before more comes."""
        self._last = last
        self._last_flush = 0.0
        self._progress: ProgressEvent | None = None
        self._pid: int | None = None

    @property
    def has_entries(self) -> bool:
        """Whether entries wait, and not only how far the run is."""
        return bool(self._batch)

    def add(self, entries: Sequence[NewEntry]) -> None:
        """Lets entries wait with the others; writes them if there are many; raises as ``flush``."""
        if not entries:
            return
        self._batch.extend(entries)
        self._size += size_of_entries(entries)
        self._be_due(NEXT_FLUSH)
        if self._is_full():
            self.flush()

    def progress(self, event: ProgressEvent) -> None:
        """Takes how far the run is; of several the newest is written, with the next batch."""
        self._progress = event
        self._be_due(PROGRESS_FLUSH)

    def note_pid(self, pid: int) -> None:
        """Takes the process id of the child, which has not spoken yet: soon it will."""
        self._pid, self.due = pid, time.monotonic() + NEXT_FLUSH

    def await_end(self) -> None:
        """The job has ended: what waits is written with the end, unless that is long in coming."""
        if self.due is not None and self._away_since is None:
            self._last_flush = time.monotonic()
            self.due = self._last_flush + NEXT_FLUSH

    def flush(self) -> None:
        """Writes what waits, or keeps it for later.

        Raises:
            Fenced: The attempt is not the current one any more.
            StoreError: The database stayed out of reach for too long.
        """
        began = time.monotonic()
        try:
            self._write_waiting()
        except StoreUnreachable as error:
            self._bear(error, began)

    def _write_waiting(self) -> None:
        while self._unsure or self._batch or self._progress or self._pid is not None:
            if not self._unsure:
                self._unsure, self._batch, self._size = self._secrecy.entries(self._batch), [], 0
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
        self._trouble.end()
        self._away_since, self.due = None, None
        self._last_flush = time.monotonic()
        self._ring()
        return True

    def _bear(self, error: StoreUnreachable, began: float) -> None:
        """Goes on without the database for a while; see ``patiently`` for what ``began`` is."""
        now = time.monotonic()
        if self._away_since is None:
            self._away_since = now
        give_up = self._away_since + self._patience
        if began >= give_up:
            self._trouble.forget()
            raise error
        self._trouble.meet(error)
        self.due = now + PAUSE
        if self._is_full():
            # Meanwhile the pipes of the child fill, and no line is dropped.
            patiently(self._write_waiting, give_up - now)

    def write_end(self, end: EndOfRun) -> bool:
        """Writes what waits, and the end; False if fenced. May be tried again if it fails."""
        claim = self._claim
        if self._unsure and not self._write_unsure():
            return False
        is_ours = self._results.end(
            claim.run_id,
            claim.token,
            self._secrecy.end(end),
            self._secrecy.entries(self._batch),
            progress=self._progress_text(),
            pid=self._pid,
        )
        if is_ours:
            self._trouble.end()
            self._ring()
        return is_ours

    def _be_due(self, pause: float) -> None:
        """Something is to be written: soon, but so many seconds after the last time at least."""
        if self._away_since is None:
            first = FIRST_FLUSH if self._last_flush else OPENING
            due = max(time.monotonic() + first, self._last_flush + pause)
            self.due = due if self.due is None else min(self.due, due)

    def _progress_text(self) -> str | None:
        if self._progress is None:
            return None
        bars = [[*numbers, self._secrecy.text(text)] for *numbers, text in self._progress.bars]
        return json.dumps(bars, separators=(",", ":"))

    def _is_full(self) -> bool:
        if self.is_over:
            return False
        if self._away_since is None:
            return len(self._batch) >= BATCH or self._size >= BATCH_TEXT
        return len(self._batch) >= SPOOL or self._size >= SPOOL_TEXT

    def persist(self, write: Callable[[], _T]) -> _T:
        """Writes, with patience; the job waits."""
        return patiently(write, self._patience)
