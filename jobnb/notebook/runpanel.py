"""A run in an output cell: a bounded view while it works, then a summary that needs no kernel."""

from __future__ import annotations

import time
import uuid
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from IPython.display import display

from jobnb.catalogs.registry import Catalog
from jobnb.engine.dispatch import Update
from jobnb.handles import JobResult
from jobnb.handles.editing import JobEditor
from jobnb.handles.forms import EditForm, Form, FormJob
from jobnb.notebook.pump import Pump
from jobnb.rendering.log import shorten
from jobnb.rendering.summary import TAIL, render_live, render_result
from jobnb.rendering.tables import render_catalog
from jobnb.store.values import Entry, RunRecord

REFRESH: Final = 0.25
"""Seconds between two pictures; a front end that is given more cannot keep up."""


class HtmlViewer:
    """Shows runs in the cells that start them."""

    def __init__(self, shell: Any) -> None:
        """Takes care that a cell that has shown a run does not show its value once more."""
        self._shell = shell
        self._shown: dict[str, int] = {}
        self._slots: dict[str, HtmlView] = {}
        self._pump = Pump()
        formatters = shell.display_formatter
        formatters.ipython_display_formatter.for_type(JobResult, self._display)
        formatters.mimebundle_formatter.for_type(Catalog, _catalog_bundle)

    def open(self, result: JobResult, *, cancels: bool) -> HtmlView:
        """A view that its caller keeps up to date."""
        purpose = "cancel" if cancels else "stop watching; the run works on"
        return self._view(result, f"Interrupt the kernel to {purpose}.")

    def show(self, result: JobResult) -> None:
        """A view that goes on by itself while the kernel does other things."""
        self._pump.add(self._view(result, _hint(result)), result)

    def show_in(self, result: JobResult, slot: str) -> None:
        """The same in a display slot that is there, in the place of another run; on any thread."""
        before = self._slots.pop(slot, None)
        if before is not None:
            before.leave()
        self._slots[slot] = HtmlView(result, _hint(result), slot)
        self._pump.add(self._slots[slot], result)

    def settle(self, result: JobResult) -> None:
        """A cell that has waited leaves no older cell behind that still says PENDING."""
        self._pump.settle(result)

    def form(self, job: FormJob, inputs: Mapping[str, Any]) -> Form:
        """The form of a job, whose button shows its runs below it."""
        from jobnb.notebook.form import JobForm

        return JobForm(job, inputs, self._show_run)

    def edit(self, editor: JobEditor) -> EditForm:
        """The form of a job record."""
        from jobnb.notebook.editform import JobEditForm

        return JobEditForm(editor)

    def _show_run(self, result: JobResult, slot: str | None) -> None:
        if slot is None:
            self.show(result)
        else:
            self.show_in(result, slot)

    def _view(self, result: JobResult, hint: str) -> HtmlView:
        self._shown[result.id] = self._shell.execution_count
        return HtmlView(result, hint)

    def _display(self, result: JobResult) -> None:
        if self._shown.get(result.id) != self._shell.execution_count:
            display(result._repr_mimebundle_(), raw=True)


def _catalog_bundle(catalog: Catalog, **_options: Any) -> dict[str, str]:
    return render_catalog(tuple(catalog.values()), catalog.problems)


def _hint(result: JobResult) -> str:
    return f'jobnb.result("{result.id[:8]}").cancel() stops it.'


class HtmlView:
    """The display slot of one run. One thread at a time."""

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

    def close(self, record: RunRecord) -> None:
        """Leaves what the saved notebook keeps."""
        files = [file.record for file in self._result.files]
        self._replace(render_result(record, tuple(self._tail), files))

    def detach(self) -> None:
        """Says that the picture is old from now on."""
        self._replace(
            self._live(f'Not watched any more: jobnb.result("{self._result.id[:8]}").watch()')
        )

    def leave(self) -> None:
        """Draws no more: another run has the slot from now on."""
        self._has_left = True

    def _live(self, note: str) -> dict[str, str]:
        record = self._result.record
        elapsed = None
        if record.started is not None:
            # Another host's clock may be ahead of ours.
            elapsed = max(0.0, (datetime.now(UTC) - record.started).total_seconds())
        return render_live(record, tuple(self._tail), note, elapsed)

    def _replace(self, bundle: dict[str, str]) -> None:
        if not self._has_left:
            display(bundle, raw=True, display_id=self._slot, update=True)
