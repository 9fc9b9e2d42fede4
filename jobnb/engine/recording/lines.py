"""Printed text becomes lines: pieces of each thread are joined until their line ends."""

from __future__ import annotations

import codecs
import re
import time
from dataclasses import dataclass
from typing import Final

from jobnb.engine.recording.secrecy import Secrecy
from jobnb.protocol import ConsoleEvent, EntryKind
from jobnb.store.values import NewEntry

LONGEST_PIECE: Final = 1024 * 1024
"""Characters after which a line that does not end is cut into a partial entry."""

PATIENCE: Final = 0.2
"""Seconds that an unfinished line waits for its end before it is shown as it is."""

LOOK_BEHIND: Final = 4096
"""Characters of a line that are remembered after they were shown: they may tell what follows."""

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
    """Whether this, if there is anything, was kept back when the rest was shown: it waits."""
    shown: str = ""
    """The end of what has been shown of the line, as it was printed."""


class LineAssembler:
    """Joins the console events of one run to entries, a line each.

    The messages, each with a line end unless it is ``partial``, are exactly what was printed.
    """

    def __init__(self, secrecy: Secrecy | None = None) -> None:
        """Begins with no line.

        Args:
            secrecy: Says what of an unfinished line may be seen, and hides in pieces of lines what
                tells nothing without the rest; whole lines are not its business here. None: all
                may be seen.
        """
        self._secrecy = secrecy or Secrecy()
        self._open: dict[tuple[str, int], _OpenLine] = {}
        self._last_word = 0.0

    @property
    def is_open(self) -> bool:
        """Whether there is an unfinished line."""
        return bool(self._open)

    def feed(self, event: ConsoleEvent) -> list[NewEntry]:
        """The lines that are complete with this piece."""
        self._last_word = time.monotonic()
        key = (event.stream, event.thread)
        line = self._open.pop(key, None) or _begin(event)
        if not line.text:
            line.created, line.since = event.created, self._last_word
        *complete, rest = _split(line.text, event.text)
        entries = []
        for text, end in zip(complete[::2], complete[1::2], strict=True):
            line.text = text
            if text or "\n" in end:
                entries.append(self._take(line, partial=False))
            line = _begin(event)
        line.text, line.is_held = rest, False
        if len(rest) > LONGEST_PIECE:
            entries += self._show(line)
        if line.text or line.shown:
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
            unfinished, self._open = self._open, {}
            return [self._take(line) for line in unfinished.values() if line.text]
        lines = [line for key, line in self._open.items() if key[1] == thread and not line.is_held]
        return [entry for line in lines for entry in self._show(line)]

    def overdue(self, now: float) -> list[NewEntry]:
        """The unfinished lines that have waited long enough, at ``now`` of the monotonic clock."""
        waiting = [line for line in self._open.values() if not line.is_held]
        due = [line for line in waiting if now >= self._due(line)]
        return [entry for line in due for entry in self._show(line)]

    @property
    def next_due(self) -> float | None:
        """When the oldest unfinished line is overdue, monotonic; None if there is none."""
        lines = self._open.values()
        return min((self._due(line) for line in lines if not line.is_held), default=None)

    def _due(self, line: _OpenLine) -> float:
        in_a_pause = max(line.since + PATIENCE, self._last_word + QUIET)
        return min(in_a_pause, line.since + BUSY_PATIENCE)

    def _show(self, line: _OpenLine) -> list[NewEntry]:
        """What may be seen of an unfinished line; the line keeps the rest."""
        held = self._secrecy.held_back(line.shown + line.text, len(line.shown))
        seen, rest = line.text[: len(line.text) - held], line.text[len(line.text) - held :]
        line.text = seen
        entries = [self._take(line)] if seen else []
        line.shown = (line.shown + seen)[-LOOK_BEHIND:]
        line.text, line.since, line.is_held = rest, time.monotonic(), True
        return entries

    def _take(self, line: _OpenLine, *, partial: bool = True) -> NewEntry:
        """The line as an entry; a carriage return that waits at its end has ended it."""
        whole = line.shown + line.text
        is_whole = not partial and not line.shown
        text = line.text if is_whole else self._secrecy.piece(whole, len(line.shown))
        return NewEntry(
            kind=EntryKind.CONSOLE,
            created=line.created,
            message=text.rstrip("\r"),
            source=line.source,
            partial=partial and not line.text.endswith("\r"),
        )


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


def _split(open_text: str, more: str) -> list[str]:
    """Texts and what ends them, in turn; without what ends lines there is nothing to look for."""
    text = open_text + more
    if "\n" in more or "\r" in more or open_text.endswith("\r"):
        return _BREAK.split(text)
    return [text]
