"""A run at one glance: live while it works, and for good in the saved notebook.

Inline styles with fixed colours only, and numbers as ``0.5``: JupyterLab takes everything else
out of a notebook that is not trusted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from jobnb.protocol import Status
from jobnb.rendering.log import entry_text, join_partial, line_html, shorten
from jobnb.rendering.progress import bar_text
from jobnb.rendering.text import clip, escape, no_formulas, visible
from jobnb.store.values import Entry, FileRecord, RunRecord

TAIL: Final = 200
"""Newest entries that stay in a saved notebook."""
LARGEST: Final = 46_000
"""Bytes of HTML that a saved notebook keeps of a run where nobody has said another limit."""
PLAIN_TAIL: Final = 40
"""Newest entries in the plain text of a run, which stands beside the HTML in a notebook."""
LONGEST_PLAIN: Final = 6_000
"""Characters of them."""

_COLOURS: Final = {
    Status.PENDING: "#6b7280",
    Status.STARTED: "#1d6fd1",
    Status.RETRY: "#b26a00",
    Status.SUCCESS: "#2e8540",
    Status.FAILURE: "#c62828",
    Status.REVOKED: "#6b7280",
    Status.LOST: "#8e24aa",
}
_MINUTE: Final = 60
_FEW_SECONDS: Final = 10
_KILO: Final = 1000
_MOST_FILES: Final = 50
"""Files that are listed; a job may make thousands."""
_FONT: Final = "font-family:monospace;font-size:12px;line-height:1.45;"
_BOX: Final = "border:1px solid #80808059;border-radius:6px;padding:8px 12px;"


def render_result(
    record: RunRecord,
    entries: Sequence[Entry],
    files: Sequence[FileRecord],
    *,
    pages: Mapping[int, str] | None = None,
    limit: int = LARGEST,
) -> dict[str, str]:
    """A run as ``text/html`` and ``text/plain``.

    Args:
        record: The run.
        entries: In order: earlier ones that show something, then the newest. Of those without a
            page at most ``TAIL`` are shown.
        files: All that it made.
        pages: Number of an entry to the harmless HTML of what it shows.
        limit: Bytes that the HTML should have at most; the oldest lines are left out.
    """
    pages = pages or {}
    tail = [entry for entry in entries if entry.number not in pages][-TAIL:]
    first = tail[0].number if tail else 0
    shown = [shorten(entry) for entry in entries if entry.number in pages or entry.number >= first]
    around = [_header(record), _failure(record), _progress(record), _details(record, files)]
    room = limit - sum(map(len, around)) - sum(map(len, pages.values()))
    around.insert(3, _log(record.run_id, shown, pages, room))
    return {
        "text/html": no_formulas(f'<div style="{_BOX}">{"".join(around)}</div>'),
        "text/plain": _plain(record, shown, files),
    }


def render_live(
    record: RunRecord, entries: Sequence[Entry], note: str, elapsed: float | None = None
) -> dict[str, str]:
    """The same while it works.

    Args:
        record: The run.
        entries: The newest ones, in order; at most ``TAIL`` are shown.
        note: For who watches.
        elapsed: Seconds since a worker took it; None before.
    """
    hint = f'<div style="opacity:0.65;font-size:12px;margin-top:4px">{escape(note)}</div>'
    body = _header(record, elapsed) + _waiting(record) + _progress(record)
    body += _log(record.run_id, entries[-TAIL:], {}, LARGEST) + hint
    return {
        "text/html": no_formulas(f'<div style="{_BOX}">{body}</div>'),
        "text/plain": f"{visible(record.job_name)}: {record.status} ({record.run_id})"
        + (f"\n{visible(record.detail)}" if record.detail else ""),
    }


def render_log(run_id: str, entries: Sequence[Entry], limit: int = LARGEST) -> dict[str, str]:
    """The log of a run by itself, as ``text/html`` and ``text/plain``.

    Args:
        run_id: Of the run.
        entries: The newest ones, in order.
        limit: Bytes that the HTML should have at most; the oldest lines are left out.
    """
    if not entries:
        return {"text/html": "<div>No entries.</div>", "text/plain": "No entries."}
    entries = [shorten(entry) for entry in entries]
    body = _log(run_id, entries, {}, limit)
    return {
        "text/html": no_formulas(f'<div style="{_BOX}">{body}</div>'),
        "text/plain": "\n".join(_newest_texts(entries)),
    }


def headline(record: RunRecord) -> str:
    """One line that says how it stands: status, duration, entries, where it comes from, id."""
    took = "" if record.duration is None else duration_text(record.duration)
    entries, origin = f"{record.last_entry:,} entries", clip(record.origin.mention, 60)
    facts = (str(record.status), took, entries, origin, record.run_id)
    return " · ".join(fact for fact in facts if fact)


def duration_text(seconds: float) -> str:
    """``0.41 s``, ``12.3 s``, ``4 min 05 s`` or ``2 h 03 min``."""
    if seconds < _MINUTE:
        return f"{seconds:.2f} s" if seconds < _FEW_SECONDS else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), _MINUTE)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def size_text(size: int) -> str:
    """Bytes as people read them."""
    if size < _KILO:
        return f"{size} bytes"
    amount, unit = size / _KILO, "kB"
    for larger in ("MB", "GB"):
        if amount >= _KILO:
            amount, unit = amount / _KILO, larger
    return f"{amount:.1f} {unit}"


def badge(status: Status) -> str:
    """The status as a coloured label."""
    return (
        f'<span style="background:{_COLOURS[status]};color:#ffffff;border-radius:4px;'
        f'padding:1px 8px;font-size:12px;font-weight:600">{status}</span>'
    )


def _header(record: RunRecord, elapsed: float | None = None) -> str:
    seconds = elapsed if record.duration is None else record.duration
    facts = [f"by {escape(record.user)}", f"{record.created.astimezone():%Y-%m-%d %H:%M:%S}"]
    if record.origin.mention:
        facts.insert(0, escape(clip(record.origin.mention, 60)))
    if seconds is not None:
        facts.append(duration_text(seconds))
    facts += [f"{count:,} {level.lower()}" for level, count in record.counts.items() if count]
    return (
        f"<div>{badge(record.status)} <b>{escape(record.job_name)}</b> "
        f'<span style="opacity:0.65;font-size:12px">{" · ".join(facts)}</span></div>'
    )


def _failure(record: RunRecord) -> str:
    if not record.is_ready or not record.detail:
        return _waiting(record)
    return (
        f'<div style="color:#d0342c;font-weight:600;margin-top:6px;white-space:pre-wrap">'
        f"{escape(record.detail)}</div>"
    )


def _waiting(record: RunRecord) -> str:
    """What a run waits for that has not started."""
    if record.status is not Status.PENDING or not record.detail:
        return ""
    return f'<div style="margin-top:6px;white-space:pre-wrap">{escape(record.detail)}</div>'


def _progress(record: RunRecord) -> str:
    """How far it is, or was when it did not come to its end."""
    if record.status is Status.SUCCESS:
        return ""
    return "".join(
        f'<div style="margin-top:4px;font-size:12px;opacity:0.65">{escape(bar_text(bar))}</div>'
        for bar in record.progress
    )


def _log(run_id: str, entries: Sequence[Entry], pages: Mapping[int, str], room: int) -> str:
    """The lines, and what was shown between them."""
    if not entries:
        return ""
    blocks: list[str] = []
    first = 0
    for entry in reversed(list(join_partial(entries))):
        page = pages.get(entry.number)
        block = f'<div style="white-space:normal">{page}</div>' if page else line_html(entry)
        room -= 0 if page else len(block.encode())
        if page or room >= 0:
            blocks.append(block)
            first = first if page else entry.number
    return (
        f'{_cut(run_id, first)}<div style="{_NEWEST_IN_SIGHT}max-height:420px;overflow:auto;'
        f'margin-top:6px"><div style="{_FONT}{_TEXT}">{"".join(reversed(blocks))}</div></div>'
    )


def _cut(run_id: str, first: int) -> str:
    """Says that there is more, and where."""
    if first <= 1:
        return ""
    return (
        f'<div style="opacity:0.65;font-size:12px;margin-top:6px">… {first - 1:,} earlier entries: '
        f'jobnb.result("{run_id[:8]}").log.browse()</div>'
    )


_TEXT: Final = "width:100%;white-space:pre-wrap;overflow-wrap:break-word;"
_NEWEST_IN_SIGHT: Final = "display:flex;flex-direction:column-reverse;"
"""A box that is scrolled to its end without any script."""
_TABLE: Final = "width:100%;table-layout:fixed;border:none;"


def _details(record: RunRecord, files: Sequence[FileRecord]) -> str:
    rows = [("result", record.run_id)]
    if inputs := record.shown_inputs:
        rows.append(("inputs", json.dumps(inputs, ensure_ascii=False)))
    if record.queue:
        rows.append(("queue", record.queue))
    if options := record.shown_options:
        rows.append(("options", json.dumps(options, ensure_ascii=False)))
    rows += [("value", text) for text in _value_texts(record)]
    rows += [("file", line) for line in _file_lines(files)]
    if record.cancel_requested is not None:
        when = f"{record.cancel_requested.astimezone():%Y-%m-%d %H:%M:%S}"
        rows.append(("cancel", f"by {record.cancelled_by}, {when}"))
    if record.worker:
        attempts = f" (attempt {record.attempts})" if record.attempts > 1 else ""
        rows.append(("worker", f"{record.worker}{attempts}"))
    body = "".join(
        f'<tr style="background:transparent"><td style="{_DETAIL}width:64px;opacity:0.65">'
        f"{escape(name)}</td>"
        f'<td style="{_DETAIL}white-space:pre-wrap;overflow-wrap:break-word">'
        f"{escape(text)}</td></tr>"
        for name, text in rows
    )
    return (
        '<details style="margin-top:6px;font-size:12px">'
        '<summary style="opacity:0.65">Details</summary>'
        f'<table style="{_FONT}{_TABLE}margin:4px 0 0 0">'
        f"<tbody>{body}</tbody></table></details>"
    )


def _value_texts(record: RunRecord) -> Iterator[str]:
    """What the job returned, or what became of it."""
    if record.value not in (None, "null"):
        yield record.value or ""
    if record.value_file is not None:
        yield f"a DataFrame, in the file {record.value_file['name']}"
    if record.value_problem:
        yield record.value_problem


_DETAIL: Final = "text-align:left;vertical-align:top;padding:1px 12px 1px 0;border:none;"


def _plain(record: RunRecord, entries: Sequence[Entry], files: Sequence[FileRecord]) -> str:
    lines = [f"{visible(record.job_name)}: {headline(record)}"]
    if record.detail:
        lines.append(visible(record.detail))
    lines += [bar_text(bar) for bar in record.progress if record.status is not Status.SUCCESS]
    lines += _newest_texts(entries)
    lines += [f"file {visible(line)}" for line in _file_lines(files)]
    return "\n".join(lines)


def _newest_texts(entries: Sequence[Entry]) -> list[str]:
    """The newest entries as lines, and above them how many there are before."""
    newest = list(join_partial(entries))[-PLAIN_TAIL:]
    texts: list[str] = []
    room = LONGEST_PLAIN
    for entry in reversed(newest):
        texts.append(entry_text(entry))
        room -= len(texts[-1])
        if room < 0:
            break
    if texts and (first := newest[-len(texts)].number) > 1:
        texts.append(f"… {first - 1:,} earlier entries")
    return texts[::-1]


def _file_lines(files: Sequence[FileRecord]) -> list[str]:
    lines = [f"{file.name} ({size_text(file.size)})" for file in files[:_MOST_FILES]]
    return lines if len(lines) == len(files) else [*lines, f"… {len(files) - len(lines):,} more"]
