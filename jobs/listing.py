"""Listing: rows under headings, as a table in the log and as a CSV file. No job: jobs import it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any


class Listing:
    """What ``self.display()`` shows as a table, and ``self.create_file()`` keeps as CSV."""

    def __init__(self, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        self.headings = list(headings)
        self.rows = [["" if cell is None else str(cell) for cell in row] for row in rows]

    def as_csv(self) -> str:
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows([self.headings, *self.rows])
        return text.getvalue()

    def _repr_markdown_(self) -> str:
        """What Jupyter, the panel and the report show."""
        lines = [self.headings, ["---"] * len(self.headings), *self.rows]
        return "\n".join(f"| {' | '.join(map(in_markdown, line))} |" for line in lines)

    def __repr__(self) -> str:
        """What a terminal shows."""
        lines = [self.headings, *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def in_markdown(cell: str) -> str:
    """The text of a cell, none of which is markup."""
    return re.sub(r"([\\`*_\[\]<>|~#$&])", r"\\\1", " ".join(cell.split()))
