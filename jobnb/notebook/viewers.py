"""Which viewer fits this process; imports IPython only where it runs already."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jobnb.handles import JobResult, Viewer
from jobnb.handles.forms import EditForm, Form, FormJob
from jobnb.handles.records.editing import JobEditor
from jobnb.settings import Settings, is_page_of_server
from jobnb.terminal import PlainView, PlainViewer

if TYPE_CHECKING:
    from jobnb.notebook.htmlview import HtmlView
    from jobnb.notebook.runpanel import PanelView

_CONSOLES: Final = ("jupyter-console", "jupyter_console")
"""What the command of a console is called, and its module."""


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


class ShellViewer(ScriptViewer):
    """Plain text where IPython shows the value of what was typed: in a terminal, say."""

    def __init__(self, shell: Any, *, colour: bool) -> None:
        """Takes care that the log of a run is not shown again as the value of the call."""
        from jobnb.notebook.showing import Shown, show_jobs_as_tables

        super().__init__(colour=colour)
        self._shown = Shown(shell)
        shell.display_formatter.mimebundle_formatter.for_type(JobResult, self._bundle)
        show_jobs_as_tables(shell)

    def open(self, result: JobResult, *, cancels: bool) -> PlainView:
        """Begins with the first entry."""
        self._shown.note(result)
        return super().open(result, cancels=cancels)

    def _bundle(self, result: JobResult, **_options: Any) -> dict[str, str]:
        if self._shown.has(result):
            return {"text/plain": repr(result)}
        return result._repr_mimebundle_()


def viewer_for(settings: Settings) -> Viewer:
    """Panels or HTML in the output cells of a notebook, plain text everywhere else."""
    shell = _shell()
    colour = settings.colour and sys.stdout.isatty()
    if shell is None:
        return ScriptViewer(colour=colour)
    if not hasattr(shell, "kernel") or _shows_text(settings):
        return ShellViewer(shell, colour=colour)
    from jobnb.notebook.viewer import NotebookViewer

    if _shows_widgets(settings):
        return NotebookViewer(shell, _make_panel, _make_reader)
    return NotebookViewer(shell, _make_html)


def _shows_text(settings: Settings) -> bool:
    """Whether the front end of this kernel is a terminal, or is to be treated like one.

    It takes what is shown once, and no picture that changes later.
    """
    is_open = settings.display == "auto" and not is_page_of_server()
    return settings.display == "plain" or (is_open and _is_child_of_console())


def _is_child_of_console() -> bool:
    """Whether ``jupyter console`` has started this kernel."""
    import psutil

    try:
        command = psutil.Process(os.getppid()).cmdline()
    except psutil.Error:  # it has just ended
        return False
    return any(Path(part).name in _CONSOLES for part in command[:3])


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


def _shell() -> Any:
    """The shell that runs in this process; None if there is none."""
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()
