"""Printed text becomes lines: pieces of each thread are joined until their line ends."""

from __future__ import annotations

import codecs
import re
import time
from dataclasses import dataclass
from typing import Final

from jobnb.protocol import ConsoleEvent, EntryKind
from jobnb.store.values import NewEntry

LONGEST_PIECE: Final = 1024 * 1024
"""Characters after which a line that does not end is cut into a partial entry."""

PATIENCE: Final = 0.2
"""Seconds that an unfinished line waits for its end before it is shown as it is."""

QUIET: Final = 0.05
BUSY_PATIENCE: Final = 2.0
"""While there is never a pause of ``QUIET`` seconds, an unfinished line waits so long: its end is
most likely on the way, behind what other threads say."""

_BREAK: Final = re.compile(r"(\r*\n|\r(?=[^\r\n]))")
"""What ends a line. A lone carriage return does too: progress bars draw themselves anew with it."""


@dataclass
class _OpenLine:
    """The beginning of a line whose end has not come yet."""

    created: float
    source: str
    since: float
    """On the monotonic clock."""
    text: str = ""


class LineAssembler:
    """Joins the console events of one run to entries, a line each.

    The messages, each with a line end unless it is ``partial``, are exactly what was printed.
    """

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], _OpenLine] = {}
        self._last_word = 0.0

    def feed(self, event: ConsoleEvent) -> list[NewEntry]:
        """The lines that are complete with this piece."""
        self._last_word = time.monotonic()
        key = (event.stream, event.thread)
        line = self._open.pop(key, None) or _begin(event)
        *complete, rest = _BREAK.split(line.text + event.text)
        entries = []
        for text, end in zip(complete[::2], complete[1::2], strict=True):
            line.text = text
            if text or "\n" in end:
                entries.append(_take(line, partial=False))
            line = _begin(event)
        line.text = rest
        if len(rest) > LONGEST_PIECE:
            entries.append(_take(line))
        if line.text:
            self._open[key] = line
        return entries

    def interrupt(self, thread: int | None = None) -> list[NewEntry]:
        """The unfinished lines of one thread (None: of all), since something else comes now."""
        self._last_word = time.monotonic()
        return self._cut([key for key in self._open if thread in (None, key[1])])

    def overdue(self, now: float) -> list[NewEntry]:
        """The unfinished lines that have waited long enough, at ``now`` of the monotonic clock."""
        return self._cut([key for key, line in self._open.items() if now >= self._due(line)])

    @property
    def next_due(self) -> float | None:
        """When the oldest unfinished line is overdue, monotonic; None if there is none."""
        return min(map(self._due, self._open.values()), default=None)

    def _due(self, line: _OpenLine) -> float:
        in_a_pause = max(line.since + PATIENCE, self._last_word + QUIET)
        return min(in_a_pause, line.since + BUSY_PATIENCE)

    def _cut(self, keys: list[tuple[str, int]]) -> list[NewEntry]:
        return [_take(self._open.pop(key)) for key in keys]


class NativeText:
    """Bytes of a plain descriptor as console events, whatever way the pipe splits a character."""

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")

    def feed(self, data: bytes) -> ConsoleEvent:
        """The text in ``data``; empty data ends the stream."""
        text = self._decoder.decode(data, final=not data)
        return ConsoleEvent(time.time(), self._stream, text)


def _begin(event: ConsoleEvent) -> _OpenLine:
    return _OpenLine(event.created, event.stream, time.monotonic())


def _take(line: _OpenLine, *, partial: bool = True) -> NewEntry:
    """The line as an entry; a carriage return that waits at its end has ended it."""
    return NewEntry(
        kind=EntryKind.CONSOLE,
        created=line.created,
        message=line.text.rstrip("\r"),
        source=line.source,
        partial=partial and not line.text.endswith("\r"),
    )
