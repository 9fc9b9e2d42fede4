"""Searching: the objects that one input of a job could have, beside the values of the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobnb.authoring.attention import busy_with_input
from jobnb.authoring.dependencies import names_in_use
from jobnb.authoring.inputs import form_variables
from jobnb.authoring.meta import read_meta
from jobnb.authoring.reading import Reading
from jobnb.authoring.variables import (
    REQUIRED,
    Complaint,
    MultiObjectVar,
    ObjectVar,
    Variable,
)
from jobnb.errors import InvalidInput
from jobnb.protocol import Page


def search_objects(
    job_class: type, name: str, text: str, *, page: int, raw: Mapping[str, Any]
) -> Page:
    """One page of the objects on offer for an input, those that fit a text.

    Args:
        job_class: A class without faults.
        name: One of its inputs.
        text: What was typed; empty for all.
        page: Which one, from 0.
        raw: What the other fields hold now.

    Raises:
        InvalidInput: The input has no objects, or one that they depend on is wrong.
    """
    variables = form_variables(job_class)
    variable = variables.get(name)
    if not isinstance(variable, ObjectVar):
        raise InvalidInput(read_meta(job_class).name, {name: ["has no objects to choose from."]})
    needed = _needed(variables, variable)
    reading = Reading(needed, raw, wanted=names_in_use(needed))
    # As in Nautobot, what is still empty does not count.
    wrong = {other: texts for other, texts in reading.problems.items() if texts != [REQUIRED]}
    if wrong:
        raise InvalidInput(read_meta(job_class).name, wrong)
    others = {
        other: _as_list(needed[other], reading.stored.get(other)) for other in variable.depends
    }
    busy_with_input(name)
    try:
        return variable.search(text, page, others)
    except Complaint as complaint:
        raise InvalidInput(read_meta(job_class).name, {name: complaint.messages}) from complaint


def _needed(variables: Mapping[str, Variable], variable: Variable) -> dict[str, Variable]:
    """The variables that this one depends on, and those that they look at in turn."""
    needed: dict[str, Variable] = {}
    names = list(variable.depends)
    while names:
        name = names.pop()
        if name not in needed:
            needed[name] = variables[name]
            names += [*variables[name].depends, *variables[name].visibility]
    return needed


def _as_list(variable: Variable, stored: Any) -> list[Any]:
    """What is stored, as the values that it consists of; a key may itself be a list."""
    is_one_object = isinstance(variable, ObjectVar) and not isinstance(variable, MultiObjectVar)
    if isinstance(stored, list) and not is_one_object:
        return stored
    return [] if stored is None or stored == "" else [stored]
