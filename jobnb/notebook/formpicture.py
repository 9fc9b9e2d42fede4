"""A form as a saved notebook keeps it: what was filled in, and how to come to the form again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from jobnb.handles.forms import FormJob
from jobnb.notebook.formfields import shown_value
from jobnb.notebook.formmodel import FormModel, is_empty
from jobnb.notebook.formuploads import shown_file
from jobnb.protocol import VariableDescription
from jobnb.rendering.form import render_form
from jobnb.rendering.summary import size_text

_WITHHELD = "given, and not shown"


def form_picture(job: FormJob, model: FormModel, withheld: Collection[str]) -> dict[str, str]:
    """The form as ``text/html`` and ``text/plain``.

    Args:
        job: What it is about.
        model: What stands in it.
        withheld: Inputs whose values nobody else may read.
    """
    raw, hidden = model.raw(), model.hidden
    fields, empty = [], []
    for name, variable in model.variables.items():
        if name in hidden:
            continue
        text = _WITHHELD if name in withheld else _text(variable, raw.get(name), model)
        if text:
            fields.append((variable.label, text))
        else:
            empty.append(variable.label)
    if empty and fields and job.verb == "Run":  # what is to be saved has good reason to be empty
        fields.append(("Left empty", ", ".join(empty)))
    name = job.description.name
    note = (
        "The form needs its kernel: run this cell in JupyterLab or Notebook 7 to fill it in. "
        f"Without a form: {job.call}({name!r}, ...)"
    )
    return render_form(job.title, job.description.description, fields, note)


def _text(variable: VariableDescription, value: Any, model: FormModel) -> str:
    """A value as a person would read it, without what is below its first line."""
    if is_empty(value):
        return ""
    if variable.type == "FileVar":
        file = shown_file(value)
        return f"{file['file']} ({size_text(file['size'])})" if file["size"] else file["file"]
    if isinstance(value, bool):
        return "yes" if value else "no"
    labels = dict(_labels(variable, model))
    values = value if isinstance(value, list) and labels else [value]
    texts = [labels.get(repr(one)) or str(shown_value(variable, one)) for one in values]
    first, _, rest = ", ".join(texts).strip().partition("\n")
    return f"{first}…" if rest else first


def _labels(variable: VariableDescription, model: FormModel) -> Iterator[tuple[str, str]]:
    """What stands for the values of a variable that has choices, or objects."""
    choices = model.look.choices.get(variable.name, variable.options.get("choices")) or ()
    yield from _flat(choices)
    yield from _flat(model.look.labels.get(variable.name, ()))


def _flat(choices: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield from _flat(label)
        else:
            yield repr(value), str(label)
