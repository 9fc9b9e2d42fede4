"""What a report says of a run, section by section, as HTML and as text."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from jobnb.protocol import LEVELS, EntryKind
from jobnb.rendering.files import MOST_FILES, preview_html
from jobnb.rendering.log import LEVEL_COLOURS, entry_text, join_partial, shorten
from jobnb.rendering.rich import safe_bundle
from jobnb.rendering.summary import badge, duration_text, size_text
from jobnb.rendering.text import clip, escape, excerpt, no_formulas, visible
from jobnb.reports.contents import MOST_ALARMS, RunContents
from jobnb.store.values import Entry

_BOX: Final = "font-family:system-ui,sans-serif;font-size:14px;line-height:1.5"
_CELL: Final = (
    "text-align:left;vertical-align:top;border:none;padding:2px 16px 2px 0;"
    "white-space:pre-wrap;overflow-wrap:break-word"
)
_LOG: Final = (
    "font-family:monospace;font-size:12px;line-height:1.5;white-space:pre-wrap;"
    "overflow-wrap:break-word;max-height:640px;overflow:auto"
)
_MUTED: Final = "opacity:0.65"
_FAILURE: Final = "color:#d0342c;font-weight:600;margin-top:8px;white-space:pre-wrap"
_LONGEST_INPUT: Final = 600
"""Characters of an input in the summary; the parameters have all of it."""
_LONGEST_LINE: Final = 600
_ALL_OUTPUTS: Final = 8_000_000
"""Characters of all rich outputs in a report."""
_CLOCK: Final = len("12:00:00.000")


@dataclass(frozen=True, kw_only=True)
class Section:
    """One cell of a report."""

    role: str
    title: str
    outputs: tuple[Mapping[str, Any], ...]
    """Bundles of media types, or an ``error`` as Jupyter writes it."""


def sections(contents: RunContents, links: Mapping[str, str]) -> Iterator[Section]:
    """The sections of a report, in their order.

    Args:
        contents: The run.
        links: Name of a file of the run to its path beside the report; ``""``: the whole log.
    """
    yield _make("summary", "Summary", _summary(contents))
    if contents.record.exc_type is not None or contents.record.traceback is not None:
        yield Section(role="failure", title="What ended it", outputs=(_error(contents),))
    if contents.alarms:
        yield _make("alarms", "Errors and warnings", _alarms(contents))
    yield _make("log", "Log", _log(contents, links.get("")))
    if contents.outputs:
        yield Section(role="outputs", title="Output", outputs=tuple(_outputs(contents)))
    if contents.files:
        yield _make("files", "Files", _files(contents, links))
    if contents.source:
        yield from _source(contents)
    yield _make("where", "Where it ran", _where(contents))


def markdown_text(text: str) -> str:
    """Text from anywhere as Markdown that means nothing but itself."""
    return re.sub(
        r"([\\`*_{}\[\]()#+\-.!|~$^=:@])", r"\\\1", html.escape(clip(text, 200), quote=False)
    )


def _make(role: str, title: str, shown: tuple[str, str]) -> Section:
    body, plain = shown
    heading = "" if role == "summary" else f'<h3 style="margin:0 0 6px 0">{title}</h3>'
    bundle = {
        "text/html": no_formulas(f'<div style="{_BOX}">{heading}{body}</div>'),
        "text/plain": f"{title}\n{plain}",
    }
    return Section(role=role, title=title, outputs=(bundle,))


def _summary(contents: RunContents) -> tuple[str, str]:
    record = contents.record
    rows = [(name, value) for name, value in _facts(contents) if value]
    detail = f'<div style="{_FAILURE}">{escape(record.detail)}</div>' if record.detail else ""
    title = (
        f'<div style="font-size:16px;margin-bottom:6px">{badge(record.status)} '
        f"<b>{escape(record.job_name)}</b></div>"
    )
    plain = [f"{record.status} {visible(record.job_name)}", visible(record.detail)]
    plain += [f"{name}: {value}" for name, value in rows]
    return f"{title}{detail}{_table(rows)}", "\n".join(line for line in plain if line)


def _facts(contents: RunContents) -> Iterator[tuple[str, str]]:
    record = contents.record
    yield "result", record.run_id
    yield "started by", f"{clip(record.user, 80)} on {clip(record.host, 80)}"
    for name, moment in (
        ("submitted", record.created),
        ("started", record.started),
        ("ended", record.ended),
    ):
        yield name, "" if moment is None else _moment(moment)
    yield "took", "" if record.duration is None else duration_text(record.duration)
    counts = [f"{record.counts[name]:,} {name.lower()}" for name in LEVELS if record.counts[name]]
    yield "log", ", ".join([f"{record.last_entry:,} entries", *counts])
    for name, value in record.shown_inputs.items():
        yield f"input {clip(name, 60)}", _json(value)
    yield "options", _json(record.shown_options) if record.shown_options else ""
    yield "reason", str(record.reason or "")
    yield "value", visible(record.value_problem or "") or _value(record.value)
    if record.cancel_requested is not None:
        by = visible(record.cancelled_by or "")
        yield "cancelled", f"by {by}, {_moment(record.cancel_requested)}"


def _value(text: str | None) -> str:
    if text in (None, "null"):
        return ""
    with suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text or ""), indent=2, ensure_ascii=False)
    return visible(excerpt(text or ""))


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    rest = len(text) - _LONGEST_INPUT
    more = f" … ({rest:,} more characters)" if rest > 0 else ""
    return visible(text[:_LONGEST_INPUT]) + more


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _error(contents: RunContents) -> dict[str, Any]:
    """As a notebook has it whose cell has failed; without colours, which a job could forge."""
    record = contents.record
    trace = excerpt(record.traceback or record.detail)
    return {
        "ename": clip(record.exc_type or "Error", 100),
        "evalue": clip(record.exc_message or record.detail, 500),
        "traceback": [visible(line) for line in trace.rstrip("\n").split("\n")],
    }


def _alarms(contents: RunContents) -> tuple[str, str]:
    record = contents.record
    count = sum(
        record.counts[level] for level, number in LEVELS.items() if number >= LEVELS["WARNING"]
    )
    note = f"The last {MOST_ALARMS:,} of {count:,}." if count > len(contents.alarms) else ""
    return _lines(contents.alarms, note)


def _log(contents: RunContents, path: str | None) -> tuple[str, str]:
    if not contents.entries:
        return f'<div style="{_MUTED}">Nothing was logged.</div>', "Nothing was logged."
    left_out = contents.entries[0].number - 1
    if not left_out:
        return _lines(contents.entries, "")
    note = f"{left_out:,} earlier entries are left out"
    body, plain = _lines(contents.entries, f"{note}.")
    if path is None:
        return body, plain
    link = f'<a href="{quote(path)}">{html.escape(path)}</a>'
    return f'<div style="margin-bottom:6px">The whole log: {link}</div>{body}', plain


def _lines(entries: Sequence[Entry], note: str) -> tuple[str, str]:
    shown = [(entry, entry_text(shorten(entry), zone=UTC)) for entry in join_partial(entries)]
    body = "\n".join(_line(entry, text) for entry, text in shown)
    said = f'<div style="{_MUTED}">{note}</div>' if note else ""
    plain = "\n".join(visible(text) for _, text in shown)
    return f'{said}<div style="{_LOG}">{body}</div>', f"{note}\n{plain}" if note else plain


def _line(entry: Entry, text: str) -> str:
    colour = LEVEL_COLOURS.get(entry.level or "", "")
    if entry.kind is EntryKind.TRACEBACK:
        return f'<span style="color:#d0342c">{escape(text, _LONGEST_LINE)}</span>'
    head = f'<span style="opacity:0.55">{text[:_CLOCK]}</span>'
    rest = text[_CLOCK:]
    if colour and entry.level is not None:
        rest = rest[1 + len(entry.level) :]
        head += f' <b style="color:{colour}">{entry.level}</b>'
    return head + escape(rest, _LONGEST_LINE)


def _outputs(contents: RunContents) -> Iterator[Mapping[str, str]]:
    """What the job has shown, harmlessly; as much of it as a report can hold."""
    room = _ALL_OUTPUTS
    for bundle in contents.outputs:
        shown = safe_bundle(bundle)
        size = sum(map(len, shown.values()))
        if size > room:
            where = f'jobnb.result("{contents.record.run_id}").outputs'
            left = f"An output of {size_text(size)} is left out; it is in {where}."
            shown = {"text/html": f"<div>{escape(left)}</div>", "text/plain": left}
        else:
            room -= size
        yield {**shown, "text/html": no_formulas(shown["text/html"])}


def _files(contents: RunContents, links: Mapping[str, str]) -> tuple[str, str]:
    previews = dict(zip((file.name for file in contents.files), contents.previews, strict=False))
    room = 1_000_000
    parts, plain = [], []
    for file in contents.files[:MOST_FILES]:
        name, path = escape(clip(file.name, 120)), links.get(file.name)
        shown = f'<a href="{quote(path)}">{name}</a>' if path else f"<code>{name}</code>"
        facts = f"{size_text(file.size)} · sha256 {file.digest[:16]}…"
        head = f'{shown} <span style="{_MUTED};font-size:12px">{facts}</span>'
        preview = previews.get(file.name)
        content = "" if preview is None else preview_html(preview, room)
        room -= len(content)
        parts.append(f'<div style="padding:3px 0">{head}{content}</div>')
        plain.append(f"{clip(file.name, 120)}  {size_text(file.size)}  sha256 {file.digest}")
    if rest := len(contents.files) - len(plain):
        parts.append(f'<div style="{_MUTED}">… {rest:,} more</div>')
        plain.append(f"… {rest:,} more")
    return "".join(parts), "\n".join(plain)


def _source(contents: RunContents) -> Iterator[Section]:
    """The job's own file as code, and the digests of all of them."""
    record = contents.record
    rows = [
        (clip(item.path, 120), f"{size_text(item.size)}  sha256 {item.digest}")
        for item in contents.source
    ]
    where = f"{clip(str(record.origin), 200)}; digest "
    body = f"<div>{escape(where)}<code>{escape(record.snapshot or '')}</code></div>"
    section = _make(
        "source",
        "Source",
        (
            body + _table(rows),
            "\n".join([f"{where}{record.snapshot}", *(f"{path}  {facts}" for path, facts in rows)]),
        ),
    )
    own = next((item.text for item in contents.source if item.text is not None), None)
    if own is None:
        yield section
        return
    code = visible(own, limit=None)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", code)), default=0))
    listing = {
        "text/markdown": f"{fence}python\n{code.rstrip()}\n{fence}",
        "text/plain": code,
    }
    yield Section(role="source", title="Source", outputs=(*section.outputs, listing))


