"""The form of a job as a widget: shows a ``FormModel``, and tells it what was typed.

What is synchronised may be saved in a notebook: secrets and the content of files never are.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Final

import anywidget
import traitlets
from IPython.display import display

from jobnb.errors import WHOLE_JOB
from jobnb.handles import JobResult
from jobnb.handles.forms import FormJob
from jobnb.notebook.embed import build_widget
from jobnb.notebook.formfields import form_spec, shown_value
from jobnb.notebook.formmodel import FormModel, is_empty
from jobnb.notebook.formpicture import form_picture
from jobnb.notebook.formtalk import FormTalk
from jobnb.notebook.formuploads import shown_file
from jobnb.notebook.packing import packed, style
from jobnb.notebook.places import Slot, place_of, placed
from jobnb.notebook.routes import keep_route
from jobnb.protocol import VariableDescription

MOST_SLOTS: Final = 4
"""Cells that show the runs of one form: those it was shown in last."""

MOST_RUNS: Final = 6
"""Runs of a form that it names, the newest first."""

_log = logging.getLogger(__name__)

Show = Callable[[JobResult, str | None], None]
"""Shows a run: in the display slot of that id, or in the cell that runs now."""


class JobForm(anywidget.AnyWidget):
    """The inputs of a job to fill in, with a button that runs it.

    As the last value of a cell it shows itself, with room for the run below. It works in a plain
    Python process too: ``form.values = {...}; form.run()``.
    """

    _esm = packed("form.js")
    _css = style("form.css")
    _place = traitlets.Unicode().tag(sync=True)
    _spec = traitlets.Dict().tag(sync=True)
    _shown = traitlets.Dict().tag(sync=True, to_json=lambda _, form: form.shown_values())
    _state = traitlets.Dict().tag(sync=True)

    def __init__(self, job: FormJob, inputs: Mapping[str, Any], show: Show) -> None:
        """Fills the form in; nothing is shown yet.

        Args:
            job: What it runs.
            inputs: What stands in it at first, besides the defaults.
            show: Called for each run that it starts, on any thread.

        Raises:
            InvalidInput: There is no input of that name.
            DeclarationError: A widget that the job wants is not installed here.
        """
        self._show = show
        self._slots: deque[str] = deque(maxlen=MOST_SLOTS)
        self._lock = threading.RLock()
        spec = self._build(job, FormModel(job, {**job.preset, **inputs}))
        name = uuid.uuid4().hex
        super().__init__(model_id=name, _place=place_of(name), _spec=spec, _state=self._standing())
        keep_route(self)
        self._connect_widgets()
        self.on_msg(lambda _form, content, buffers: self._talk.hear(content, buffers))

    def _build(self, job: FormJob, model: FormModel) -> dict[str, Any]:
        """Takes a job and what stands in its form; gives what never changes about it."""
        self._job, self._model = job, model
        self._talk = FormTalk(job, model, self)
        self._widgets = {
            variable.name: build_widget(variable)
            for variable in job.description.variables
            if variable.widget is not None
        }
        self._fill_widgets()
        spec = form_spec(job.description, job.choosable, job.verb)
        spec["job"] = job.title
        for field in spec["fields"]:
            if field["name"] in self._widgets:
                field["model"] = self._widgets[field["name"]].model_id
        return spec

    def renew(self) -> None:
        """Becomes the form of the job as it is now, with what was typed where it still fits."""
        job = self._job.renewed() or self._job
        model, lost = self._model.renewed(job)
        with self._lock:
            spec = self._build(job, model)
            self._connect_widgets()
            self.publish(edited=None, notice=_about_lost(lost))
            with self.hold_sync():
                self._spec = spec
                self.send_state("_shown")

    @property
    def values(self) -> dict[str, Any]:
        """What ``run()`` would be given now; secrets as ``********``.

        Assigning fills the form in: inputs that are left out get their defaults.
        """
        return self._model.values

    @values.setter
    def values(self, inputs: Mapping[str, Any]) -> None:
        self._model.fill(inputs)
        self._fill_widgets()
        self.send_state("_shown")
        self.publish()

    @property
    def errors(self) -> dict[str, list[str]]:
        """What is wrong, by input; only of inputs that were given, until a run was refused."""
        return self._model.errors

    def run(self) -> JobResult:
        """Starts the job and returns at once, as ``jobnb.submit()`` does.

        Raises:
            InvalidInput: The inputs do not fit; the form shows it too.
            RunRefused: The job may not run.
        """
        try:
            result: JobResult = self._talk.start({})
        finally:
            self.publish()
        self._show(result, None)
        return result

    def __repr__(self) -> str:
        return f"<JobForm {self._job.description.name!r}>"

    def _ipython_display_(self) -> None:
        """Shows the form, and below it an empty slot for the runs that its button starts."""
        self._display()
        slot = Slot()
        slot.put({"text/html": "", "text/plain": ""})
        self._slots.append(slot.name)

    def _display(self) -> None:
        picture = form_picture(self._job, self._model, self._standing()["kept"])
        data, metadata = placed(self, self._place, picture)
        display(data, metadata=metadata, raw=True)

    def shown_values(self) -> dict[str, Any]:
        """What stands in the fields, without what nobody else may read."""
        variables = self._model.variables
        return {
            name: shown_value(variables[name], value)
            for name, value in self._model.raw().items()
            if variables[name].type != "FileVar"
            and name not in self._widgets
            and not self._is_withheld(variables[name], value)
        }

    def _is_withheld(self, variable: VariableDescription, value: Any) -> bool:
        """Whether a value must not be synchronised; of a default everybody knows."""
        withholds_all = self._job.description.meta.get("has_sensitive_variables", False)
        return variable.sensitive or (withholds_all and value is not variable.default)

    def done(self, outcome: Any) -> dict[str, Any]:
        """Shows a run in the slot below the form, in each cell that has it."""
        for slot in tuple(self._slots) or (None,):
            self._show(outcome, slot)
        runs = [outcome.id[:8], *(self.standing("runs") or [])][:MOST_RUNS]
        return {"run": f"Started as {runs[0]}.", "runs": runs, "notice": ""}

    def standing(self, name: str) -> Any:
        """What the front end was told last; None if it was told nothing."""
        return self._state.get(name)

    def publish(self, **more: Any) -> None:
        """Tells the front end how things stand, on any thread."""
        with self._lock:
            self._state = {**self._state, **self._standing(), **more}

    def _standing(self) -> dict[str, Any]:
        """How things stand, but for what only passes by."""
        model, look = self._model, self._model.look
        known, errors, raw = model.variables, model.errors, model.raw()
        return {
            "errors": {name: texts for name, texts in errors.items() if name in known},
            "top": [*_about_no_field(errors, known), *filter(None, [model.trouble])],
            "hidden": sorted(model.hidden),
            "choices": look.choices,
            "labels": look.labels,
            "kept": [
                name
                for name, value in raw.items()
                if not is_empty(value) and self._is_withheld(known[name], value)
            ],
            "files": {
                name: shown_file(value)
                for name, value in raw.items()
                if known[name].type == "FileVar" and value is not None
            },
        }

    def _connect_widgets(self) -> None:
        for name, widget in self._widgets.items():
            widget.observe(lambda change, name=name: self._chosen(name, change["new"]), "value")

    def _fill_widgets(self) -> None:
        """Shows in each embedded widget what the form has for it, or takes over what it has."""
        for name, widget in self._widgets.items():
            value = self._model.raw().get(name)
            try:
                if value is not None:
                    widget.value = value
            except traitlets.TraitError as error:
                _log.info("The widget of %s cannot show its value: %s", name, error)
            else:
                self._model.put(name, widget.value)

    def _chosen(self, name: str, value: Any) -> None:
        self._model.put(name, value)
        self._talk.check_soon()


def _about_lost(lost: Sequence[str]) -> str:
    """What is said of values that a new form has not taken over."""
    return f"Not kept, as it does not fit any more: {', '.join(lost)}." if lost else ""


def _about_no_field(errors: Mapping[str, Sequence[str]], known: Collection[str]) -> Iterator[str]:
    """Complaints about the job as a whole, or about inputs that the form does not have."""
    for name, texts in errors.items():
        if name not in known:
            about = "" if name == WHOLE_JOB else f"{name}: "
            yield from (about + text for text in texts)
