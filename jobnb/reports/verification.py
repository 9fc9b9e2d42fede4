"""Whether a report is what the database holds, and what is different if it is not."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from itertools import starmap
from pathlib import Path
from typing import Any, Final

from nbformat import NotebookNode

from jobnb.errors import ReportRefused, ResultNotFound
from jobnb.rendering.text import visible
from jobnb.reports.contents import RunContents, RunReader
from jobnb.reports.differing import first_difference, page_text, texts_of
from jobnb.reports.page import make_page
from jobnb.reports.writing import KnownReport, build, file_digest, measure, read_report

_FREE: Final = ("kernelspec", "language_info", "papermill", "widgets", "toc")
"""Metadata that a front end writes as it likes."""


class Verification:
    """What came of looking; true in a condition if the report is what the database holds."""

    def __init__(self, path: Path, run_id: str, differences: list[str]) -> None:
        self.path: Final = path
        self.run_id: Final = run_id
        """Of the run that it says it is of."""
        self.differences: Final = differences
        """One sentence for each thing that is different; empty if nothing is."""

    def __bool__(self) -> bool:
        return not self.differences

    def __repr__(self) -> str:
        if not self.differences:
            return f"{self.path} is what the database holds of run {self.run_id}."
        listed = "\n".join(f"  {text}" for text in self.differences)
        return f"{self.path} is not what the database holds of run {self.run_id}:\n{listed}"

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        colour, mark = ("#d0342c", "differs") if self.differences else ("#2e8540", "verified")
        text = html.escape(repr(self))
        return {
            "text/plain": repr(self),
            "text/html": f'<div style="white-space:pre-wrap"><b style="color:{colour}">{mark}</b> '
            f"{text}</div>",
        }


def verify_report(reader: RunReader, target: str | Path) -> Verification:
    """Makes the report of the run anew and compares, file by file and cell by cell.

    Raises:
        ReportRefused: There is no report of jobnb.
    """
    path = Path(target).expanduser()
    if not path.is_file():
        raise ReportRefused(f"There is no file {str(path)!r}.")
    found = read_report(path)
    if found is None:
        raise ReportRefused(f"{str(path)!r} is no report of jobnb; nothing can be said of it.")
    run = found.told.get("run")
    run_id = str(run.get("id")) if isinstance(run, Mapping) else ""
    try:
        contents = reader.read(run_id)
    except ResultNotFound:
        return Verification(
            path, run_id, [f"The database has no run {run_id!r}: it is of another one, or removed."]
        )
    differences = list(_differences(path, found, contents, reader))
    writer, own = found.told.get("writer"), version("jobnb")
    if differences and writer != own:
        differences.append(
            f"It was written by jobnb {writer}, and this is {own}, which may word things otherwise."
        )
    return Verification(path, run_id, differences)


def _differences(
    path: Path, found: KnownReport, contents: RunContents, reader: RunReader
) -> Iterator[str]:
    folder = found.told.get("folder")
    has_files = isinstance(folder, str) and Path(folder).name == folder
    sizes = measure(reader.beside(contents)) if has_files else {}
    wanted = build(contents, str(folder), sizes)
    if found.notebook is not None:
        yield from _changed_cells(found.notebook, wanted)
    else:
        yield from _changed_page(path, found, wanted)
    for name, (_, digest) in sizes.items():
        beside = path.parent / str(folder) / name
        if not beside.is_file():
            yield f"File {folder}/{name} is missing."
        elif file_digest(beside) != digest:
            yield f"File {folder}/{name} was changed."
    for name in _names_in(path.parent / str(folder)) if sizes else ():
        if name not in sizes:
            yield f"File {folder}/{visible(name)} was added."


def _names_in(folder: Path) -> list[str]:
    """What lies in a folder, but for what is hidden, as the checkpoints of JupyterLab."""
    if not folder.is_dir():
        return []
    return sorted(item.name for item in folder.iterdir() if not item.name.startswith("."))


def _changed_page(path: Path, found: KnownReport, wanted: NotebookNode) -> Iterator[str]:
    content, own = path.read_bytes(), make_page(wanted)
    if content == own:
        return
    converter = f"nbconvert {version('nbconvert')}"
    if not found.is_intact:
        yield f"The page was changed after it was written{_first_line(content, own)}."
    elif found.told.get("converter") != converter:
        yield (
            f"It was converted by {found.told.get('converter')}, and this is {converter}: pages of "
            "two versions cannot be compared; compare a notebook."
        )
    else:
        yield f"The page says something else than the database{_first_line(content, own)}."


def _first_line(content: bytes, own: bytes) -> str:
    """What a reader of the page reads first that is not in the database."""
    return first_difference(*(page_text(page) for page in (content, own)))


def _changed_cells(found: NotebookNode, wanted: NotebookNode) -> Iterator[str]:
    names = {cell.id: cell.metadata.jobnb.role for cell in wanted.cells}
    theirs = {cell.get("id"): cell for cell in found.cells}
    for cell in wanted.cells:
        if cell.id not in theirs:
            yield f"Cell {names[cell.id]!r} is missing."
            continue
        for part in ("cell_type", "source", "outputs", "attachments"):
            if _plain(cell.get(part)) != _plain(theirs[cell.id].get(part)):
                what = {"source": "text", "outputs": "output"}.get(part, part)
                where = _where(part, theirs[cell.id], cell)
                yield f"Cell {names[cell.id]!r}: its {what} was changed{where}."
    for number, cell in enumerate(found.cells, 1):
        if cell.get("id") not in names:
            yield f"Cell {number} was added."
    order = [cell.get("id") for cell in found.cells if cell.get("id") in names]
    if order != [identity for identity in names if identity in theirs]:
        yield "The cells are in another order."
    yield from _changed_metadata(found.metadata, wanted.metadata)


def _where(part: str, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """The first line of this part of a cell that is different; empty if it is no text."""
    if part == "source":
        return first_difference(str(found.get(part)), str(wanted.get(part)))
    if part != "outputs":
        return ""
    pairs = zip(texts_of(found.get(part)), texts_of(wanted.get(part)), strict=False)
    return next((told for told in starmap(first_difference, pairs) if told), "")


def _changed_metadata(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted({*found, *wanted} - set(_FREE) - {"jobnb"}):
        if _plain(found.get(name)) != _plain(wanted.get(name)):
            yield f"Metadata {name!r} was changed."
    ours, theirs = wanted["jobnb"], found["jobnb"]
    for name in sorted({*ours, *theirs} - {"digest", "writer"}):
        if _plain(ours.get(name)) != _plain(theirs.get(name)):
            yield f"What it says of itself as {name!r} was changed."


def _plain(value: Any) -> Any:
    """Without the differences that a front end makes by saving."""
    match value:
        case Mapping():
            return {
                key: _plain(item)
                for key, item in value.items()
                if key not in ("execution_count", "transient")
            }
        case list() | tuple():
            return [_plain(item) for item in value]
    return value
