"""A run as bounded HTML in its display slot: for front ends that show no widgets."""

from __future__ import annotations

import time
import uuid
from collections import deque
from datetime import UTC, datetime
from typing import Final

from IPython.display import display

from jobnb.engine.updates import Update
from jobnb.handles import JobResult
from jobnb.rendering.log import shorten
from jobnb.rendering.summary import TAIL, render_live
from jobnb.store.values import Entry, RunRecord
from jobnb.store.watching import RunState

REFRESH: Final = 0.25
"""Seconds between two pictures; a front end that is given more cannot keep up."""


class HtmlView:
    """The display slot of one run. One thread at a time."""

    newest: int | None = TAIL

    def __init__(self, result: JobResult, hint: str, slot: str | None = None) -> None:
        """Draws the first picture.

        Args:
            result: The run.
            hint: For who watches.
            slot: A display slot that is there; None for a new one in the cell that runs now.
        """
        self._result = result
        self._hint = hint
        self._slot = slot or f"jobnb-{uuid.uuid4()}"
        self._tail: deque[Entry] = deque(maxlen=TAIL)
        self._next = 0.0
        self._has_left = False
        display(self._live(hint), raw=True, display_id=self._slot, update=slot is not None)

    def update(self, update: Update) -> None:
        """Takes what is new, and draws it if the last picture is old enough."""
        self._tail.extend(shorten(entry) for entry in update.entries[-TAIL:])
        now = time.monotonic()
        if now >= self._next and not update.is_final:
            self._next = now + REFRESH
            self._replace(self._live(self._hint))

    def close(self, record: RunRecord) -> None:  # noqa: ARG002 - the picture reads it again
        """Leaves what the saved notebook keeps."""
        self._replace(self._result.live.picture())

    def detach(self) -> None:
        """Says that the picture is old from now on."""
        self._replace(self._live(not_watched(self._result)))

    def leave(self) -> None:
        """Draws no more: another run has the slot from now on."""
        self._has_left = True

    def _live(self, note: str) -> dict[str, str]:
        record = self._result.record
        return render_live(record, tuple(self._tail), note, seconds_since(record))

    def _replace(self, bundle: dict[str, str]) -> None:
        if not self._has_left:
            display(bundle, raw=True, display_id=self._slot, update=True)


def not_watched(result: JobResult) -> str:
    """What a view says that is not kept up to date any more."""
    return f'Not watched any more: jobnb.result("{result.id[:8]}").watch()'


def seconds_since(run: RunRecord | RunState) -> float | None:
    """Seconds since a worker took the run; None before. Its clock may be ahead of ours."""
    if run.started is None:
        return None
    return max(0.0, (datetime.now(UTC) - run.started).total_seconds())
