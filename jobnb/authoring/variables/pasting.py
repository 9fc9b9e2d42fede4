"""Pasting: text as it comes from a spreadsheet or a CSV file, as rows by column."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from jobnb.authoring.variables.structures import read_json
from jobnb.authoring.variables.variable import Complaint, first_few, shortened

_DELIMITERS: Final = ("\t", ",", ";", "|")
"""What spreadsheets give when copied from, and what they save; the first wins a draw."""


def read_pasted(text: str, columns: Collection[str]) -> Any:
    """The rows of CSV below its header line, or what JSON says; None if there is nothing.

    Which character is between the cells the header tells: the one that finds most columns.

    Args:
        text: With commas, tabs, semicolons or bars; blank lines do not count.
        columns: The names that the header should have.

    Raises:
        Complaint: It is neither, or cells and header do not fit.
    """
    text = text.removeprefix("\ufeff").strip("\r\n")
    if not text.strip():
        return None
    if text.lstrip().startswith("["):
        return read_json(text)
    lines = _cells(text, _delimiter(text, columns))
    header = _without_blank_end(next(lines, []))
    if not header:
        return None
    if faults := first_few(_header_faults(header)):
        raise Complaint(faults)
    return [_row(number, line, header) for number, line in enumerate(lines, 1)]


def _delimiter(text: str, columns: Collection[str]) -> str:
    def found(delimiter: str) -> int:
        try:
            return len(set(columns) & set(next(_cells(text, delimiter), [])))
        except Complaint:
            return -1

    return max(_DELIMITERS, key=found)


def _cells(text: str, delimiter: str) -> Iterator[list[str]]:
    """The lines that are not blank, with the blanks around each cell cut off."""
    import csv

    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for line in lines:
            cells = [cell.strip() for cell in line]
            if any(cells):
                yield cells
    except csv.Error as error:
        raise Complaint([f"This is no CSV: {error} (line {lines.line_num})."]) from error


def _without_blank_end(cells: Sequence[str]) -> list[str]:
    """Spreadsheets add cells to a line as long as another line has them."""
    count = len(cells)
    while count and not cells[count - 1]:
        count -= 1
    return list(cells[:count])


def _header_faults(header: Sequence[str]) -> Iterator[str]:
    seen: set[str] = set()
    for position, name in enumerate(header, 1):
        if not name:
            yield f"column {position} has no name in the header line."
        elif name in seen:
            yield f"column {shortened(repr(name))} is there twice."
        seen.add(name)


def _row(number: int, line: Sequence[str], header: Sequence[str]) -> dict[str, str]:
    cells = line if len(line) <= len(header) else _without_blank_end(line)
    if len(line) < len(header) or len(cells) > len(header):
        counts = f"{len(line)} cells, but there are {len(header)} columns"
        raise Complaint([f"row {number} has {counts}; put text that has the delimiter in quotes."])
    return dict(zip(header, line, strict=False))
