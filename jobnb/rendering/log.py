"""Entries of a run as lines: for a terminal, and for a page."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from typing import Final

from jobnb.protocol import EntryKind
from jobnb.rendering.text import excerpt, visible
from jobnb.store.values import Entry

LEVEL_COLOURS: Final = {
    "SUCCESS": "#2e8540",
    "WARNING": "#b26a00",
    "FAILURE": "#d0342c",
    "ERROR": "#d0342c",
    "CRITICAL": "#d0342c",
}
"""Readable on white and on black. The calm levels keep the colour of the page."""

_ANSI_COLOURS: Final = {
    "DEBUG": "2",
    "SUCCESS": "32",
    "WARNING": "33",
    "FAILURE": "31",
    "ERROR": "31",
    "CRITICAL": "1;31",
}
_PRINTED: Final = "\N{BOX DRAWINGS LIGHT VERTICAL} "


def join_partial(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries with printed lines whole, where a line came in several pieces in a row."""
    waiting: Entry | None = None
    for entry in entries:
        goes_on = entry.kind is EntryKind.CONSOLE and entry.source == getattr(waiting, "source", "")
        if waiting is not None and goes_on:
            message = waiting.message + entry.message
            entry = waiting._replace(message=message, partial=entry.partial)  # noqa: PLW2901
        elif waiting is not None:
            yield waiting
        waiting = entry if entry.partial else None
        if waiting is None:
            yield entry
    if waiting is not None:
        yield waiting


def shorten(entry: Entry) -> Entry:
    """The entry with no more text than an output cell should hold, and a notebook keep."""
    return entry._replace(message=excerpt(entry.message))


def entry_text(
    entry: Entry, *, colour: bool = False, mark: str = "", zone: tzinfo | None = None
) -> str:
    """One entry for a terminal, whole; lines after the first are indented.

    Args:
        entry: Any.
        colour: Whether the terminal knows colours.
        mark: What stands before a printed line, so that it is told from a logged one.
        zone: Of the time that is shown; None: that of this machine.
    """
    text = visible(entry.message, limit=None)
    if entry.kind is EntryKind.TRACEBACK:
        return _paint(text.rstrip("\n"), "31", colour=colour)
    head = f"{_clock(entry, zone)} {entry.level or '':<8} "
    if entry.kind is EntryKind.CONSOLE:
        return _paint(head, "2", colour=colour) + mark + _indented(text, len(head))
    about = f"{visible(entry.object)}: " if entry.object else ""
    if entry.kind is EntryKind.DISPLAY and "\n" in text:
        about = "\n"  # a table stands below, or its first line would not be above the others
    body = f"{visible(entry.grouping or '')}: {about}{text}"
    line = head + _indented(body, len(head))
    return _paint(line, _ANSI_COLOURS.get(entry.level or "", ""), colour=colour)


def line_html(entry: Entry) -> str:
    """One entry as a line of text with as little around it as can be; notebooks keep many."""
    text = html.escape(entry_text(entry, mark=_PRINTED)) + "\n"
    if entry.kind is EntryKind.TRACEBACK:
        return f'<span style="color:#d0342c">{text}</span>'
    colour = LEVEL_COLOURS.get(entry.level or "")
    return f'<span style="color:{colour}">{text}</span>' if colour else text


def _clock(entry: Entry, zone: tzinfo | None = None) -> str:
    moment = datetime.fromtimestamp(entry.created, UTC).astimezone(zone)
    return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}"


def _indented(text: str, columns: int) -> str:
    return text.rstrip("\n").replace("\n", "\n" + " " * columns)


def _paint(text: str, code: str, *, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour and code else text
