"""Inputs: the values of all variables of one run, checked together and brought back to life."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from jobnb.authoring.meta import read_meta
from jobnb.authoring.variables import Complaint, Variable, declared_variables
from jobnb.errors import InvalidInput
from jobnb.protocol import Cleaned, Look


def form_variables(job_class: type) -> dict[str, Variable]:
    """The variables of a class by name, in the order of the form (``Meta.field_order`` first)."""
    declared = declared_variables(job_class)
    first = [name for name in read_meta(job_class).field_order if name in declared]
    return {name: declared[name] for name in [*first, *declared]}


def clean_inputs(job_class: type, raw: Mapping[str, Any]) -> Cleaned:
    """What becomes of the inputs that somebody gave: a JSON value for each variable.

    Raises:
        InvalidInput: Some do not fit, are missing or unknown; all complaints at once.
    """

    def clean(variable: Variable, name: str) -> Any:
        return variable.clean(raw[name]) if name in raw else variable.default_value()

    variables = form_variables(job_class)
    unknown = {name: [_unknown(name, variables)] for name in raw if name not in variables}
    return Cleaned(inputs=_gather(job_class, variables, clean, unknown))


def look_at_inputs(job_class: type, raw: Mapping[str, Any], names: Collection[str]) -> Look:
    """How the form of a job looks with these values in it, complete or not.

    Args:
        job_class: A class without faults.
        raw: What the fields hold now.
        names: The inputs whose problems are wanted.
    """
    problems: dict[str, list[str]] = {}
    for name, variable in form_variables(job_class).items():
        try:
            if name in names:
                variable.clean(raw.get(name))
        except Complaint as complaint:
            problems[name] = complaint.messages
    return Look(problems=problems)


def restore_inputs(job_class: type, stored: Mapping[str, Any]) -> dict[str, Any]:
    """The live values for ``run()``; stored names that are no variables are left out.

    Raises:
        InvalidInput: A stored value does not fit its variable.
    """

    def restore(variable: Variable, name: str) -> Any:
        return variable.restore(stored[name] if name in stored else variable.default_value())

    return _gather(job_class, form_variables(job_class), restore, {})


def _gather(
    job_class: type,
    variables: Mapping[str, Variable],
    convert: Callable[[Variable, str], Any],
    others: Mapping[str, list[str]],
) -> dict[str, Any]:
    """The converted value of each variable, or all that is wrong, ``others`` last."""
    values: dict[str, Any] = {}
    problems: dict[str, list[str]] = {}
    for name, variable in variables.items():
        try:
            values[name] = convert(variable, name)
        except Complaint as complaint:
            problems[name] = complaint.messages
    if problems or others:
        raise InvalidInput(read_meta(job_class).name, {**problems, **others})
    return values


def _unknown(name: str, known: Iterable[str]) -> str:
    names = list(known)
    if nearest := get_close_matches(name, names, n=2):
        hint = f"Did you mean {' or '.join(map(repr, nearest))}?"
    elif names:
        hint = f"There are: {', '.join(map(repr, names))}."
    else:
        hint = "It has none."
    return f"is no input of this job. {hint}"
