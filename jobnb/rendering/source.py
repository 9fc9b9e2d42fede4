"""Source as people read it: with its syntax in colour on a page, as plain text in a terminal.

Fixed colours that are readable on white and on black, as inline styles: JupyterLab takes
everything else out of a notebook that is not trusted.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from jobnb.rendering.text import escape, visible

if TYPE_CHECKING:
    from pygments.token import _TokenType

MOST_LINES: Final = 500
"""Of one file in an output cell, which is saved."""

_PRE: Final = (
    "font-family:monospace;font-size:12px;line-height:1.45;margin:4px 0 0;padding:0;"
    "background:transparent;white-space:pre;overflow:auto;max-height:600px"
)
_NOTE: Final = "opacity:0.65;font-size:12px"
_ADDED: Final = "#2e8540"
_REMOVED: Final = "#d0342c"
_PLACE: Final = "#3d7fd1"


def render_source(title: str, text: str, note: str) -> dict[str, str]:
    """A file as ``text/html`` and ``text/plain``.

    Args:
        title: What it is.
        text: Python.
        note: What else there is to see, and how.
    """
    lines = text.splitlines()
    cut = [f"… {len(lines) - MOST_LINES:,} more lines"] if len(lines) > MOST_LINES else []
    shown = lines[:MOST_LINES]
    body = "\n".join([*highlighted("\n".join(shown)), *map(escape, cut)])
    page = (
        f"<div><b>{escape(title)}</b></div>"
        f'<pre style="{_PRE}">{body}</pre><div style="{_NOTE}">{escape(note)}</div>'
    )
    plain = "\n".join([visible(title), "", *map(visible, [*shown, *cut]), "", visible(note)])
    return {"text/html": page, "text/plain": plain}


def render_diff(title: str, lines: Sequence[str]) -> dict[str, str]:
    """A unified difference as ``text/html`` and ``text/plain``.

    Args:
        title: Between what and what.
        lines: Without line ends; none if there is no difference.
    """
    cut = [f"… {len(lines) - MOST_LINES:,} more lines"] if len(lines) > MOST_LINES else []
    shown = [*lines[:MOST_LINES], *cut] or ["No difference."]
    body = "\n".join(map(_diff_line, shown))
    page = f'<div><b>{escape(title)}</b></div><pre style="{_PRE}">{body}</pre>'
    return {"text/html": page, "text/plain": "\n".join(map(visible, [title, "", *shown]))}


def highlighted(text: str) -> list[str]:
    """The lines of some Python as HTML."""
    from pygments.lexers import PythonLexer  # takes 10 ms, and few who look at runs look at source

    parts: list[str] = []
    for kind, piece in PythonLexer(stripnl=False, ensurenl=False).get_tokens(text):
        colour = _colour_of(kind)
        for number, line in enumerate(piece.split("\n")):
            if number:
                parts.append("\n")
            if line:
                safe = escape(line)
                parts.append(f'<span style="color:{colour}">{safe}</span>' if colour else safe)
    return "".join(parts).split("\n")


def _colour_of(kind: _TokenType) -> str:
    return next((colour for base, colour in _colours().items() if kind in base), "")


@cache
def _colours() -> dict[_TokenType, str]:
    from pygments.token import Comment, Keyword, Name, Number, Operator, String

    return {
        Comment: "#7d8590",
        Keyword: "#b0569f",
        Operator.Word: "#b0569f",
        String: "#4f8f3a",
        Number: "#b5762a",
        Name.Function: "#3d7fd1",
        Name.Class: "#3d7fd1",
        Name.Decorator: "#3d7fd1",
        Name.Builtin: "#2a9097",
    }


def _diff_line(line: str) -> str:
    colours: Iterable[tuple[str, str]] = (
        ("+++", ""),
        ("---", ""),
        ("@@", _PLACE),
        ("+", _ADDED),
        ("-", _REMOVED),
    )
    colour = next((colour for start, colour in colours if line.startswith(start)), "")
    safe = html.escape(visible(line))
    if line.startswith(("+++", "---")):
        return f"<b>{safe}</b>"
    return f'<span style="color:{colour}">{safe}</span>' if colour else safe
