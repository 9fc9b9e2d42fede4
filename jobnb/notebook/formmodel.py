"""The form of a job without any widget: what was typed, what is wrong with it, what is shown.

Checks nothing itself: the describing child does, the same way as for every other caller.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final

from jobnb.errors import InvalidInput, JobnbError
from jobnb.handles.forms import FormJob
from jobnb.handles.giving.spooling import is_file
from jobnb.handles.giving.uploads import Upload
from jobnb.protocol import MASK, Look, Page, VariableDescription

_FLAGS: Final = ("BooleanVar", "DryRunVar")


class FormModel:
    """The inputs of one job while somebody fills them in. Safe for any thread."""

    def __init__(self, job: FormJob, inputs: Mapping[str, Any]) -> None:
        """Fills the form in.

        Args:
            job: Where to ask.
            inputs: What stands in it at first, besides the defaults.

        Raises:
            InvalidInput: There is no input of that name.
        """
        self._job = job
        self._lock = threading.RLock()
        self._values: dict[str, Any] = {}
        self._touched: set[str] = set()
        self._errors: dict[str, list[str]] = {}
        self.look = Look()
        self.trouble = ""
        """Why the form could not be checked; empty if it could."""
        self.fill(inputs)

    @property
    def variables(self) -> dict[str, VariableDescription]:
        """The variables by name, in the order of the form."""
        return {variable.name: variable for variable in self._job.description.variables}

    @property
    def values(self) -> dict[str, Any]:
        """What ``run()`` would be given, with secrets masked."""
        variables = self.variables
        return {
            name: MASK if variables[name].sensitive and not is_empty(value) else value
            for name, value in self.given().items()
        }

    @property
    def errors(self) -> dict[str, list[str]]:
        """What is wrong, in the order of the form; what is about no input comes last."""
        with self._lock:
            names = [*self.variables, *self._errors]
            return {name: list(self._errors[name]) for name in names if name in self._errors}

    def given(self) -> dict[str, Any]:
        """What ``run()`` would be given: of the inputs that are asked for, those with a value."""
        with self._lock:
            return {
                name: self._values[name]
                for name in self.variables
                if name in self._values and name not in self.hidden
            }

    @property
    def hidden(self) -> set[str]:
        """Inputs that are not asked for.

        Also those about which nobody can know yet, as what they look at has no value.
        """
        with self._lock:
            hidden = set(self.look.hidden)
            empty = {name for name in self.variables if is_empty(self._values.get(name))}
            # In several rounds: what is hidden shows nothing either.
            for _ in self.variables:
                hidden |= {
                    name
                    for name, variable in self.variables.items()
                    if name in empty and (empty | hidden).intersection(variable.visible_when)
                }
            return hidden

    def raw(self) -> dict[str, Any]:
        """Everything that was typed, also where it is hidden now."""
        with self._lock:
            return dict(self._values)

    def fill(self, inputs: Mapping[str, Any]) -> None:
        """Begins anew with these values; what is left out gets its default.

        Raises:
            InvalidInput: There is no input of that name; nothing was changed.
        """
        self._refuse_unknown(inputs)
        with self._lock:
            kept = {
                name: self._values[name]
                for name, value in inputs.items()
                if name in self._values and _is_mask(self.variables[name], value)
            }
            self._values = _defaults(self.variables.values()) | dict(inputs) | kept
            self._touched = set(inputs)
            self._errors = {}
        if self._touched or _may_look_different(self.variables.values()):
            self.refresh()

    def put(self, name: str, value: Any) -> None:
        """Takes what somebody gave one input; ``refresh()`` checks it.

        Raises:
            InvalidInput: There is no input of that name.
        """
        self._refuse_unknown([name])
        with self._lock:
            self._touched.add(name)
            if is_empty(value) and self.variables[name].sensitive:
                self._values.pop(name, None)
            else:
                self._values[name] = value

    def forget(self, name: str) -> None:
        """Takes the value of one input away."""
        with self._lock:
            self._touched.add(name)
            self._values.pop(name, None)

    def refresh(self) -> None:
        """Asks how the form looks now, and what is wrong with the inputs that were touched."""
        with self._lock:
            names = [name for name in self.variables if name in self._touched]
            values = {name: _stand_in(value) for name, value in self._values.items()}
        unread = {name for name in values if _is_unread(self.variables[name], values[name])}
        values = {name: value for name, value in values.items() if name not in unread}
        try:
            look = self._job.look(values, [name for name in names if name not in unread])
        except JobnbError as error:
            self.trouble = str(error)
            return
        with self._lock:
            self.look, self.trouble = look, ""
            self._errors = {
                name: texts for name, texts in look.problems.items() if name not in look.hidden
            }

    def renewed(self, job: FormJob) -> tuple[FormModel, list[str]]:
        """A form of the job as it is now, with what was typed in this one where it still fits.

        Returns:
            That form, and the inputs whose values it has not kept.
        """
        preset = self._job.preset
        with self._lock:
            typed = {name: self._values.get(name) for name in self._touched}
        typed = {name: value for name, value in typed.items() if value != preset.get(name)}
        known = {variable.name for variable in job.description.variables}
        kept = {name: value for name, value in typed.items() if name in known}
        model = FormModel(job, {**job.preset, **kept})
        lost = [name for name in kept if name in model.errors and name not in self.errors]
        if lost:
            fitting = {name: value for name, value in kept.items() if name not in lost}
            model = FormModel(job, {**job.preset, **fitting})
        return model, [*(name for name in typed if name not in known), *lost]

    def search(self, name: str, text: str, page: int) -> Page:
        """The objects that an input could have, with the other inputs as they are.

        Raises:
            JobnbError: It cannot be searched now.
        """
        return self._job.search(name, text, page, self.given())

    def start(
        self, options: Mapping[str, Any], unfinished: Mapping[str, list[str]] | None = None
    ) -> Any:
        """Starts the job with what stands in the form, or does whatever else its button says.

        Args:
            options: Of the run.
            unfinished: Why inputs have no value yet; of those that are asked for nothing starts.

        Raises:
            InvalidInput: It does not fit; ``errors`` has the same.
            JobnbError: The job may not run, or cannot.
        """
        if _may_look_different(self.variables.values()):
            self.refresh()
        waits = {name: why for name, why in (unfinished or {}).items() if name not in self.hidden}
        try:
            self._refuse(waits)
            result = self._job.start(self.given(), options)
        except InvalidInput as error:
            with self._lock:
                self._errors = error.problems
                self._touched |= set(error.problems) & set(self.variables)
            raise
        with self._lock:
            self._errors, self.trouble = {}, ""
        return result

    def _refuse_unknown(self, names: Collection[str]) -> None:
        known = list(self.variables)
        self._refuse({name: [_unknown(name, known)] for name in names if name not in known})

    def _refuse(self, problems: Mapping[str, list[str]]) -> None:
        if problems:
            raise InvalidInput(self._job.description.name, problems)


def is_empty(value: Any) -> bool:
    """Whether nothing was given, as far as a form can tell."""
    return value is None or (isinstance(value, str) and not value)


def _may_look_different(variables: Iterable[VariableDescription]) -> bool:
    """Whether what a form shows depends on what stands in it."""
    return any(
        variable.visible_when or variable.depends or _asks_for_more(variable)
        for variable in variables
    )


def _is_mask(variable: VariableDescription, value: Any) -> bool:
    """Whether a secret is given back as the mask that was shown for it."""
    return isinstance(value, str) and value == MASK and variable.sensitive


def _is_unread(variable: VariableDescription, value: Any) -> bool:
    """Whether it is a file that is read when the job starts, and only then."""
    return variable.type == "FileVar" and is_file(value)


def _defaults(variables: Iterable[VariableDescription]) -> dict[str, Any]:
    """What stands in an empty form; a secret's default is nothing to look at."""
    values = {}
    for variable in variables:
        if variable.type in _FLAGS:
            values[variable.name] = bool(variable.default)
        elif variable.default is not None and not variable.sensitive:
            values[variable.name] = variable.default
    return values


def _stand_in(value: Any) -> Any:
    """What stands for a file; everything else stands for itself."""
    return value.value if isinstance(value, Upload) else value


def _asks_for_more(variable: VariableDescription) -> bool:
    """Whether the description alone does not show the variable: choices or labels come later."""
    if variable.type in ("ObjectVar", "MultiObjectVar"):
        return variable.default is not None
    return variable.type in ("ChoiceVar", "MultiChoiceVar") and "choices" not in variable.options


def _unknown(name: str, known: list[str]) -> str:
    nearest = get_close_matches(name, known, n=2)
    if nearest:
        return f"is no input of this job. Did you mean {' or '.join(map(repr, nearest))}?"
    return f"is no input of this job. There are: {', '.join(map(repr, known)) or 'none'}."
