"""A run as a notebook: nbformat 4.5, the same bytes for the same run. The one door of nbformat.

The outputs are HTML with inline styles only, and text: what JupyterLab shows of a notebook that
nobody trusts, and GitHub, and a converter. Everything that came from a job is escaped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from importlib.metadata import version
from typing import Any, Final

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from jobnb.rendering.text import clip, visible
from jobnb.reports.contents import RunContents, log_name, names_beside
from jobnb.reports.parameters import parameters_source, rerun_source
from jobnb.reports.sections import Section, markdown_text, sections

SCHEMA: Final = 1
"""Of what a report says of itself in its metadata."""
FOLDED: Final = "jobnb-folded"
"""Tag of the cells of which only the outputs are meant to be read."""


def make_notebook(
    contents: RunContents, folder: str | None, beside: Mapping[str, tuple[int, str]]
) -> NotebookNode:
    """The report of a run.

    Args:
        contents: The run.
        folder: Name of the folder beside the report that has its files; None if none is written.
        beside: Name of each file in it to its size and its SHA-256.
    """
    record = contents.record
    cells = [_title(contents), _code(contents, "parameters", parameters_source(record))]
    cells[1].metadata["tags"] = ["parameters"]
    links = _links(contents, folder)
    cells += [_section(contents, section) for section in sections(contents, links)]
    rerun = _code(contents, "rerun", rerun_source(record))
    rerun.metadata["tags"] = ["jobnb-rerun"]
    notebook: NotebookNode = new_notebook(
        cells=[*cells, rerun], metadata=_metadata(contents, folder, beside)
    )
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells), "nbformat only warns"
    nbformat.validate(notebook)
    notebook.metadata.jobnb["digest"] = digest_of(notebook)
    return notebook


def notebook_bytes(notebook: NotebookNode) -> bytes:
    """A notebook as it is written into a file."""
    text: str = nbformat.writes(notebook)
    return f"{text}\n".encode("utf-8", "backslashreplace")


def parse_notebook(content: bytes) -> NotebookNode:
    """The notebook in a file.

    Raises:
        ValueError: It is none.
    """
    try:
        notebook: NotebookNode = nbformat.reads(content.decode("utf-8"), as_version=4)
    except Exception as error:  # nbformat raises what it likes about what is no notebook
        raise ValueError(f"no notebook: {error}") from error
    return notebook


def digest_of(notebook: NotebookNode) -> str:
    """SHA-256 of all that a notebook says, but for this digest itself."""
    plain = json.loads(nbformat.writes(notebook))
    plain.get("metadata", {}).get("jobnb", {}).pop("digest", None)
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def _metadata(
    contents: RunContents, folder: str | None, beside: Mapping[str, tuple[int, str]]
) -> dict[str, Any]:
    record = contents.record
    python = (contents.environment or {}).get("python")
    run = {
        "id": record.run_id,
        "database": contents.database,
        "job": record.job_name,
        "class_path": record.class_path,
        "status": str(record.status),
        "user": record.user,
        "created": record.created.isoformat(),
        "ended": None if record.ended is None else record.ended.isoformat(),
        "source": record.snapshot,
    }
    told = {
        "schema": SCHEMA,
        "writer": version("jobnb"),
        "run": _visible(run),
        "parameters": _visible(record.shown_inputs),
        "folder": folder,
        "files": {name: {"size": size, "sha256": sha} for name, (size, sha) in beside.items()},
    }
    language = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"}
    language |= {"pygments_lexer": "ipython3"} | ({"version": python} if python else {})
    return {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": language,
        "title": clip(record.job_name, 200),
        "jobnb": told,
    }


def _visible(value: Any) -> Any:
    """A JSON value for whoever reads the notebook as text: nothing in it turns it around."""
    match value:
        case str():
            return visible(value, limit=None)
        case dict():
            return {_visible(name): _visible(item) for name, item in value.items()}
        case list():
            return list(map(_visible, value))
    return value


def _links(contents: RunContents, folder: str | None) -> dict[str, str]:
    """Name of each file of the run, and of the log, to its path beside the report."""
    if folder is None:
        return {}
    links = {
        file.name: f"{folder}/{name}"
        for file, name in zip(contents.files, names_beside(contents), strict=True)
    }
    if contents.has_long_log:
        links[""] = f"{folder}/{log_name(contents)}"
    return links


def _title(contents: RunContents) -> NotebookNode:
    record = contents.record
    when = f"{record.created.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    text = (
        f"# {markdown_text(record.job_name)}\n\n"
        f"Report of the run `{record.run_id}`, started by {markdown_text(record.user)} on {when}. "
        "Its inputs are in the next cell, and the last cell runs the job again."
    )
    cell: NotebookNode = new_markdown_cell(text, id=_id(contents, "title"), metadata=_role("title"))
    return cell


def _section(contents: RunContents, section: Section) -> NotebookNode:
    cell = _code(contents, section.role, f"# {section.title}")
    cell.metadata["tags"] = [FOLDED]
    cell.metadata["jupyter"] = {"source_hidden": True}
    cell.outputs = list(_outputs(section.outputs))
    return cell


def _outputs(outputs: Sequence[Mapping[str, Any]]) -> Iterator[NotebookNode]:
    for output in outputs:
        if "ename" in output:
            yield new_output("error", **output)
        else:
            yield new_output("display_data", data=dict(output))


def _code(contents: RunContents, role: str, source: str) -> NotebookNode:
    cell: NotebookNode = new_code_cell(source, id=_id(contents, role), metadata=_role(role))
    return cell


def _role(role: str) -> dict[str, Any]:
    return {"jobnb": {"role": role}}


def _id(contents: RunContents, role: str) -> str:
    return f"{role}-{contents.record.run_id[:8]}"
