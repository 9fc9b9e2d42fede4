"""What the inputs of a job take, in words for people."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from jobnb.protocol import VariableDescription

MOST_CHOICES: Final = 8
"""Choices that are named; of more only the first ones."""

_WORDS: Final = {
    "StringVar": "text",
    "TextVar": "text of any lines",
    "SecretVar": "secret text",
    "IntegerVar": "whole number",
    "FloatVar": "number",
    "DecimalVar": "exact number",
    "BooleanVar": "true or false",
    "DryRunVar": "true or false",
    "ChoiceVar": "one choice",
    "MultiChoiceVar": "choices",
    "ObjectVar": "one object",
    "MultiObjectVar": "objects",
    "FileVar": "file",
    "TableVar": "table",
    "JSONVar": "JSON",
    "DateVar": "date",
    "DateTimeVar": "date and time",
    "IPAddressVar": "IP address",
    "IPAddressWithMaskVar": "IP address with mask",
    "IPNetworkVar": "IP network",
}
_DAYS: Final = ("DateVar", "DateTimeVar")


def what_it_takes(variable: VariableDescription) -> str:
    """Which values a variable takes: ``whole number, 1 to 10``."""
    what = _WORDS.get(variable.type, variable.type)
    choices = variable.options.get("choices")
    columns = [column["name"] for column in variable.options.get("columns", ())]
    if choices is not None:
        what += f": {_named(flat_choices(choices))}"
    elif columns:
        what += f": {_named(columns)}"
    return ", ".join(filter(None, [what, bounds(variable)]))


def default_of(variable: VariableDescription) -> str:
    """What a variable is if it is not given, as it would be typed; empty for nothing."""
    if variable.default is None:
        return ""
    if variable.sensitive:
        return "(secret)"
    if isinstance(variable.default, str):
        return variable.default
    return json.dumps(variable.default, ensure_ascii=False)


def bounds(variable: VariableDescription) -> str:
    """The least and the most that a variable takes; empty without either."""
    low, high = (_bound(variable, name) for name in ("min_value", "max_value"))
    more, less = ("later", "earlier") if variable.type in _DAYS else ("more", "less")
    if low and high:
        return f"{low} to {high}"
    if low:
        return f"{low} or {more}"
    return f"{high} or {less}" if high else ""


def flat_choices(choices: Iterable[Any]) -> list[Any]:
    """The values of choices, without their groups."""
    values: list[Any] = []
    for value, label in choices:
        values += flat_choices(label) if isinstance(label, list | tuple) else [value]
    return values


def _named(values: list[Any]) -> str:
    more = len(values) - MOST_CHOICES
    named = ", ".join(map(str, values[:MOST_CHOICES]))
    return f"{named} and {more:,} more" if more > 0 else named


def _bound(variable: VariableDescription, name: str) -> str:
    """A bound as people would type it; empty if there is none."""
    bound = variable.options.get(name)
    if bound is None or variable.type != "DateTimeVar":
        return "" if bound is None else str(bound)
    moment = datetime.fromisoformat(bound)
    is_whole = moment.second == moment.microsecond == 0
    return moment.isoformat(" ", "minutes" if is_whole else "auto")
