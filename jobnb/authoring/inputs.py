"""Inputs: the values of all variables of one run, checked together and brought back to life."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from copy import copy
from difflib import get_close_matches
from functools import partial
from typing import Any, Final

from jobnb.authoring.dependencies import names_in_use
from jobnb.authoring.meta import read_meta
from jobnb.authoring.reading import Reading, may_differ
from jobnb.authoring.restoring import Restoration
from jobnb.authoring.validation import ValidationError, check_across, has_own_check
from jobnb.authoring.variables import Variable, declared_variables
from jobnb.authoring.variables.choices import ChoiceVar
from jobnb.authoring.variables.flags import DryRunVar
from jobnb.errors import InvalidInput
from jobnb.protocol import Cleaned, Look

_settled: Final[dict[type, dict[str, Variable]]] = {}
"""What is known of classes that do not change any more."""


def settle_forms(job_classes: Iterable[type]) -> None:
    """Looks for the variables of these classes here and now, and in this process never again.

    For one of which runs are forked: they would all find the same.
    """
    for job_class in job_classes:
        with suppress(Exception):  # properties and defaults are job code: the run is told
            _settled[job_class] = form_variables(job_class)


def form_variables(job_class: type) -> dict[str, Variable]:
    """The variables of a class by name, in the order of the form (``Meta.field_order`` first)."""
    if job_class in _settled:
        return dict(_settled[job_class])
    declared, meta = declared_variables(job_class), read_meta(job_class)
    if meta.dryrun_default:
        declared = {name: _checked_if_dry(variable) for name, variable in declared.items()}
    first = [name for name in meta.field_order if name in declared]
    return {name: declared[name] for name in [*first, *declared]}


def clean_inputs(
    job_class: type, raw: Mapping[str, Any], *, withholds_all: bool | None = None
) -> Cleaned:
    """What becomes of the inputs that somebody gave: a JSON value for each variable.

    Args:
        job_class: A class without faults.
        raw: By name.
        withholds_all: Whether none of them may be stored; None for what the class says.

    Raises:
        InvalidInput: Some do not fit, are missing or unknown; all complaints at once.
    """
    variables = form_variables(job_class)
    wanted = variables if has_own_check(job_class) else names_in_use(variables)
    reading = Reading(variables, raw, wanted=wanted)
    unknown = {name: [_unknown(name, variables)] for name in raw if name not in variables}
    _insist(job_class, _sorted(reading.problems, variables) | unknown)
    if has_own_check(job_class):
        reading = _checked_across(job_class, variables, reading)
    if withholds_all is None:
        withholds_all = read_meta(job_class).has_sensitive_variables
    return _cleaned(form_variables(job_class), reading, withholds_all=withholds_all)


def look_at_inputs(job_class: type, raw: Mapping[str, Any], names: Collection[str]) -> Look:
    """How the form of a job looks with these values in it, complete or not.

    Args:
        job_class: A class without faults.
        raw: What the fields hold now.
        names: The inputs whose problems are wanted. Choices that cannot be shown are told of any:
            nobody can choose, and would wonder why.
    """
    reading = read_inputs(job_class, raw)
    told = {*names, *reading.unsettled}
    labels = {
        name: reading.attempt(name, partial(_labels, reading, name)) for name in reading.stored
    }
    order = list(reading.variables)
    return Look(
        hidden=tuple(name for name in order if name in reading.hidden),
        choices=_found_choices(reading),
        labels={name: found for name, found in labels.items() if found},
        problems=_sorted(reading.problems, [name for name in order if name in told]),
    )


def read_inputs(job_class: type, raw: Mapping[str, Any]) -> Reading:
    """What the fields of a form hold now, complete or not, as far as it fits.

    Args:
        job_class: A class without faults.
        raw: What the fields hold.
    """
    variables = form_variables(job_class)
    return Reading(variables, raw, wanted=names_in_use(variables))


def _checked_if_dry(variable: Variable) -> Variable:
    if isinstance(variable, DryRunVar):
        variable = copy(variable)
        variable.default = True
    return variable


def _labels(reading: Reading, name: str) -> list[list[Any]]:
    return reading.variables[name].labels(reading.stored[name])


def _found_choices(reading: Reading) -> dict[str, list[Any]]:
    """Variable to choices, of those that a function gives; none as long as it cannot be asked."""
    return {
        name: variable.offered or []
        for name, variable in reading.variables.items()
        if isinstance(variable, ChoiceVar) and variable.function is not None
    }


def restore_inputs(
    job_class: type, stored: Mapping[str, Any], resolved: Collection[str] = ()
) -> dict[str, Any]:
    """The live values for ``run()``; stored names that are no variables are left out.

    Args:
        job_class: A class without faults.
        stored: What ``clean_inputs()`` gave, with references replaced by what they stand for.
        resolved: The names of those: nobody has checked them yet.

    Raises:
        InvalidInput: A stored value does not fit its variable.
    """
    variables = form_variables(job_class)
    if not variables:
        return {}
    restoration = Restoration(variables, stored, resolved)
    _insist(job_class, _sorted(restoration.problems, variables))
    return {name: restoration.live[name] for name in variables}


def _checked_across(
    job_class: type, variables: Mapping[str, Variable], reading: Reading
) -> Reading:
    """The inputs as the job's own ``clean()`` returns them, read again if it changed any."""
    try:
        outcome = check_across(job_class, {name: reading.live[name] for name in variables})
    except ValidationError as error:
        raise InvalidInput(read_meta(job_class).name, error.problems_of(list(variables))) from error
    changed = {
        name: value for name, value in outcome.items() if may_differ(value, reading.live[name])
    }
    if not changed:
        return reading
    again = read_inputs(job_class, {**reading.as_raw(), **changed})
    _insist(job_class, _sorted(again.problems, variables))
    return again


def _cleaned(
    variables: Mapping[str, Variable], reading: Reading, *, withholds_all: bool
) -> Cleaned:
    return Cleaned(
        inputs={name: reading.stored[name] for name in variables},
        withheld=tuple(
            name
            for name, variable in variables.items()
            if (withholds_all or variable.is_sensitive(name)) and name not in reading.references
        ),
        references=tuple(name for name in variables if name in reading.references),
        files=tuple(
            name
            for name, variable in variables.items()
            if variable.is_file and isinstance(reading.stored[name], dict)
        ),
    )


def _insist(job_class: type, problems: Mapping[str, list[str]]) -> None:
    if problems:
        raise InvalidInput(read_meta(job_class).name, problems)


def _sorted(problems: Mapping[str, list[str]], names: Iterable[str]) -> dict[str, list[str]]:
    """The problems in the order of the form."""
    return {name: problems[name] for name in names if name in problems}


def _unknown(name: str, known: Iterable[str]) -> str:
    names = list(known)
    if nearest := get_close_matches(name, names, n=2):
        hint = f"Did you mean {' or '.join(map(repr, nearest))}?"
    elif names:
        hint = f"There are: {', '.join(map(repr, names))}."
    else:
        hint = "It has none."
    return f"is no input of this job. {hint}"
