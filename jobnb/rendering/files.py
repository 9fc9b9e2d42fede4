"""Files of a run as a table with previews: text, CSV, JSON and images, bounded and harmless."""

from __future__ import annotations

import base64
import csv
import html
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from jobnb.rendering.summary import size_text
from jobnb.rendering.tables import plain_table
from jobnb.rendering.text import clip, escape, excerpt, no_formulas, visible

MOST_PREVIEWS: Final = 20
"""Files of which the content is shown."""
MOST_FILES: Final = 200
"""Files that are listed; a job may make thousands."""
MOST_ROWS: Final = 20
MOST_COLUMNS: Final = 12
LARGEST_IMAGE: Final = 200_000
"""Bytes of an image that is shown."""
LARGEST_LINK: Final = 100_000
"""Bytes of a file that a page carries along, to be downloaded from it."""
ALL_CARRIED: Final = 400_000
"""Bytes that a page carries along at most, images and links together."""
_LONGEST: Final = 4000
"""Characters of a preview."""
_IMAGES: Final = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
}
_PRE: Final = (
    "margin:4px 0 8px 0;max-height:260px;overflow:auto;white-space:pre-wrap;font-size:12px;"
    "overflow-wrap:break-word;background:transparent"
)
_CELL: Final = "text-align:left;vertical-align:top;border:none;padding:1px 14px 1px 0"


@dataclass(frozen=True, kw_only=True)
class FilePreview:
    """What is known of a file without reading all of it."""

    name: str
    size: int
    """Bytes."""
    head: bytes
    """Its beginning; all of it if it is short, and empty if nobody has looked."""

    @property
    def is_whole(self) -> bool:
        """Whether the beginning is all."""
        return len(self.head) == self.size


def render_files(files: Sequence[FilePreview], count: int) -> dict[str, str]:
    """Files as a table, each with its beginning folded away.

    Args:
        files: In the order in which they are shown.
        count: How many there are, of which these are the first.
    """
    if not files:
        return {"text/html": "<div>No files.</div>", "text/plain": "No files."}
    shown = files[:MOST_FILES]
    room = ALL_CARRIED
    parts = []
    for file in shown:
        part = _file(file, room)
        room -= len(part)
        parts.append(part)
    more = f"… {count - len(shown):,} more" if count > len(shown) else ""
    if more:
        parts.append(f'<div style="opacity:0.65">{more}</div>')
    rows = [(clip(file.name, 80), size_text(file.size)) for file in shown]
    plain = plain_table(("file", "size"), rows)
    return {
        "text/html": no_formulas("".join(parts)),
        "text/plain": f"{plain}\n{more}" if more else plain,
    }


def _file(file: FilePreview, room: int) -> str:
    head = name_html(file, 120, carried=file.size <= min(LARGEST_LINK, room // 2))
    content = preview_html(file, room - len(head)) if file.head else ""
    head += f' <span style="opacity:0.65;font-size:12px">{size_text(file.size)}</span>'
    if not content:
        return f'<div style="padding:2px 0">{head}</div>'
    return f'<details style="padding:2px 0"><summary>{head}</summary>{content}</details>'


def name_html(file: FilePreview, most: int, *, carried: bool = True) -> str:
    """The name of a file; one that is here as a whole can be downloaded by it.

    Where a notebook is not trusted only the name is left.

    Args:
        file: Which one.
        most: Characters of the name.
        carried: Whether the page may carry its content along.
    """
    name = f'<span style="font-family:monospace">{html.escape(clip(file.name, most))}</span>'
    if not (carried and file.is_whole and file.head):
        return name
    data = base64.b64encode(file.head).decode("ascii")
    return (
        f'<a download="{html.escape(visible(file.name))}" title="Download" '
        f'href="data:application/octet-stream;base64,{data}">{name}</a>'
    )


def preview_html(file: FilePreview, room: int = ALL_CARRIED) -> str:
    """The beginning of a file as harmless HTML; empty if it is nothing to look at.

    Args:
        file: What to show.
        room: Bytes that an image may take at most.
    """
    kind = next((kind for start, kind in _IMAGES.items() if file.head.startswith(start)), None)
    if kind is not None:
        return _image(file, kind) if file.size <= min(LARGEST_IMAGE, room // 2) else ""
    text = _decoded(file)
    if text is None:
        return ""
    suffix = file.name.lower().rpartition(".")[2]
    if suffix in ("csv", "tsv") and (table := _table(text, suffix, is_whole=file.is_whole)):
        return table
    if suffix == "json" and file.is_whole:
        text = _indented(text)
    return f'<pre style="{_PRE}">{escape(_beginning(text, is_whole=file.is_whole))}</pre>'


def _image(file: FilePreview, kind: str) -> str:
    if not file.is_whole:
        return ""
    data = base64.b64encode(file.head).decode("ascii")
    return (
        f'<img src="data:{kind};base64,{data}" alt="{escape(clip(file.name, 80))}" '
        'style="display:block;max-width:100%;margin:4px 0">'
    )


def _decoded(file: FilePreview) -> str | None:
    """The beginning as text; None if it is none."""
    head = file.head.removeprefix(b"\xef\xbb\xbf")
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if file.is_whole or error.start < len(head) - 3:  # a letter that was cut in two
            return None
        text = head[: error.start].decode("utf-8")
    return None if "\0" in text[:1000] else text


def _beginning(text: str, *, is_whole: bool) -> str:
    if is_whole and len(text) <= _LONGEST:
        return text
    return excerpt(text) if is_whole and len(text) <= 2 * _LONGEST else f"{text[:_LONGEST]}\n…"


def _indented(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _table(text: str, suffix: str, *, is_whole: bool) -> str:
    """The first rows and columns; empty if it is no table after all."""
    first = text.partition("\n")[0]
    delimiter = "\t" if suffix == "tsv" else max(",;\t", key=first.count)
    try:
        rows = list(_rows(csv.reader(io.StringIO(text), delimiter=delimiter)))
    except csv.Error:
        return ""
    if not rows:
        return ""
    body = "".join(
        '<tr style="background:transparent">'
        + "".join(f'<td style="{_CELL}">{html.escape(clip(cell, 40))}</td>' for cell in row)
        + "</tr>"
        for row in rows[1 : MOST_ROWS + 1]
    )
    titles = "".join(f'<th style="{_CELL}">{html.escape(clip(cell, 40))}</th>' for cell in rows[0])
    is_all = is_whole and len(rows) <= MOST_ROWS + 1
    rest = "" if is_all else '<div style="opacity:0.65;font-size:12px">… more rows</div>'
    return (
        '<div style="overflow:auto;margin:4px 0 8px 0"><table style="margin:0;border:none;'
        f'font-size:12px"><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>{rest}</div>'
    )


def _rows(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    for number, row in enumerate(reader):
        if number > MOST_ROWS + 1:
            return
        wide = row[:MOST_COLUMNS]
        yield [*wide, "…"] if len(row) > MOST_COLUMNS else wide
