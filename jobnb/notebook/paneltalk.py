"""What the front end of a panel asks for, and the answers; all of it comes from the database."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from jobnb.errors import JobnbError
from jobnb.handles import JobResult
from jobnb.notebook.errands import Errands
from jobnb.notebook.panelrows import MOST_WHOLE, row_of
from jobnb.protocol import EntryKind
from jobnb.rendering.rich import rich_html
from jobnb.store.watching import EntryFilter

MOST_ROWS: Final = 500
"""Rows that one answer has."""
MOST_FOUND: Final = 20_000
"""Lines that a filter finds at most, the newest ones."""
PIECE: Final = 1024 * 1024
"""Bytes of a file that are sent at once."""

_log = logging.getLogger(__name__)

Message = Mapping[str, Any]
"""``t`` says what it is about."""


class Send(Protocol):
    """Sends a message, on any thread."""

    def __call__(self, content: dict[str, Any], buffers: Sequence[bytes] | None = None) -> None:
        """Sends it."""


class Shown(Protocol):
    """Knows what it shows."""

    shown: dict[str, Any]
    """The bundle."""


@dataclass(kw_only=True)
class _Search:
    """The filter that the front end has now."""

    id: int
    wanted: EntryFilter
    last: int
    """Number of the last entry that was looked at."""


class PanelTalk:
    """Takes what the front end asks for, and answers on a thread of its own."""

    def __init__(self, result: JobResult, send: Send, slot: Shown) -> None:
        """Waits for the first message.

        Args:
            result: The run.
            send: Takes the answers.
            slot: Where the panel is shown.
        """
        self._result = result
        self._slot = slot
        self._send = send
        self._errands = Errands("jobnb-panel")
        self._search: _Search | None = None
        self._verbs: Final[dict[str, Callable[[Message], None]]] = {
            "get": self._get,
            "find": self._find,
            "out": self._show,
            "whole": self._whole,
            "file": self._file,
            "cancel": self._cancel,
            "slot": self._show_slot,
        }

    def hear(self, content: Message) -> None:
        """Takes a message, for a moment only."""
        verb = self._verbs.get(content.get("t", ""))
        if verb is not None:
            # A filter takes the place of one that nobody has looked for yet; all else is answered.
            name = "find" if content["t"] == "find" else repr(sorted(content.items()))
            self._errands.put(name, lambda: self._answer(verb, content))

    def look(self, last: int) -> None:
        """There are entries up to ``last`` now: some may pass the filter."""
        search = self._search
        if search is not None and last > search.last:
            self._errands.put("more", lambda: self._answer(self._find_more, {}))

    def _answer(self, verb: Callable[[Message], None], content: Message) -> None:
        try:
            verb(content)
            self._send({"t": "done"})
        except Exception as error:  # noqa: BLE001 - nobody would see it
            _log.info("A panel could not do what was asked", exc_info=True)
            known = isinstance(error, JobnbError)
            text = str(error) if known else f"{type(error).__name__}: {error}"
            self._send({"t": "wrong", "text": text})

    def _get(self, content: Message) -> None:
        if "numbers" in content:
            entries = self._result.log.numbered(content["numbers"][:MOST_ROWS])
        else:
            after = int(content["after"])
            entries = self._result.log[after : after + min(int(content["count"]), MOST_ROWS)]
        self._send({"t": "rows", "rows": [row_of(entry) for entry in entries]})

    def _cancel(self, _content: Message) -> None:
        self._result.cancel()

    def _show_slot(self, _content: Message) -> None:
        """A page was loaded anew, and has missed what is in the display slot."""
        self._send({"t": "slot", "data": self._slot.shown})

    def _whole(self, content: Message) -> None:
        [entry] = self._result.log.numbered([int(content["n"])])
        self._send({"t": "whole", "row": row_of(entry, MOST_WHOLE)})

    def _show(self, content: Message) -> None:
        number = int(content["n"])
        for output in self._result.live.outputs([number]):
            self._send({"t": "out", "n": number, "html": rich_html(output.bundle)})

    def _find(self, content: Message) -> None:
        levels = [str(level) for level in content["levels"]]
        text = str(content["text"])
        if not levels and not text:
            self._search = None
            return
        kinds = [EntryKind.CONSOLE] if "printed" in levels else []
        kinds += [EntryKind.TRACEBACK] if "ERROR" in levels else []
        wanted = EntryFilter(levels=tuple(levels), kinds=tuple(kinds), text=text)
        self._search = _Search(id=int(content["id"]), wanted=wanted, last=0)
        self._find_more(content)

    def _find_more(self, _content: Message) -> None:
        search = self._search
        if search is None:
            return
        last = len(self._result.log)
        hits = self._result.log.find(search.wanted, after=search.last, limit=MOST_FOUND)
        search.last = last
        self._send({"t": "found", "id": search.id, "hits": [n for n in hits if n <= last]})

    def _file(self, content: Message) -> None:
        name = str(content["name"])
        data = next(file for file in self._result.files if file.name == name).read()
        pieces = [data[start : start + PIECE] for start in range(0, len(data), PIECE)] or [b""]
        for number, piece in enumerate(pieces, 1):
            message = {"t": "piece", "name": name, "last": number == len(pieces)}
            self._send(message, [piece])
