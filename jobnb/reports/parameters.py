"""The inputs of a run as code: the ``parameters`` cell of papermill, and the cell that runs again.

Every value is written as a literal, so that nothing that was given to a run is code here.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from math import isfinite
from typing import Any, Final

from jobnb.rendering.text import visible
from jobnb.store.values import RunRecord

LONGEST_VALUE: Final = 20_000
"""Characters of a value; a longer one is read from the database."""
_NOT_AGAIN: Final = ("key", "inline")
"""Options that would give the same run back, or belong to a debugger."""


def parameters_source(record: RunRecord) -> str:
    """The cell that papermill replaces: ``name = value`` for each input."""
    lines = list(_lines(record))
    if any(line.partition(" = ")[2].startswith("jobnb.result(") for line in lines):
        lines.insert(0, "import jobnb")
    return "\n".join(lines) or "# This job has no inputs."


def rerun_source(record: RunRecord) -> str:
    """The cell that runs the job again with the parameters."""
    names = list(_names(record))
    module = "jobnb"
    while module in names:
        module += "_"
    imported = "import jobnb" if module == "jobnb" else f"import jobnb as {module}"
    options = {
        name: value for name, value in record.shown_options.items() if name not in _NOT_AGAIN
    }
    call = f"{module}.run("
    arguments = [literal(record.job_name)]
    if options:
        given = ", ".join(f"{name}={literal(value)}" for name, value in options.items())
        call = f"{module}.get_job({literal(record.job_name)}).options({given}).run("
        arguments = []
    arguments += [f"{name}={name}" for name in names]
    line = f"{call}{', '.join(arguments)})"
    if len(line) > 88:  # noqa: PLR2004 - as code is usually wrapped
        line = "\n".join([call, *(f"    {item}," for item in arguments), ")"])
    return f"# Run it again, with the parameters above.\n{imported}\n\n{line}"


def literal(value: Any) -> str:
    """A JSON value as Python writes it."""
    match value:
        case float() if not isfinite(value):
            return f'float("{value}")'
        case dict():
            return "{" + ", ".join(f"{literal(k)}: {literal(v)}" for k, v in value.items()) + "}"
        case list():
            return f"[{', '.join(map(literal, value))}]"
        case str() if value.isprintable() and "\\" not in value and '"' not in value:
            return f'"{value}"'
    return ascii(value) if isinstance(value, str) and value != visible(value, None) else repr(value)


def _names(record: RunRecord) -> Iterator[str]:
    """The inputs that can be written as arguments, which is every input of a job."""
    for name in record.shown_inputs:
        if name.isidentifier() and not keyword.iskeyword(name):
            yield name


def _lines(record: RunRecord) -> Iterator[str]:
    sensitive = record.options.get("sensitive", ())
    for name in _names(record):
        if name in record.withheld:
            yield _not_kept(name, is_sensitive=name in sensitive)
            continue
        text = literal(record.inputs[name])
        if len(text) > LONGEST_VALUE:
            text = f'jobnb.result("{record.run_id}").inputs["{name}"]'
        yield f"{name} = {text}"


def _not_kept(name: str, *, is_sensitive: bool) -> str:
    if is_sensitive:
        return f'{name} = "env:{name.upper()}"  # not kept: read where the job runs'
    return f"{name} = None  # not kept: give it again"
