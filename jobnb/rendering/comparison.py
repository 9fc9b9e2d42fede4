"""Two runs beside each other, for a page and for a terminal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from jobnb.rendering.summary import badge, duration_text
from jobnb.rendering.tables import plain_table
from jobnb.rendering.text import clip, escape, no_formulas, visible
from jobnb.store.values import RunRecord

ABSENT: Final = "(not given)"
"""Stands for the value of an input that one of the runs did not have."""
MOST_LINES: Final = 200
"""Lines of one difference that are shown."""
_COLOURS: Final = {"+": "#2e8540", "-": "#d0342c"}
_MUTED: Final = "opacity:0.65"
_CELL: Final = (
    "text-align:left;vertical-align:top;border:none;padding:2px 16px 2px 0;"
    "overflow-wrap:break-word;white-space:pre-wrap"
)
_PRE: Final = (
    "margin:2px 0 8px 0;font-size:12px;line-height:1.45;white-space:pre-wrap;"
    "overflow-wrap:break-word;max-height:420px;overflow:auto;background:transparent"
)


@dataclass(frozen=True, kw_only=True)
class FileChange:
    """A source file that differs."""

    path: str
    change: str
    """``added``, ``removed`` or ``changed``; from the first run to the second."""
    diff: str
    """Its lines with ``-`` and ``+``; empty if it is no text."""


@dataclass(frozen=True, kw_only=True)
class LogChange:
    """What is different in two logs."""

    diff: str
    """The lines with ``-`` and ``+``; empty if nothing is."""
    compared: int | None
    """How many entries of each were compared, from the first on; None: all."""


@dataclass(frozen=True, kw_only=True)
class Sides:
    """Two runs, and what is different between them."""

    a: RunRecord
    b: RunRecord
    inputs: Mapping[str, tuple[Any, Any]]
    source: Sequence[FileChange]
    log: LogChange
    value: str


def render_comparison(sides: Sides) -> dict[str, str]:
    """Two runs as ``text/html`` and ``text/plain``."""
    facts = [
        (name, clip(left, 60), clip(right, 60)) for name, left, right in _facts(sides.a, sides.b)
    ]
    given = [
        (clip(name, 60), _short(left), _short(right))
        for name, (left, right) in sides.inputs.items()
    ]
    parts = list(_parts(sides))
    page = [_page_head(sides, facts), _table("Inputs that differ", given, "The same inputs.")]
    page += [_section(note, diff) for note, diff in parts]
    ids = ("run", sides.a.run_id[:8], sides.b.run_id[:8])
    plain = [plain_table(("", "-", "+"), [ids, *facts])]
    plain.append(_plain_inputs(given))
    plain += [f"{note}\n{_shown(diff)}" if diff else note for note, diff in parts]
    return {
        "text/html": no_formulas(f'<div style="font-size:13px">{"".join(page)}</div>'),
        "text/plain": "\n\n".join(plain),
    }


def _facts(a: RunRecord, b: RunRecord) -> Iterator[tuple[str, str, str]]:
    for name, look in _LOOKS.items():
        left, right = look(a), look(b)
        if left or right:
            yield name, left, right
    if a.duration and b.duration:
        yield "", "", f"{b.duration / a.duration:.2f} x as long"


def _when(record: RunRecord) -> str:
    return f"{record.created.astimezone():%Y-%m-%d %H:%M:%S}"


def _took(record: RunRecord) -> str:
    return "" if record.duration is None else duration_text(record.duration)


def _counts(record: RunRecord) -> str:
    told = [f"{count:,} {level.lower()}" for level, count in record.counts.items() if count]
    return f"{record.last_entry:,} entries" + (f" ({', '.join(told)})" if told else "")


_LOOKS: Final[dict[str, Callable[[RunRecord], str]]] = {
    "job": lambda record: record.job_name,
    "status": lambda record: str(record.status),
    "why": lambda record: record.detail,
    "started by": lambda record: record.user,
    "when": _when,
    "log": _counts,
    "took": _took,
}


def _parts(sides: Sides) -> Iterator[tuple[str, str]]:
    """A sentence, and the lines, of each thing that may differ."""
    if not sides.source:
        is_known = sides.a.snapshot is not None or sides.b.snapshot is not None
        yield "The same source." if is_known else "No source was kept.", ""
    for change in sides.source:
        note = f"Source: {change.path} was {change.change}" + ("." if change.diff else "; no text.")
        yield note, change.diff
    bound = f" (the first {sides.log.compared:,} entries)" if sides.log.compared else ""
    same = "The same log lines" if not sides.log.diff else "Log lines that differ"
    yield f"{same}{bound}.", sides.log.diff
    yield "Values that differ." if sides.value else "The same value.", sides.value


def _page_head(sides: Sides, facts: Sequence[tuple[str, str, str]]) -> str:
    ids = [f"<code>{record.run_id[:8]}</code>" for record in (sides.a, sides.b)]
    rows = [_row(("", *ids), f'style="{_MUTED}"')]
    for name, left, right in facts:
        cells = [escape(left), escape(right)]
        if name == "status":
            cells = [badge(sides.a.status), badge(sides.b.status)]
        rows.append(_row((f'<span style="{_MUTED}">{escape(name)}</span>', *cells)))
    return _body(rows)


def _table(title: str, rows: Sequence[tuple[str, str, str]], none: str) -> str:
    if not rows:
        return f'<div style="margin-top:8px;{_MUTED}">{none}</div>'
    body = [
        _row(
            (
                f"<code>{escape(name)}</code>",
                f'<span style="color:{_COLOURS["-"]}">{escape(left)}</span>',
                f'<span style="color:{_COLOURS["+"]}">{escape(right)}</span>',
            )
        )
        for name, left, right in rows
    ]
    return f'<div style="margin-top:8px;font-weight:600">{title}</div>{_body(body)}'


def _body(rows: Sequence[str]) -> str:
    return (
        '<table style="width:100%;table-layout:fixed;margin:0;border:none"><tbody>'
        f"{''.join(rows)}</tbody></table>"
    )


def _row(cells: Sequence[str], attributes: str = "") -> str:
    widths = ("18%", "41%", "41%")
    body = "".join(
        f'<td style="{_CELL};width:{width}">{cell}</td>'
        for cell, width in zip(cells, widths, strict=True)
    )
    return f'<tr style="background:transparent" {attributes}>{body}</tr>'


def _section(note: str, diff: str) -> str:
    if not diff:
        return f'<div style="margin-top:8px;{_MUTED}">{escape(note)}</div>'
    lines = "\n".join(map(_coloured, _shown(diff).split("\n")))
    return (
        f'<details open style="margin-top:8px"><summary style="font-weight:600">{escape(note)}'
        f'</summary><pre style="{_PRE}">{lines}</pre></details>'
    )


def _coloured(line: str) -> str:
    colour = "" if line.startswith(("+++", "---")) else _COLOURS.get(line[:1], "")
    if colour:
        return f'<span style="color:{colour}">{escape(line)}</span>'
    return f'<span style="{_MUTED}">{escape(line)}</span>'


def _shown(diff: str) -> str:
    lines = diff.split("\n")
    rest = len(lines) - MOST_LINES
    shown = "\n".join(visible(line) for line in lines[:MOST_LINES])
    return f"{shown}\n… {rest:,} more lines" if rest > 0 else shown


def _plain_inputs(rows: Sequence[tuple[str, str, str]]) -> str:
    return plain_table(("input", "", ""), rows) if rows else "The same inputs."


def _short(value: Any) -> str:
    return clip(value if value is ABSENT else json.dumps(value, ensure_ascii=False), 120)
