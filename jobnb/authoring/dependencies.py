"""Dependencies: which inputs of a job look at which others, and so the order to read them in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from typing import Any

from jobnb.authoring.variables import Complaint, ObjectVar, Variable


def reading_order(variables: Mapping[str, Variable]) -> list[str]:
    """The names, each after those that it looks at; the variables have no dependency faults."""
    return list(TopologicalSorter(_graph(variables)).static_order())


def is_dynamic(variable: Variable) -> bool:
    """Whether a variable wants the live values of those that it depends on."""
    return type(variable).settled is not Variable.settled


def names_in_use(variables: Mapping[str, Variable]) -> frozenset[str]:
    """The inputs whose live values other variables want."""
    return frozenset(
        name for variable in variables.values() if is_dynamic(variable) for name in variable.depends
    )


def same_json(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal; to Python, but not here, 1 and True are."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_json, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_json(one[key], other[key]) for key in one)
    return bool(one == other)


def dependency_faults(variables: Mapping[str, Variable]) -> Iterator[str]:
    """What is wrong with the names by which variables look at each other, a sentence each."""
    faults = [
        fault
        for name, variable in variables.items()
        for fault in _reference_faults(name, variable, variables)
    ]
    yield from faults or _cycle_faults(variables)


def _reference_faults(
    name: str, variable: Variable, variables: Mapping[str, Variable]
) -> Iterator[str]:
    for other in variable.depends:
        if other not in variables:
            yield (
                f"variable {name!r} depends on {other!r}, but there is no variable {other!r}; "
                f"{_remedy(other, variables)}"
            )
    for other in variable.visibility:
        if other not in variables:
            yield (
                f"variable {name!r}: visible_when looks at {other!r}, but there is no variable "
                f"{other!r}; {_remedy(other, variables)}"
            )
        elif variables[other].is_sensitive(other):
            yield (
                f"variable {name!r}: visible_when looks at {other!r}, which is sensitive, so that "
                "the form would tell its value; let it look at another input"
            )
        else:
            yield from _value_faults(name, other, variable.visibility[other], variables[other])


def _value_faults(
    name: str, other: str, wanted: Collection[Any], looked_at: Variable
) -> Iterator[str]:
    """The values that an input never has, and that so never show the other one."""
    if looked_at.is_file or isinstance(looked_at, ObjectVar):
        return  # nobody is asked what there is while a file is imported
    for value in wanted:
        if not same_json(value, looked_at.empty) and not is_stored_as(looked_at, value, value):
            yield (
                f"variable {name!r}: visible_when waits for {other!r} to be {value!r}, which it "
                "never is; give a value as it is stored"
            )


def is_stored_as(variable: Variable, raw: Any, stored: Any) -> bool:
    """Whether a variable makes that of what is given."""
    try:
        return same_json(variable.clean(raw), stored)
    except Complaint:
        return False


def _cycle_faults(variables: Mapping[str, Variable]) -> Iterator[str]:
    try:
        reading_order(variables)
    except CycleError as error:
        # It goes from what is looked at to what looks at it.
        first, *others = [repr(name) for name in reversed(error.args[1])]
        yield (
            f"variable {first} looks at {', which looks at '.join(others)}, so that none of them "
            "can be read first; remove one of these links"
        )


def _graph(variables: Mapping[str, Variable]) -> dict[str, list[str]]:
    return {name: [*variable.visibility, *variable.depends] for name, variable in variables.items()}


def _remedy(name: str, known: Collection[str]) -> str:
    if nearest := get_close_matches(name, known, n=1):
        return f"perhaps you mean {nearest[0]!r}"
    return "declare it, or name another one"
