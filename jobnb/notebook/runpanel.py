"""The panel of a run: a widget that is told little, and asks for what somebody looks at.

While the run lives the display slot holds the widget; at its end the same slot gets a picture that
needs no kernel.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, Final

import anywidget
import traitlets

from jobnb.engine.updates import Update
from jobnb.handles import JobResult
from jobnb.notebook.htmlview import not_watched, seconds_since
from jobnb.notebook.packing import packed, style
from jobnb.notebook.panelrows import newest_rows
from jobnb.notebook.paneltalk import PanelTalk
from jobnb.notebook.places import Slot
from jobnb.notebook.routes import keep_route
from jobnb.rendering.summary import render_live
from jobnb.rendering.text import excerpt, visible
from jobnb.store.values import Entry, RunRecord
from jobnb.store.watching import Bar, RunState

REFRESH: Final = 0.1
"""Seconds between two words to the front end."""
RESTLESS: Final = 1.0
"""The same where only time goes by, and between two looks for new files."""
NEWEST: Final = 200
"""Lines that are sent without being asked for, at once; those before them come when they are seen.
"""
OVERLAP: Final = 30
"""Lines that are sent once more with the next ones: a front end may have missed some."""
LOADING: Final = 4.0
"""Seconds in which a front end may still be loading the code of the panel."""
MOST_FILES: Final = 100
"""Files that the panel lists."""


class RunPanel(anywidget.AnyWidget):
    """One run in a front end that shows widgets."""

    _esm = packed("runpanel.js")
    _css = style("runpanel.css")
    _place = traitlets.Unicode().tag(sync=True)
    _about = traitlets.Dict().tag(sync=True)
    _head = traitlets.Dict().tag(sync=True)
    _tail = traitlets.Unicode("[]").tag(sync=True)  # JSON: ipywidgets would look into each row

    def __init__(
        self, result: JobResult, head: dict[str, Any], slot: Slot, *, static: bool
    ) -> None:
        """Shows nothing by itself.

        Args:
            result: The run.
            head: How it stands.
            slot: Where it will be shown.
            static: Whether the panel stays when the run has ended.
        """
        record = result.record
        facts = f"{result.id} · by {record.user} · {record.created.astimezone():%Y-%m-%d %H:%M:%S}"
        about = {
            "id": result.id,
            "job": visible(record.job_name),
            "facts": visible(facts),
            "usual": result.live.usual_duration,
            "stays": static,
            "slot": slot.name,
        }
        super().__init__(model_id=slot.widget_id, _place=slot.place, _about=about, _head=head)
        keep_route(self)
        self.talk = PanelTalk(result, self.send, slot)
        self.on_msg(lambda _panel, content, _buffers: self.talk.hear(content))

    def tell(self, head: dict[str, Any], rows: Sequence[Any]) -> None:
        """Tells the front end what is new, on any thread."""
        with self.hold_sync():
            self._head = head
            if rows:
                self._tail = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


class PanelView:
    """Keeps the panel of one run up to date. One thread at a time."""

    newest: int | None = NEWEST

    def __init__(
        self, result: JobResult, hint: str, slot: str | None = None, *, static: bool = False
    ) -> None:
        """Shows the panel.

        Args:
            result: The run.
            hint: For who watches.
            slot: A display slot that is there; None for a new one in the cell that runs now.
            static: Whether the panel stays when the run has ended, to be read.
        """
        self._result = result
        self._hint = hint
        self._slot = Slot(slot)
        self._is_static = static
        self._tail: deque[Entry] = deque(maxlen=NEWEST)
        self._sent = 0
        self._next = self._next_files = 0.0
        self._begun = time.monotonic()
        self._files: list[list[Any]] = []
        self._has_left = False
        head = self._head(result.record.state)
        self.panel = RunPanel(result, head, self._slot, static=static)
        self._slot.show(self.panel, self._instead())

    def update(self, update: Update) -> None:
        """Takes what is new, and tells it if the last word is old enough."""
        self._tail.extend(update.entries[-NEWEST:])
        now = time.monotonic()
        if now >= self._next or update.is_final:
            self._next = now + REFRESH
            self._tell(update.state)

    def close(self, record: RunRecord) -> None:
        """Leaves what the saved notebook keeps; a page that was loaded anew keeps the panel."""
        self._next_files = 0.0
        head = self._head(record.state)
        about = "error" if record.failed else "notice"
        head |= {about: visible(excerpt(record.detail)), "elapsed": record.duration, "hint": ""}
        self.panel.tell(head, self._rows())
        if not self._is_static and not self._has_left:
            self._slot.put(self._result.live.picture())

    def detach(self) -> None:
        """Says that nobody watches any more."""
        head = self._head(self._result.record.state)
        self.panel.tell({**head, "detached": True, "hint": not_watched(self._result)}, ())

    def leave(self) -> None:
        """Shows no more: another run has the slot from now on."""
        self._has_left = True
        self.panel.close()

    def _tell(self, state: RunState) -> None:
        head, before = self._head(state), self.panel._head  # noqa: SLF001 - made for this class
        rows = self._rows()
        is_old = abs((head["elapsed"] or 0) - (before["elapsed"] or 0)) >= RESTLESS
        if rows or is_old or {**head, "elapsed": 0} != {**before, "elapsed": 0}:
            self.panel.tell(head, rows)
        self.panel.talk.look(state.last_entry)

    def _rows(self) -> list[Any]:
        """The newest lines, with some that the front end should have already."""
        if not self._tail or self._tail[-1].number <= self._sent:
            return []
        is_loading = time.monotonic() - self._begun < LOADING
        first = 0 if is_loading else self._sent - OVERLAP
        self._sent = self._tail[-1].number
        return newest_rows(entry for entry in self._tail if entry.number > first)

    def _head(self, state: RunState) -> dict[str, Any]:
        now = time.monotonic()
        if now >= self._next_files:
            self._next_files = now + RESTLESS
            files = self._result.files[:MOST_FILES]
            self._files = [[visible(file.name), file.size] for file in files]
        return {
            "n": state.last_entry,
            "status": str(state.status),
            "ready": state.is_ready,
            "counts": {level: count for level, count in state.counts.items() if count},
            "elapsed": seconds_since(state),
            "bars": [_bar(bar) for bar in state.progress],
            "cancel": state.cancel_requested,
            "notice": visible(state.waits_for),
            "error": "",
            "hint": self._hint,
            "files": self._files,
        }

    def _instead(self) -> dict[str, str]:
        """What the notebook keeps of it until the run has ended."""
        if self._result.record.is_ready:
            return self._result.live.picture()
        note = "So it stood when the cell was run; how it stands now: "
        return render_live(self._result.record, (), f"{note}{_call(self._result)}")


def _call(result: JobResult) -> str:
    return f'jobnb.result("{result.id[:8]}")'


def _bar(bar: Bar) -> list[Any]:
    return [bar.done, bar.total, visible(bar.text)]
