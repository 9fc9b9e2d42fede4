"""Text that came from a job, made harmless: nothing in it may act on a page or a terminal."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Final

LONGEST_LINE: Final = 2000
"""Characters of one line that a view shows; the database keeps all of them."""

LONGEST_TEXT: Final = 10_000
"""Characters of one message in an output cell, which may have many lines and is saved."""

_ANSI: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
"""ECMA-48 escape sequences: colours and cursor moves are no text."""

_KEPT: Final = "\n\t\u200c\u200d"
"""Besides what prints: the joiners, without which Persian and many emoji fall apart."""
_KEPT_CATEGORIES: Final = ("Zs", "Cn")
"""All kinds of blanks, and characters that are younger than this Python."""


def visible(text: str, limit: int | None = LONGEST_LINE) -> str:
    """The text without escape sequences, with control and bidi characters as their code.

    Args:
        text: Whatever a job wrote.
        limit: Characters per line that are shown; longer lines end with a mark. None: all.
    """
    if text.isascii() and text.isprintable() and len(text) <= (limit or len(text)):
        return text  # as most lines are: nothing in them has to be looked for
    plain = _ANSI.sub("", text)
    if limit is not None and len(plain) > limit:
        plain = "\n".join(_shorten(line, limit) for line in plain.split("\n"))
    if plain.isascii() and plain.isprintable():
        return plain
    return "".join(map(_shown, plain))


def escape(text: str, limit: int = LONGEST_LINE) -> str:
    """The same as HTML."""
    return html.escape(visible(text, limit))


def no_formulas(page: str) -> str:
    """The HTML, in which no ``$`` begins a formula: JupyterLab looks for them in every output."""
    return f'<div class="mathjax_ignore">{page}</div>'


def excerpt(text: str) -> str:
    """The beginning and the end of a text that is too long for an output cell."""
    if len(text) <= LONGEST_TEXT:
        return text
    head, tail = text[: LONGEST_TEXT // 2], text[-LONGEST_TEXT // 4 :]
    return f"{head}\n… {len(text) - len(head) - len(tail):,} more characters …\n{tail}"


def clip(text: str, columns: int) -> str:
    """The first line of the text, cut to fit into a table."""
    line = visible(text.strip().partition("\n")[0])
    return line if len(line) <= columns else line[: columns - 1].rstrip() + "…"


def width(text: str) -> int:
    """Columns that the text takes in a terminal."""
    return sum(_columns(character) for character in text)


def _shorten(line: str, limit: int) -> str:
    if len(line) <= limit:
        return line
    return f"{line[:limit]} … ({len(line) - limit:,} more characters)"


def _shown(character: str) -> str:
    if character in _KEPT or character.isprintable():
        return character
    if unicodedata.category(character) in _KEPT_CATEGORIES:
        return character
    return character.encode("unicode_escape").decode("ascii")


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
