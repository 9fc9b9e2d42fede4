"""The fields of a form as plain data: which kind of control, and what stands in it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from jobnb.catalogs.describing.wire import to_wire
from jobnb.handles.records.choosing import Choosable
from jobnb.protocol import JobDescription, VariableDescription
from jobnb.rendering.inputs import bounds, flat_choices

MOST_BOXES: Final = 15
"""Choices up to which each has a box to tick."""
MOST_OPTIONS: Final = 40
"""Choices up to which a plain list needs no search."""

_KINDS: Final = {
    "BooleanVar": "check",
    "DryRunVar": "dryrun",
    "TextVar": "area",
    "JSONVar": "area",
    "DateVar": "date",
    "DateTimeVar": "date",
    "ObjectVar": "combo",
    "MultiObjectVar": "chips",
    "FileVar": "file",
    "TableVar": "table",
}
_MODES: Final = {"IntegerVar": "numeric", "FloatVar": "decimal", "DecimalVar": "decimal"}
_EXAMPLES: Final = {
    "DateVar": "YYYY-MM-DD",
    "DateTimeVar": "YYYY-MM-DD hh:mm",
    "IPAddressVar": "192.0.2.1 or 2001:db8::1",
    "IPAddressWithMaskVar": "192.0.2.1/24",
    "IPNetworkVar": "192.0.2.0/24",
}
_DRY_RUN_HELP: Final = "Check to run job in dryrun mode."
"""What a dry run has for help unless its author gave another."""
_EXACT: Final = ("JSONVar", "TableVar", "IPAddressVar", "IPAddressWithMaskVar", "IPNetworkVar")


def form_spec(
    job: JobDescription, options: Iterable[Choosable], verb: str = "Run"
) -> dict[str, Any]:
    """Everything about the form that only an edit of the job changes, as JSON.

    Args:
        job: What the form is about.
        options: That it offers besides the inputs.
        verb: What its button says.
    """
    placed = {name for _, names in job.fieldsets for name in names}
    loose = [variable.name for variable in job.variables if variable.name not in placed]
    return {
        "job": job.name,
        "verb": verb,
        "description": job.description,
        "private": bool(job.meta.get("has_sensitive_variables")),
        "fields": [field_spec(variable) for variable in job.variables],
        "fieldsets": [["", loose], *([title, list(names)] for title, names in job.fieldsets)],
        "options": [
            {"name": option.name, "help": option.text, "choices": list(option.choices)}
            for option in options
        ],
    }


def field_spec(variable: VariableDescription) -> dict[str, Any]:
    """One field; what is false or empty is left out."""
    choices = variable.options.get("choices")
    example = _EXAMPLES.get(variable.type)
    stands_for = variable.options.get("stands_for")  # of a setting: what holds without it
    is_zoned = variable.type == "DateTimeVar" and not variable.options.get("timezone")
    spec = {
        "name": variable.name,
        "kind": _kind(variable),
        "label": variable.label,
        "help": _help(variable),
        "required": variable.required and variable.type not in ("BooleanVar", "DryRunVar"),
        "mode": _MODES.get(variable.type),
        "example": stands_for or (f"{example}+00:00" if is_zoned else example),
        "blank_text": f"as in the code ({stands_for})" if stands_for else None,
        "exact": variable.type in _EXACT,
        "zoned": is_zoned,
        "timed": variable.type == "DateTimeVar",
        "choices": choices,
        "local": variable.type in ("ChoiceVar", "MultiChoiceVar"),
        "none": variable.options.get("null_option"),
        "columns": [column["name"] for column in variable.options.get("columns", ())],
        "accept": ",".join(variable.options.get("accept", ())),
        "blank": not variable.required or variable.default is None,
    }
    return {key: value for key, value in spec.items() if value not in (None, False, "", [])}


def shown_value(variable: VariableDescription, value: Any) -> Any:
    """What the control of a variable shows for a value, typed or given in Python."""
    value = to_wire({variable.name: value}).inputs.get(variable.name, str(value))
    kind = _kind(variable)
    if kind in ("check", "dryrun", "combo", "widget"):
        return value
    if kind in ("chips", "checks"):
        return value if isinstance(value, list) else [value] if value not in (None, "") else []
    if value is None or isinstance(value, str):
        return value or ""
    if kind == "table":
        return as_csv(value, [column["name"] for column in variable.options.get("columns", ())])
    if isinstance(value, list | dict | bool | None):
        return json.dumps(value, indent=2, ensure_ascii=False)
    return str(value)


def as_csv(rows: Any, columns: Sequence[str]) -> str:
    """Rows as the text that a person would have pasted."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return json.dumps(rows, ensure_ascii=False)
    names = list(dict.fromkeys([*columns, *(name for row in rows for name in row)]))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    """What stands for a value between two commas; lists and their like are written as JSON."""
    is_plain = value is None or isinstance(value, str | int | float)
    return value if is_plain else json.dumps(value, ensure_ascii=False)


def _kind(variable: VariableDescription) -> str:
    if variable.widget is not None:
        return "widget"
    if variable.type in ("ChoiceVar", "MultiChoiceVar"):
        return _choice_kind(variable)
    if variable.sensitive and variable.type not in _KINDS:
        return "secret"
    return _KINDS.get(variable.type, "text")


def _choice_kind(variable: VariableDescription) -> str:
    """Choices that a function gives may be many: those can be searched."""
    choices = variable.options.get("choices")
    count = len(flat_choices(choices)) if choices is not None else None
    if variable.type == "ChoiceVar":
        return "select" if count is None or count <= MOST_OPTIONS else "combo"
    return "checks" if count is not None and count <= MOST_BOXES else "chips"


def _help(variable: VariableDescription) -> str:
    if variable.type == "DryRunVar" and variable.description == _DRY_RUN_HELP:
        return ""  # the label of the box says it
    hint = bounds(variable)
    return f"{variable.description} {hint and f'{hint}.'}".strip()
