"""How runs are shown in the cells of a notebook."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from IPython.display import display

from jobnb.handles import JobResult, View
from jobnb.handles.forms import EditForm, Form, FormJob
from jobnb.handles.records.editing import JobEditor
from jobnb.notebook.pump import Pump
from jobnb.notebook.showing import Shown, show_jobs_as_tables

MOST_ENDED: Final = 20
"""Panels of runs that have ended and are kept, for pages that were loaded anew meanwhile."""


class SlotView(View, Protocol):
    """A view in a display slot, which another run may get."""

    def leave(self) -> None:
        """Shows no more: another run has the slot from now on."""


MakeView = Callable[[JobResult, str, str | None], SlotView]
"""Shows a run, with a hint for who watches, in a slot that is there, or in a new one."""


class NotebookViewer:
    """Shows runs in the cells that start them."""

    def __init__(
        self, shell: Any, make_view: MakeView, make_reader: MakeView | None = None
    ) -> None:
        """Takes care that a cell that has shown a run does not show its value once more.

        Args:
            shell: Of the kernel.
            make_view: Shows a run while it works.
            make_reader: Shows a run to be browsed, also when it has ended; None: as while it works.
        """
        self._make_view = make_view
        self._make_reader = make_reader or make_view
        self._shown = Shown(shell)
        self._slots: dict[str, SlotView] = {}
        self._kept: deque[SlotView] = deque()
        self._pump = Pump()
        shell.display_formatter.ipython_display_formatter.for_type(JobResult, self._display)
        show_jobs_as_tables(shell)

    def open(self, result: JobResult, *, cancels: bool) -> View:
        """A view that its caller keeps up to date."""
        purpose = "cancel" if cancels else "stop watching; the run works on"
        return self._view(result, f"Interrupt the kernel (■) to {purpose}.")

    def show(self, result: JobResult) -> None:
        """A view that goes on by itself while the kernel does other things."""
        self._pump.add(self._view(result, _hint(result)), result.live)

    def show_in(self, result: JobResult, slot: str) -> None:
        """The same in a display slot that is there, in the place of another run; on any thread."""
        before = self._slots.pop(slot, None)
        if before is not None:
            self._pump.drop(before)
            before.leave()
        view = self._make_view(result, _hint(result), slot)
        self._slots[slot] = view
        self._pump.add(view, result.live)

    def browse(self, result: JobResult) -> None:
        """All lines, in a panel that needs this kernel, or as they are shown while it works."""
        self._pump.add(self._make_reader(result, "", None), result.live)
        if result.record.is_ready:
            self._pump.settle(result.live)

    def settle(self, result: JobResult) -> None:
        """A cell that has waited leaves no older cell behind that still says PENDING."""
        self._pump.settle(result.live)

    def rest(self) -> None:
        """Looks at nothing any more; the thread of the pump has ended then."""
        self._pump.rest()

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

    def _view(self, result: JobResult, hint: str) -> SlotView:
        self._shown.note(result)
        view = self._make_view(result, hint, None)
        self._kept.append(view)
        while len(self._kept) > MOST_ENDED and self._pump.has_not(self._kept[0]):
            self._kept.popleft().leave()
        return view

    def _display(self, result: JobResult) -> None:
        if not self._shown.has(result):
            display(result._repr_mimebundle_(), raw=True)


def _hint(result: JobResult) -> str:
    return f'jobnb.result("{result.id[:8]}").cancel() stops it.'
