"""One job with all that it takes, for a page and for a terminal."""

from __future__ import annotations

import json
import shlex
import textwrap
from collections.abc import Iterator
from typing import Final

from jobnb.protocol import JobDescription, VariableDescription
from jobnb.rendering.inputs import default_of, what_it_takes
from jobnb.rendering.tables import html_table
from jobnb.rendering.text import clip, escape, excerpt, no_formulas, visible

_HEAD: Final = ("input", "takes", "default", "description")
_SOFT: Final = "opacity:0.65;"
_CODE: Final = "font-family:monospace;font-size:12px;margin-top:6px"
_LINE: Final = 80
"""Columns of a line in a terminal."""


def render_job(job: JobDescription, *, in_shell: bool = False) -> dict[str, str]:
    """A job as ``text/html`` and ``text/plain``: what it is, what it takes, how it is run.

    Args:
        job: As its record changes it.
        in_shell: Whether it is run from a shell, not from Python.
    """
    place = " · ".join(filter(None, [job.grouping, job.class_path, job.origin.mention]))
    about, call = excerpt(job.description), _command(job) if in_shell else _call(job)
    return {
        "text/html": no_formulas(_page(job, place, about, call)),
        "text/plain": "\n".join(_lines(job, place, about, call)),
    }


def _page(job: JobDescription, place: str, about: str, call: str) -> str:
    parts = [f'<div><b>{escape(job.name)}</b> <span style="{_SOFT}">{escape(place)}</span></div>']
    if about:
        parts.append(f'<div style="white-space:pre-wrap">{escape(about)}</div>')
    if job.variables:
        rows = [(item.name, *_facts(item), item.description) for item in job.variables]
        parts.append(f'<div style="margin-top:6px">{html_table(_HEAD, rows)}</div>')
    parts.append(f'<div style="{_CODE}">{escape(call)}</div>')
    return "".join(parts)


def _lines(job: JobDescription, place: str, about: str, call: str) -> Iterator[str]:
    """As the help of a command is laid out."""
    yield f"{visible(job.name)} ({visible(place)})"
    if about:
        yield f"\n{visible(about)}"
    margin = 4 + max((len(item.name) for item in job.variables), default=0)
    if job.variables:
        yield "\nInputs:"
    for item in job.variables:
        takes, default = _facts(item)
        fact = f"[{default}]" if item in _needed(job) else f"[default: {default}]"
        yield f"  {item.name:{margin - 4}}  {takes}{f'  {fact}' if default else ''}"
        for line in textwrap.wrap(visible(item.description), max(_LINE - margin, _LINE // 2)):
            yield " " * margin + line
    yield f"\n{visible(call)}"


def _facts(variable: VariableDescription) -> tuple[str, str]:
    """What a variable takes, and what it is without."""
    is_needed = variable.required and variable.default is None
    without = "required" if is_needed else clip(default_of(variable), _LINE)
    return clip(what_it_takes(variable), 2 * _LINE), without


def _call(job: JobDescription) -> str:
    given = [json.dumps(job.name, ensure_ascii=False), *(f"{item.name}=…" for item in _needed(job))]
    return f"jobnb.run({', '.join(given)})"


def _command(job: JobDescription) -> str:
    return " ".join(
        ["jobnb run", shlex.quote(job.name), *(f"{item.name}=…" for item in _needed(job))]
    )


def _needed(job: JobDescription) -> list[VariableDescription]:
    """The inputs that a run cannot do without."""
    return [item for item in job.variables if item.required and item.default is None]
