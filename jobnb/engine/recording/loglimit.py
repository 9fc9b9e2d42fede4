"""The limit of a log: a flood ends in a mark, and what matters is still heard."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Final

from jobnb.protocol import LEVELS, EntryKind, Limits, size_of
from jobnb.store.values import NewEntry

LEAST_ENTRIES: Final = 100
"""Warnings and errors that a full log takes at least; else a tenth of the limit."""
LEAST_OUTPUT: Final = 64 * 1024
"""The same in bytes."""
LAST_LINES: Final = 20
"""Dropped lines that are kept all the same, as the end of a log says most."""
LONGEST_LAST: Final = 2000
"""Characters of each of them."""

_MESSAGE: Final = attrgetter("message")
_BUNDLE: Final = attrgetter("bundle")


class LogLimit:
    """Lets the entries of one attempt pass until its log is full. One thread at a time."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._entries = 0
        self._output = 0
        self._most_entries: float = limits.max_entries or float("inf")
        self._most_output: float = limits.max_output or float("inf")
        self._dropped = 0
        self._last: deque[NewEntry] = deque(maxlen=LAST_LINES)
        self.is_full = False
        """Whether something did not fit any more."""
        self._has_many_entries = False

    @property
    def sentence(self) -> str:
        """What the limit is that was reached first, for people."""
        if self._has_many_entries:
            bound = f"{self._limits.max_entries:,} entries (max_entries)"
        else:
            bound = f"messages of {size_of(self._limits.max_output)} together (max_output)"
        return f"The log is full: it may have {bound}."

    def admit(self, entries: Sequence[NewEntry]) -> list[NewEntry]:
        """Those of the entries that are written, with a mark where the log is full."""
        count = self._entries + len(entries)
        size = self._output + size_of_entries(entries)
        if count <= self._most_entries and size <= self._most_output and not self.is_full:
            self._entries, self._output = count, size
            return list(entries)
        return [passed for item in entries for passed in self._pass(item)]

    def rest(self) -> list[NewEntry]:
        """What is written at the end: how much was dropped, and the last of it."""
        if not self._dropped:
            return []
        last = [item._replace(message=_short(item.message), bundle=None) for item in self._last]
        text = f"… {self._dropped:,} more lines were dropped; these are the last of them:"
        return [NewEntry.by_supervisor("WARNING", text), *last]

    def _pass(self, item: NewEntry) -> Iterator[NewEntry]:
        if not self._fits(item) and not self.is_full:
            self.is_full = True
            self._has_many_entries = self._entries >= self._most_entries
            self._most_entries += max(self._most_entries / 10, LEAST_ENTRIES)
            self._most_output += max(self._most_output / 10, LEAST_OUTPUT)
            text = f"{self.sentence} Only warnings and errors are kept from here on."
            yield NewEntry.by_supervisor("WARNING", text)
        if self._fits(item) and (not self.is_full or _matters(item)):
            self._entries += 1
            self._output += size_of_entries([item])
            yield item
        else:
            self._dropped += 1
            self._last.append(item)

    def _fits(self, item: NewEntry) -> bool:
        return (
            self._entries < self._most_entries
            and self._output + size_of_entries([item]) <= self._most_output
        )


def _matters(item: NewEntry) -> bool:
    if item.kind is EntryKind.LOG:
        return LEVELS.get(item.level or "", 0) >= LEVELS["WARNING"]
    return item.kind is EntryKind.TRACEBACK


def size_of_entries(entries: Sequence[NewEntry]) -> int:
    """Bytes of their messages, and of what they show."""
    whole = "".join(map(_MESSAGE, entries))
    size = len(whole) if whole.isascii() else len(whole.encode("utf-8", "surrogatepass"))
    bundles = [bundle for bundle in map(_BUNDLE, entries) if bundle]
    return size + sum(len(content) for bundle in bundles for content in bundle.values())


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_LAST else f"{text[:LONGEST_LAST]} …"
