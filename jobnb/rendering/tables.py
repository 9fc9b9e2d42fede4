"""Tables, and the one of the jobs, for a page and for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from jobnb.protocol import FileProblem, JobDescription
from jobnb.rendering.text import clip, escape, no_formulas, visible, width

_CELL: Final = "text-align:left;vertical-align:top;padding:2px 16px 2px 0;border:none;"


def render_catalog(
    jobs: Sequence[JobDescription],
    problems: Sequence[FileProblem],
    enabled: Mapping[str, bool],
) -> dict[str, str]:
    """The jobs as a table, and below it the files that could not be read.

    Args:
        jobs: In the order in which they are shown.
        problems: With the sentence that says what to do.
        enabled: Class path to whether the job may run; a job that is not in it may.
    """
    head = ("group", "job", "inputs", "description")
    rows = [
        (
            clip(job.grouping, 40),
            clip(job.name, 60) + ("" if enabled.get(job.class_path, True) else " (not enabled)"),
            clip(", ".join(variable.name for variable in job.variables), 50),
            clip(job.description, 80),
        )
        for job in jobs
    ]
    said = [(visible(problem.file), visible(problem.message)) for problem in problems]
    if not rows and not said:
        return _message("No jobs yet: put a file with a registered job into the jobs folder.")
    page, text = [html_table(head, rows)] if rows else [], [plain_table(head, rows)] if rows else []
    if said:
        page.append(
            '<div style="color:#d0342c;font-weight:600;margin-top:8px">Files with problems</div>'
        )
        page.append(html_table((), said))
        text.append("\nFiles with problems:\n" + "\n".join(f"  {a}: {b}" for a, b in said))
    return {"text/html": no_formulas("".join(page)), "text/plain": "\n".join(text)}


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


def _message(text: str) -> dict[str, str]:
    return {"text/html": f"<div>{escape(text)}</div>", "text/plain": text}
