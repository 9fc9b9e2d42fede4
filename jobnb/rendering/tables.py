"""Tables, and the one of the jobs, for a page and for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jobnb.protocol import FileProblem, JobDescription
from jobnb.rendering.text import clip, escape, no_formulas, visible, width
from jobnb.store.jobs import JobRecord

_CELL: Final = "text-align:left;vertical-align:top;padding:2px 16px 2px 0;border:none;"
_FROM: Final = 3
"""Column of the catalog that says where a job comes from."""


def render_catalog(
    jobs: Sequence[JobDescription],
    problems: Sequence[FileProblem],
    records: Sequence[JobRecord] = (),
    *,
    everything: bool = False,
) -> dict[str, str]:
    """The jobs as a table, and below it the files that could not be read.

    Where they come from is a column only if some are not from the jobs folder.

    Args:
        jobs: In the order in which they are shown.
        problems: With the sentence that says what to do.
        records: What is set of jobs, and which are not installed any more.
        everything: Also those, and the jobs that their authors hide.
    """
    head: tuple[str, ...] = ("group", "job", "inputs", "from", "description")
    disabled = {record.class_path for record in records if not record.enabled}
    gone = [record for record in records if not record.installed]
    hidden = [] if everything else [job for job in jobs if job.meta.get("hidden")]
    rows: list[tuple[str, ...]] = [
        (
            clip(job.grouping, 40),
            clip(job.name, 60) + (" (not enabled)" if job.class_path in disabled else ""),
            clip(", ".join(variable.name for variable in job.variables), 50),
            clip(job.origin.mention, 60),
            clip(job.description, 80),
        )
        for job in jobs
        if job not in hidden
    ]
    if everything:
        rows += [
            (
                clip(record.grouping, 40),
                clip(record.name, 60),
                "",
                "",
                f"not installed; last seen {record.last_seen.astimezone():%Y-%m-%d}",
            )
            for record in gone
        ]
    if not any(row[_FROM] for row in rows):
        head, *rows = (row[:_FROM] + row[_FROM + 1 :] for row in (head, *rows))
    said = [(visible(problem.file), visible(problem.message)) for problem in problems]
    note = "" if everything else _left_out(len(hidden), len(gone))
    if not rows and not said and not note:
        return message("No jobs yet: put a file with a registered job into the jobs folder.")
    page, text = [html_table(head, rows)] if rows else [], [plain_table(head, rows)] if rows else []
    if said:
        page.append(
            '<div style="color:#d0342c;font-weight:600;margin-top:8px">Files with problems</div>'
        )
        page.append(html_table((), said))
        text.append("\nFiles with problems:\n" + "\n".join(f"  {a}: {b}" for a, b in said))
    if note:
        page.append(f'<div style="opacity:0.65;margin-top:6px">{escape(note)}</div>')
        text.append(f"\n{note}")
    return {"text/html": no_formulas("".join(page)), "text/plain": "\n".join(text)}


def _left_out(hidden: int, gone: int) -> str:
    """What a list of jobs leaves out, and how it is to be had; empty for nothing."""
    counts = {"hidden": hidden, "not installed any more": gone}
    named = " and ".join(f"{count} {what}" for what, count in counts.items() if count)
    return (
        f"Left out: {named}. All of them: `%job list --all`, `jobnb list --all`." if named else ""
    )


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