def _where(contents: RunContents) -> tuple[str, str]:
    facts = contents.environment or {}
    rows = [
        (f"attempt {attempt.number}", f"{visible(attempt.worker)} on {visible(attempt.host)}")
        for attempt in contents.attempts
    ]
    named = (name for name in ("python", "implementation", "platform") if name in facts)
    rows.extend((name, visible(str(facts[name]))) for name in named)
    packages = [
        f"{visible(name)}=={visible(version)}"
        for name, version in facts.get("packages", {}).items()
    ]
    if not facts:
        rows.append(("packages", "Not recorded: the run is older than that."))
    body = _table(rows)
    if packages:
        listed = html.escape("\n".join(packages))
        body += (
            f'<details><summary style="{_MUTED}">{len(packages)} packages</summary>'
            f'<div style="{_LOG}">{listed}</div></details>'
        )
    return body, "\n".join([*(f"{name}: {value}" for name, value in rows), *packages])


def _table(rows: Sequence[tuple[str, str]]) -> str:
    body = "".join(
        f'<tr style="background:transparent"><td style="{_CELL};width:150px;{_MUTED}">'
        f'{escape(name)}</td><td style="{_CELL}">{escape(value)}</td></tr>'
        for name, value in rows
    )
    return (
        '<table style="width:100%;table-layout:fixed;margin:6px 0;border:none;font-size:13px">'
        f"<tbody>{body}</tbody></table>"
    )
