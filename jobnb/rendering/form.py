"""A form as it is read where nobody can fill it in."""

from __future__ import annotations

from collections.abc import Sequence

from jobnb.rendering.tables import html_table
from jobnb.rendering.text import clip, escape, no_formulas, visible

_LONGEST = 200
"""Characters of a value."""
_BOX = "border:1px solid #80808059;border-radius:6px;padding:8px 12px;"
_SOFT = "opacity:0.65;font-size:12px;"


def render_form(
    title: str, about: str, fields: Sequence[tuple[str, str]], note: str
) -> dict[str, str]:
    """A form as ``text/html`` and ``text/plain``.

    Args:
        title: Of the form.
        about: What it is for, in the author's words; may be empty.
        fields: Label and value of each field.
        note: How to come to the form itself.
    """
    rows = [(label, clip(value, _LONGEST)) for label, value in fields]
    parts = [f"<div><b>{escape(title)}</b></div>"]
    if about:
        parts.append(f'<div style="opacity:0.65;white-space:pre-wrap">{escape(about)}</div>')
    if rows:
        parts.append(f'<div style="margin-top:6px">{html_table((), rows)}</div>')
    parts.append(f'<div style="{_SOFT}margin-top:6px">{escape(note)}</div>')
    lines = [visible(title), *(f"  {visible(label)}: {value}" for label, value in rows)]
    return {
        "text/html": no_formulas(f'<div style="{_BOX}">{"".join(parts)}</div>'),
        "text/plain": "\n".join([*lines, visible(note)]),
    }
