"""Tables, and the one of a job record, for a page and for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jobnb.rendering.text import clip, escape, visible, width

_CELL: Final = "text-align:left;vertical-align:top;padding:2px 16px 2px 0;border:none;"


def render_settings(
    title: str, settings: Sequence[tuple[str, str, str]], notes: Sequence[str]
) -> dict[str, str]:
    """What a job record sets, as a table.

    Args:
        title: Which job.
        settings: Name, what the code says, and what is set instead; empty for nothing.
        notes: What else is to be said, a line each.
    """
    head = ("setting", "in the code", "set here")
    rows = [(name, clip(own, 50), clip(value, 50)) for name, own, value in settings]
    page = f"<div><b>{escape(title)}</b></div>{html_table(head, rows)}"
    page += "".join(f'<div style="opacity:0.65">{escape(note)}</div>' for note in notes)
    lines = [visible(title), plain_table(head, rows), *map(visible, notes)]
    return {"text/html": page, "text/plain": "\n".join(lines)}


def html_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows of text as a table."""
    titles = "".join(f'<th style="{_CELL}opacity:0.65">{escape(title)}</th>' for title in head)
    lines = []
    for row in rows:
        body = "".join(f'<td style="{_CELL}">{escape(cell)}</td>' for cell in row)
        lines.append(f'<tr style="background:transparent">{body}</tr>')
    top = f"<thead><tr>{titles}</tr></thead>" if head else ""
    return f'<table style="margin:0;border:none">{top}<tbody>{"".join(lines)}</tbody></table>'


def plain_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The same for a terminal; the text is harmless already."""
    table = [[title.upper() for title in head], *rows]
    widths = [max(width(row[column]) for row in table) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell + " " * (size - width(cell)) for cell, size in zip(row, widths, strict=True)
        ).rstrip()
        for row in table
    )


def message(text: str) -> dict[str, str]:
    """A sentence in the place of a table."""
    return {"text/html": f"<div>{escape(text)}</div>", "text/plain": text}
