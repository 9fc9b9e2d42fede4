"""Which viewer fits this process; imports IPython only where it runs already."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jobnb.handles import JobResult, Viewer
from jobnb.handles.editing import JobEditor
from jobnb.handles.forms import EditForm, Form, FormJob
from jobnb.settings import Settings, is_page_of_server
from jobnb.terminal import PlainViewer

if TYPE_CHECKING:
    from jobnb.notebook.htmlview import HtmlView
    from jobnb.notebook.runpanel import PanelView


class ScriptViewer(PlainViewer):
    """Plain text; a form shows nothing, but is filled in and run from Python all the same."""

    def form(self, job: FormJob, inputs: Mapping[str, Any]) -> Form:
        """The form of a job."""
        from jobnb.notebook.form import JobForm

        return JobForm(job, inputs, self._show_run)

    def edit(self, editor: JobEditor) -> EditForm:  # type: ignore[override]  # it is a form here
        """The form of a job record."""
        from jobnb.notebook.editform import JobEditForm

        return JobEditForm(editor)

    def _show_run(self, result: JobResult, _slot: str | None) -> None:
        self.show(result)


def viewer_for(settings: Settings) -> Viewer:
    """Panels or HTML in the output cells of a notebook, plain text everywhere else."""
    shell = _kernel_shell()
    if shell is None or settings.display == "plain":
        return ScriptViewer(colour=settings.colour and sys.stdout.isatty())
    from jobnb.notebook.viewer import NotebookViewer

    if _shows_widgets(settings):
        return NotebookViewer(shell, _make_panel, _make_reader)
    return NotebookViewer(shell, _make_html)


def _shows_widgets(settings: Settings) -> bool:
    """Whether runs are shown as widgets; no front end has to be asked.

    By itself only where the page is known to load their code, and to hear what later cells say.
    """
    if settings.display == "auto":
        return is_page_of_server()
    return settings.display == "widget"


def _make_panel(result: JobResult, hint: str, slot: str | None) -> PanelView:
    from jobnb.notebook.runpanel import PanelView

    return PanelView(result, hint, slot)


def _make_reader(result: JobResult, hint: str, slot: str | None) -> PanelView:
    from jobnb.notebook.runpanel import PanelView

    return PanelView(result, hint, slot, static=True)


def _make_html(result: JobResult, hint: str, slot: str | None) -> HtmlView:
    from jobnb.notebook.htmlview import HtmlView

    return HtmlView(result, hint, slot)


def _kernel_shell() -> Any:
    """The shell of the IPython kernel that this process is; None if it is none."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell if hasattr(shell, "kernel") else None
