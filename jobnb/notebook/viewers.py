"""Which viewer fits this process; imports IPython only where it runs already."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from jobnb.handles import JobResult, Viewer
from jobnb.handles.editing import JobEditor
from jobnb.handles.forms import EditForm, Form, FormJob
from jobnb.settings import Settings
from jobnb.terminal import PlainViewer


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
    """HTML in the output cells of a notebook, plain text everywhere else."""
    shell = _kernel_shell()
    if shell is None or settings.display == "plain":
        return ScriptViewer(colour=settings.colour and sys.stdout.isatty())
    from jobnb.notebook.runpanel import HtmlViewer

    return HtmlViewer(shell)


def _kernel_shell() -> Any:
    """The shell of the IPython kernel that this process is; None if it is none."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell if hasattr(shell, "kernel") else None
