"""A form as the call that does the same: ``jobnb.run("Hello World", who="Ada")``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from jobnb.protocol import JobDescription, VariableDescription
from jobnb.protocol.references import is_reference

LONGEST_LINE: Final = 88
"""Characters up to which a call stays on one line."""


def as_code(
    job: JobDescription, inputs: Mapping[str, Any], wrong: int = 0, call: str = "jobnb.run"
) -> str:
    """The call that runs the job with these inputs; those that have their default are left out.

    Args:
        job: What to run.
        inputs: By name; of a secret any value, of a file what is stored for it.
        wrong: Inputs with which it would be refused.
        call: What is called.
    """
    arguments: list[str] = []
    comments: list[str] = []
    has_file = False
    for variable in job.variables:
        value = inputs.get(variable.name)
        if variable.name not in inputs or _is_left_out(variable, value):
            continue
        if variable.sensitive:
            value = value if is_reference(value) else f"env:{variable.name.upper()}"
            comments.append(f"# {variable.name}: the variable or file is read where the job runs.")
        if variable.type == "FileVar" and isinstance(value, dict):
            has_file = True
            arguments.append(f"{variable.name}=Path({_text(value['file'])})")
        else:
            arguments.append(f"{variable.name}={_literal(value)}")
    warning = [f"# {wrong} input{' needs' if wrong == 1 else 's need'} attention"] if wrong else []
    head = ["from pathlib import Path"] if has_file else []
    return "\n".join(
        [*warning, *head, "import jobnb", "", *comments, _call(call, job.name, arguments)]
    )


def _is_left_out(variable: VariableDescription, value: Any) -> bool:
    """Whether the call means the same without it: 0, False and [] are values like any other."""
    is_empty = value is None or (isinstance(value, str) and not value)
    if variable.sensitive or variable.default is None:
        return is_empty
    # By their text too: [True] and [1] are equal, and not the same.
    same_text = repr(value) == repr(variable.default)
    return type(value) is type(variable.default) and bool(value == variable.default) and same_text


def _call(function: str, name: str, arguments: list[str]) -> str:
    line = f"{function}({', '.join([_text(name), *arguments])})"
    if len(line) <= LONGEST_LINE:
        return line
    return "\n".join([f"{function}(", *(f"    {item}," for item in [_text(name), *arguments]), ")"])


def _text(value: str) -> str:
    """A string in double quotes, as people write it."""
    quoted = json.dumps(value, ensure_ascii=False)
    return quoted if value.isprintable() else repr(value)


def _literal(value: Any) -> str:
    """A JSON value as people write it in Python."""
    if isinstance(value, dict):
        items = (f"{_text(key)}: {_literal(item)}" for key, item in value.items())
        return f"{{{', '.join(items)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return _text(value) if isinstance(value, str) else repr(value)
