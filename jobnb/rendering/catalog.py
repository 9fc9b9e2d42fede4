"""The list of the jobs, with the files that could not be read, for a page and for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from jobnb.protocol import FileProblem, JobDescription
from jobnb.rendering.tables import html_table, message, plain_table
from jobnb.rendering.text import clip, escape, no_formulas, visible
from jobnb.store.catalog.jobs import JobRecord

_Row = tuple[str, ...]

_HEAD: Final = ("group", "job", "inputs", "from", "description")
_FROM: Final = _HEAD.index("from")


def render_catalog(
    jobs: Sequence[JobDescription],
    problems: Sequence[FileProblem],
    records: Sequence[JobRecord] = (),
    *,
    root: str = "the jobs folder",
    everything: bool = False,
) -> dict[str, str]:
    """The jobs as a table, and below it the files that could not be read.

    Where they come from is a column only if some are not from the jobs folder.

    Args:
        jobs: In the order in which they are shown.
        problems: With the sentence that says what to do.
        records: What is set of jobs, and which are not installed any more.
        root: Where the job files are, for people.
        everything: Also those, and the jobs that their authors hide.
    """
    gone = [record for record in records if not record.installed]
    hidden = [] if everything else [job for job in jobs if job.meta.get("hidden")]
    disabled = {record.class_path for record in records if not record.enabled}
    rows = [_job(job, disabled) for job in jobs if job not in hidden]
    if everything:
        rows += map(_gone, gone)
    said = [(visible(problem.file), visible(problem.message)) for problem in problems]
    note = "" if everything else _left_out(len(hidden), len(gone))
    if not rows and not said and not note:
        return message(f"No jobs yet: put a file with a registered job into {visible(root)}.")
    head, *rows = _without_empty_origin([_HEAD, *rows])
    return {
        "text/html": no_formulas(_page(head, rows, said, note)),
        "text/plain": "\n".join(_lines(head, rows, said, note)),
    }


def _job(job: JobDescription, disabled: set[str]) -> _Row:
    return (
        clip(job.grouping, 40),
        clip(job.name, 60) + (" (not enabled)" if job.class_path in disabled else ""),
        clip(", ".join(variable.name for variable in job.variables), 50),
        clip(job.origin.mention, 60),
        clip(job.description, 200),
    )


def _gone(record: JobRecord) -> _Row:
    return (
        clip(record.grouping, 40),
        clip(record.name, 60),
        "",
        "",
        f"not installed; last seen {record.last_seen.astimezone():%Y-%m-%d}",
    )


def _without_empty_origin(table: list[_Row]) -> list[_Row]:
    if any(row[_FROM] for row in table[1:]):
        return table
    return [row[:_FROM] + row[_FROM + 1 :] for row in table]


def _left_out(hidden: int, gone: int) -> str:
    """What a list of jobs leaves out, and how it is to be had; empty for nothing."""
    counts = {"hidden": hidden, "not installed any more": gone}
    named = " and ".join(f"{count} {what}" for what, count in counts.items() if count)
    return (
        f"Left out: {named}. All of them: `%job list --all`, `jobnb list --all`." if named else ""
    )


def _page(head: _Row, rows: list[_Row], said: Sequence[_Row], note: str) -> str:
    page = html_table(head, rows) if rows else ""
    if said:
        page += (
            '<div style="color:#d0342c;font-weight:600;margin-top:8px">Files with problems</div>'
        )
        page += html_table((), said)
    if note:
        page += f'<div style="opacity:0.65;margin-top:6px">{escape(note)}</div>'
    return page


def _lines(head: _Row, rows: list[_Row], said: Sequence[_Row], note: str) -> Iterable[str]:
    if rows:
        yield plain_table(head, [(*row[:-1], clip(row[-1], 80)) for row in rows])
    if said:
        yield "\nFiles with problems:"
        yield from (f"  {file}: {problem}" for file, problem in said)
    if note:
        yield f"\n{note}"
