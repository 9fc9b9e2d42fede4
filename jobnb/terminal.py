"""Runs as plain text on standard output: for terminals, scripts and logs of other programs."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from jobnb.engine.updates import Update
from jobnb.errors import RunRefused
from jobnb.handles import JobResult
from jobnb.handles.records.editing import JobEditor, JobSettings
from jobnb.protocol import EntryKind
from jobnb.rendering.log import entry_text, join_partial
from jobnb.rendering.progress import ProgressLine
from jobnb.rendering.summary import headline
from jobnb.rendering.text import visible
from jobnb.settings import Settings
from jobnb.store.values import Entry, RunRecord


class PlainViewer:
    """Writes each entry as a line, and how it ended at the end."""

    def __init__(self, *, colour: bool) -> None:
        self._colour = colour

    def open(self, result: JobResult, *, cancels: bool) -> PlainView:  # noqa: ARG002 - same text
        """Begins with the first entry."""
        return PlainView(result, colour=self._colour)

    def show(self, result: JobResult) -> None:
        """Writes nothing: what comes later would stand between other output."""

    def browse(self, result: JobResult) -> None:
        """Writes all lines, from the first on."""
        result.watch()

    def settle(self, result: JobResult) -> None:
        """Has nothing to bring to an end."""

    def rest(self) -> None:
        """Has no thread."""

    def form(self, job: Any, inputs: Mapping[str, Any]) -> Any:  # noqa: ARG002 - there is none
        """No command shows a form."""
        raise RunRefused("A form needs Python: jobnb.form(NAME) in a notebook or a program.")

    def edit(self, editor: JobEditor) -> JobSettings:
        """What is set, for whoever has no form."""
        return editor.shown()


class PlainView:
    """One run on standard output; in a terminal the last line says how far it is."""

    newest: int | None = None

    def __init__(self, result: JobResult, *, colour: bool) -> None:
        self._result = result
        self._colour = colour
        self._progress = ProgressLine(is_terminal=sys.stdout.isatty())
        self._unfinished = ""
        self._told = ""

    def update(self, update: Update) -> None:
        """Writes the new entries; a printed line may go on with the next update.

        Before the first one: what the run waits for, once for each thing.
        """
        self._tell_what_for(update)
        text = "".join(map(self._text, join_partial(update.entries)))
        if text:
            say(self._progress.erased() + text)
        if not self._unfinished:
            say(self._progress.drawn(update.state.progress))

    def _tell_what_for(self, update: Update) -> None:
        waits_for = update.state.waits_for
        if waits_for and waits_for != self._told:
            say(visible(waits_for) + "\n")
        self._told = waits_for

    def close(self, record: RunRecord) -> None:
        """Writes how it ended."""
        say(self._progress.erased() + ("\n" if self._unfinished else "") + headline(record) + "\n")
        if record.detail:
            say(visible(record.detail) + "\n")

    def detach(self) -> None:
        """Says that the run works on."""
        say(self._progress.erased())
        say(f"{self._result} works on; `jobnb log -f {self._result.id[:8]}` shows it again.\n")

    def _text(self, entry: Entry) -> str:
        """The entry as it continues what was written before."""
        if entry.kind is EntryKind.CONSOLE and entry.source == self._unfinished:
            text = visible(entry.message, limit=None)
        else:
            text = entry_text(entry, colour=self._colour)
            text = f"\n{text}" if self._unfinished else text
        self._unfinished = entry.source if entry.partial else ""
        return text if entry.partial else f"{text}\n"


def plain_viewer(settings: Settings) -> PlainViewer:
    """The viewer for this process's standard output."""
    return PlainViewer(colour=settings.colour and sys.stdout.isatty())


def say_exactly(text: str) -> None:
    """Writes text of a job: to files and other programs as it is, to a terminal harmlessly."""
    say(visible(text, limit=None) if sys.stdout.isatty() else text)


def say(text: str) -> None:
    """Writes to standard output at once, whatever characters it can take."""
    if not text:
        return
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
    sys.stdout.flush()
