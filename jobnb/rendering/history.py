"""The history of runs as a table, for a page and for a terminal.

On a page the rows that come later are folded away: they unfold without kernel and script, in a
saved notebook as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from jobnb.rendering.files import FilePreview, name_html
from jobnb.rendering.summary import badge, duration_text, size_text
from jobnb.rendering.tables import plain_table
from jobnb.rendering.text import clip, escape, no_formulas
from jobnb.store.values import Entry, RunRecord

PAGE: Final = 15
"""Rows that are shown at once; as many more at each click."""
MOST_ROWS: Final = 300
"""Rows of a table, which a notebook keeps."""
MOST_NAMED: Final = 3
"""Files of a run that a table names."""

_HEAD: Final = ("result", "job", "status", "started by", "when", "took", "why")
_WIDTHS: Final = ("72px", "17%", "88px", "9%", "148px", "80px", "auto")
_TABLE: Final = (
    "width:100%;table-layout:fixed;margin:0;border:none;border-collapse:collapse;"
    "overflow-wrap:break-word"
)
_CELL: Final = "text-align:left;vertical-align:top;border:none;padding:3px 12px 3px 0"
_SIZE: Final = "opacity:0.65;white-space:nowrap"
_MUTED: Final = "opacity:0.65;font-size:12px"


@dataclass(frozen=True, kw_only=True)
class ListedFiles:
    """What a table says of the files of one run."""

    first: Sequence[FilePreview]
    """Those that it names, at most ``MOST_NAMED``; one that is whole can be downloaded from it."""
    count: int
    """How many there are."""


def render_results(
    records: Sequence[RunRecord],
    found: Mapping[str, Entry] | None = None,
    note: str = "",
    files: Mapping[str, ListedFiles] | None = None,
) -> dict[str, str]:
    """Job results as a table, one row each.

    Args:
        records: Newest first.
        found: Id of a run to the entry of its log that was looked for; None: nothing was.
        note: What is to be said of the table as a whole.
        files: Id of a run to its files, if it has any; None: nobody has asked.
    """
    found, files = found or {}, files or {}
    shown = [_row(record, found.get(record.run_id)) for record in records[:MOST_ROWS]]
    if len(records) > MOST_ROWS:
        note = f"{len(records) - MOST_ROWS:,} more are in the list. {note}".rstrip()
    head = (*_HEAD[:-1], "found") if found else _HEAD
    if not records:
        text = f"No runs. {note}".rstrip()
        return {"text/html": f"<div>{escape(text)}</div>", "text/plain": text}
    badges = [badge(record.status) for record in records]
    made = [files.get(record.run_id) for record in records[:MOST_ROWS]]
    titles = (*head[:-1], f"{head[-1]}, files") if files else head
    page = _pages(titles, shown, list(zip(badges, map(_files_html, made), strict=False)))
    if note:
        page += f'<div style="{_MUTED};margin-top:6px">{escape(note)}</div>'
    if files:
        rows = [(*row, _files_text(some)) for row, some in zip(shown, made, strict=True)]
        plain = plain_table((*head, "files"), rows)
    else:
        plain = plain_table(head, shown)
    return {"text/html": no_formulas(page), "text/plain": f"{plain}\n{note}" if note else plain}


def _row(record: RunRecord, entry: Entry | None) -> tuple[str, ...]:
    why = record.detail if entry is None else f"{entry.number}: {_one_line(entry.message)}"
    return (
        record.run_id[:8],
        clip(record.job_name, 40),
        str(record.status),
        clip(record.user, 20),
        f"{record.created.astimezone():%Y-%m-%d %H:%M:%S}",
        "" if record.duration is None else duration_text(record.duration),
        clip(why, 60),
    )


def _files_html(files: ListedFiles | None) -> str:
    if files is None:
        return ""
    rest = files.count - len(files.first)
    parts = [_file_html(file) for file in files.first] + ([f"{rest:,} more"] if rest else [])
    # Each as a whole in one line, with its comma: a browser breaks names at their hyphens.
    blocks = " ".join(
        f'<span style="display:inline-block">{part}{"," * (number < len(parts))}</span>'
        for number, part in enumerate(parts, 1)
    )
    return f'<div style="font-size:12px">{blocks}</div>'


def _file_html(file: FilePreview) -> str:
    return f'{name_html(file, 40)} <span style="{_SIZE}">{size_text(file.size)}</span>'


def _files_text(files: ListedFiles | None) -> str:
    if files is None:
        return ""
    rest = files.count - 1
    return clip(files.first[0].name, 30) + (f" +{rest:,}" if rest else "")


def _one_line(message: str) -> str:
    return " ".join(message[:1000].split())


_Marks = Sequence[tuple[str, str]]
"""For each row the HTML of its status, and of its files."""


def _pages(head: Sequence[str], rows: Sequence[Sequence[str]], marks: _Marks) -> str:
    """The first rows, and in them, folded, the others."""
    folded = ""
    for first in reversed(range(0, len(rows), PAGE)):
        last = min(first + PAGE, len(rows))
        table = _table(head if first == 0 else (), rows[first:last], marks[first:last])
        if first:
            title = f"{first + 1} to {last} of {len(rows)}"
            summary = f'<summary style="{_MUTED};padding:4px 0">{title}</summary>'
            folded = f"<details>{summary}{table}{folded}</details>"
        else:
            folded = table + folded
    return folded


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], marks: _Marks) -> str:
    # JupyterLab lays tables out by the widths of the first row, whatever a style says.
    top = "".join(
        f'<th style="{_CELL};width:{width};opacity:0.65">{escape(title)}</th>'
        for title, width in zip(head, _WIDTHS, strict=False)
    )
    body = "".join(
        _line(row, its, () if head or number else _WIDTHS)
        for number, (row, its) in enumerate(zip(rows, marks, strict=True))
    )
    head_html = f"<thead><tr>{top}</tr></thead>" if head else ""
    return f'<table style="{_TABLE}">{head_html}<tbody>{body}</tbody></table>'


def _line(row: Sequence[str], marks: tuple[str, str], widths: Sequence[str]) -> str:
    cells = [escape(cell) for cell in row]
    cells[0] = f'<span style="font-family:monospace">{cells[0]}</span>'
    cells[2] = marks[0]
    cells[-1] += marks[1]
    sizes = [f";width:{width}" for width in widths] or [""] * len(cells)
    body = "".join(
        f'<td style="{_CELL}{size}">{cell}</td>' for cell, size in zip(cells, sizes, strict=True)
    )
    return f'<tr style="background:transparent">{body}</tr>'
