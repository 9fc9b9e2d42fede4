"""Printed text becomes lines: pieces of each thread are joined until their line ends."""

from __future__ import annotations

import codecs
import re
import time
from collections.abc import Callable
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
    is_held: bool = False
    """Whether this is what was kept back of a line when the rest of it was shown."""


class LineAssembler:
    """Joins the console events of one run to entries, a line each.

    The messages, each with a line end unless it is ``partial``, are exactly what was printed.
    """

    def __init__(self, held_back: Callable[[str], int] = lambda _text: 0) -> None:
        """Begins with no line.

        Args:
            held_back: How many characters at the end of an unfinished line must be seen together
                with what follows, before anybody may see them: they may be half a secret.
        """
        self._held_back = held_back
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
        line.text, line.is_held = rest, False
        if len(rest) > LONGEST_PIECE:
            entries += self._show(line)
        if line.text:
            self._open[key] = line
        return entries

    def interrupt(self, thread: int | None = None) -> list[NewEntry]:
        """The unfinished lines of one thread, since something else comes now.

        What must not be seen yet stays open, and comes after that; with None for the thread nothing
        comes any more, and every line is shown as it is.
        """
        self._last_word = time.monotonic()
        if not self._open:
            return []
        if thread is None:
            lines, self._open = self._open, {}
            return [_take(line) for line in lines.values()]
        entries = []
        for key in [key for key in self._open if key[1] == thread]:
            line = self._open[key]
            if not line.is_held:
                entries += self._show(line)
            if not line.text:
                del self._open[key]
        return entries

    def overdue(self, now: float) -> list[NewEntry]:
        """The unfinished lines that have waited long enough, at ``now`` of the monotonic clock."""
        due = [key for key, line in self._open.items() if now >= self._due(line)]
        entries = []
        for key in due:
            line = self._open.pop(key)
            entries += [_take(line)] if line.is_held else self._show(line)
            if line.is_held and line.text:
                self._open[key] = line
        return entries

    @property
    def next_due(self) -> float | None:
        """When the oldest unfinished line is overdue, monotonic; None if there is none."""
        return min(map(self._due, self._open.values()), default=None)

    def _due(self, line: _OpenLine) -> float:
        if line.is_held:
            return line.since + BUSY_PATIENCE
        in_a_pause = max(line.since + PATIENCE, self._last_word + QUIET)
        return min(in_a_pause, line.since + BUSY_PATIENCE)

    def _show(self, line: _OpenLine) -> list[NewEntry]:
        """What may be seen of an unfinished line; the line keeps the rest."""
        kept = self._held_back(line.text)
        shown, rest = line.text[: len(line.text) - kept], line.text[len(line.text) - kept :]
        line.text = shown
        entries = [_take(line)] if shown else []
        line.text, line.since, line.is_held = rest, time.monotonic(), True
        return entries


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
