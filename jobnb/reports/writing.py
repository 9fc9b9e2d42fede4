"""Reports on their way to the disk; what is there is replaced only if nothing is lost by it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nbformat import NotebookNode

from jobnb.errors import ReportRefused
from jobnb.reports.contents import RunContents, RunReader
from jobnb.reports.document import digest_of, make_notebook, notebook_bytes, parse_notebook
from jobnb.reports.page import make_page, read_page
from jobnb.reports.places import place_for, write_file

KINDS: Final = (".ipynb", ".html")
_READ: Final = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class KnownReport:
    """A report that is on the disk."""

    told: Mapping[str, Any]
    """What it says of itself."""
    is_intact: bool
    """Whether it is as it was written."""
    notebook: NotebookNode | None
    """None if it is a page."""


def write_report(
    reader: RunReader,
    run_id: str,
    target: str | Path,
    *,
    files: bool = True,
    overwrite: bool = False,
) -> Path:
    """Writes the report of a run, with its files in a folder beside it; gives the path.

    Args:
        reader: Reads the run.
        run_id: Which one.
        target: A path that ends in ``.ipynb`` or ``.html``.
        files: Whether the files of the run are written, too.
        overwrite: Whether anything that is there may be replaced. Without it only reports, and
            their files, that nobody has changed.

    Raises:
        NotFinished: The run has not ended.
        ReportRefused: The path has another ending, or there is something that may be lost.
        LibraryMissing: nbconvert is not installed, and it was to be a page.
    """
    path = Path(target).expanduser()
    if path.suffix.lower() not in KINDS:
        raise ReportRefused(
            f"A report is a notebook (.ipynb) or a page (.html), not {path.name!r}. A page can be "
            "printed into a PDF by every browser."
        )
    place_for(path, path.name)
    contents = reader.read(run_id)
    folder = f"{path.stem}_files"
    beside = reader.beside(contents) if files else {}
    before = _replaceable(path, overwrite=overwrite)
    sizes = measure(reader.beside(contents) if files else {})
    notebook = build(contents, folder, sizes)
    content = notebook_bytes(notebook) if path.suffix.lower() == ".ipynb" else make_page(notebook)
    if beside:
        _write_beside(path.parent / folder, beside, sizes, before, overwrite=overwrite)
    return write_file(path, [content], overwrite=path.exists())


def build(contents: RunContents, folder: str, sizes: Mapping[str, tuple[int, str]]) -> NotebookNode:
    """The report of a run whose files are in that folder beside it."""
    return make_notebook(contents, folder if sizes else None, sizes)


def read_report(path: Path) -> KnownReport | None:
    """The report at a path; None if what is there is none."""
    content = path.read_bytes()
    if path.suffix.lower() != ".ipynb":
        found = read_page(content)
        return (
            None if found is None else KnownReport(told=found[0], is_intact=found[1], notebook=None)
        )
    try:
        notebook = parse_notebook(content)
    except ValueError:
        return None
    told = notebook.metadata.get("jobnb")
    if not isinstance(told, Mapping) or "run" not in told:
        return None
    return KnownReport(
        told=told, is_intact=told.get("digest") == digest_of(notebook), notebook=notebook
    )


def file_digest(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_READ):
            digest.update(piece)
    return digest.hexdigest()


def measure(beside: Mapping[str, Iterable[bytes]]) -> dict[str, tuple[int, str]]:
    """Name to size and SHA-256; the log of a long run is known only by reading it."""
    measured = {}
    for name, pieces in beside.items():
        digest, size = hashlib.sha256(), 0
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
        measured[name] = size, digest.hexdigest()
    return measured


def _replaceable(path: Path, *, overwrite: bool) -> KnownReport | None:
    """What is at the path, if it is a report.

    Raises:
        ReportRefused: It may not be replaced.
    """
    if path.is_dir():
        raise ReportRefused(f"{str(path)!r} is a folder; give the path of a file in it.")
    if not path.exists():
        return None
    found = read_report(path)
    if overwrite:
        return found
    if found is None:
        raise ReportRefused(
            f"{str(path)!r} is there already, and is no report of jobnb; nothing was written. Give "
            "another path, or overwrite=True (--overwrite)."
        )
    if not found.is_intact:
        raise ReportRefused(
            f"{str(path)!r} is a report that somebody has changed; nothing was written. Give "
            "another path, or overwrite=True (--overwrite)."
        )
    return found


def _write_beside(
    folder: Path,
    beside: Mapping[str, Iterable[bytes]],
    sizes: Mapping[str, tuple[int, str]],
    before: KnownReport | None,
    *,
    overwrite: bool,
) -> None:
    """Writes the files, unless one would replace what is not known to be of a report."""
    ours = _files_of(before)
    there = {name: _digest_at(folder / name) for name in beside if (folder / name).exists()}
    for name, digest in there.items():
        if digest not in (sizes[name][1], ours.get(name)) and not overwrite:
            raise ReportRefused(
                f"{str(folder / name)!r} is there already, and is of no report of jobnb; nothing "
                "was written. Give another path, or overwrite=True (--overwrite)."
            )
    folder.mkdir(exist_ok=True)
    for name, pieces in beside.items():
        if there.get(name) != sizes[name][1]:
            write_file(folder / name, pieces, overwrite=name in there)
    for name in ours.keys() - beside.keys():
        if _digest_at(folder / name) == ours[name]:
            (folder / name).unlink()  # of the report before, and not of this one


def _digest_at(path: Path) -> str:
    return file_digest(path) if path.is_file() else ""


def _files_of(report: KnownReport | None) -> dict[str, str]:
    """Name to SHA-256 of the files that a report says are its own."""
    files = {} if report is None else report.told.get("files")
    if not isinstance(files, Mapping):
        return {}
    return {
        name: str(facts.get("sha256"))
        for name, facts in files.items()
        if isinstance(facts, Mapping) and Path(name).name == name
    }
