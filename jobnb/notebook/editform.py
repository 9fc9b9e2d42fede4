"""The form of a job record as a widget: the same fields as any form, with a button that saves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from jobnb.handles import JobResult
from jobnb.handles.records.editing import JobEditor, JobSettings
from jobnb.notebook.form import JobForm


class JobEditForm(JobForm):
    """What is set of a job, to be changed; what is empty is as the code says."""

    def __init__(self, editor: JobEditor) -> None:
        """Begins with what is set now; nothing is shown yet."""
        super().__init__(editor, {}, _show_nothing)

    def save(self) -> JobSettings:
        """Saves what was changed in it.

        Raises:
            InvalidSetting: Some do not fit; the form shows it too.
            EditConflict: Somebody has changed the same meanwhile; saving again goes over that.
        """
        try:
            self._talk.start({})
        finally:
            self.publish()
        return self._editor.shown()

    def run(self) -> Any:
        """The same as ``save()``: what the button does."""
        return self.save()

    def done(self, outcome: Any) -> dict[str, Any]:
        """Says that it was saved."""
        del outcome
        return {"run": f"Saved at {datetime.now().astimezone():%H:%M:%S}.", "notice": ""}

    @property
    def _editor(self) -> JobEditor:
        assert isinstance(self._job, JobEditor), "it was made for one"
        return self._job

    def __repr__(self) -> str:
        return f"<JobEditForm {self._job.description.name!r}>"

    def _ipython_display_(self) -> None:
        """Shows the form alone: what it saves has no log."""
        self._display()


def _show_nothing(_result: JobResult, _slot: str | None) -> None:
    """Nothing runs here."""
