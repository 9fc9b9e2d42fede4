"""Whether a report is still what the database holds."""

from __future__ import annotations

import nbformat
import pytest
from sqlalchemy import delete, update

from jobnb.errors import ReportRefused
from jobnb.reports.verification import verify_report
from jobnb.reports.writing import write_report
from jobnb.store.tables.models import entry, job_result


@pytest.fixture
def written(reader, run, tmp_path):
    """A report as a notebook, and what changes it."""
    path = write_report(reader, run(), tmp_path / "disk.ipynb")

    def change(alter):
        notebook = nbformat.read(path, as_version=4)
        alter(notebook)
        nbformat.write(notebook, path)
        return verify_report(reader, path)

    return path, change


@pytest.mark.parametrize("name", ["disk.ipynb", "disk.html"])
def test_a_report_is_what_the_database_holds(reader, run, tmp_path, name):
    found = verify_report(reader, write_report(reader, run(), tmp_path / name))

    assert found
    assert found.differences == []
    assert "is what the database holds" in repr(found)


def test_what_a_front_end_does_by_saving_changes_nothing(written):
    def save(notebook):
        notebook.metadata.kernelspec = {"name": "other", "display_name": "O", "language": "python"}
        notebook.metadata.language_info.version = "3.14.0"
        for cell in notebook.cells:
            cell.metadata["trusted"] = True

    assert written[1](save)


@pytest.mark.parametrize(
    ("alter", "said"),
    [
        (lambda cells: cells.pop(4), "Cell 'log' is missing."),
        (lambda cells: cells[0].update(source="# Other"), "Cell 'title': its text was changed: '"),
        (lambda cells: cells[1].update(source="who = 2"), "Cell 'parameters': its text was"),
        (
            lambda cells: cells[4].outputs[0].data.update({"text/plain": "fine"}),
            "Cell 'log': its output was changed: 'fine' instead of '",
        ),
        (
            lambda cells: cells[4].outputs[0].data.update({"text/html": "<b>fine</b>"}),
            "Cell 'log': its output was changed: 'fine' instead of '",
        ),
        (
            lambda cells: cells.insert(2, nbformat.v4.new_markdown_cell("I add")),
            "Cell 3 was added.",
        ),
        (lambda cells: cells.reverse(), "The cells are in another order."),
    ],
)
def test_what_differs_is_named(written, alter, said):
    found = written[1](lambda notebook: alter(notebook.cells))

    assert not found
    assert [text for text in found.differences if text.startswith(said)]


def test_a_changed_metadata_is_named(written):
    found = written[1](lambda notebook: notebook.metadata.jobnb.parameters.update(who="Eve"))

    assert found.differences == ["What it says of itself as 'parameters' was changed."]


@pytest.mark.parametrize("change", ["write_text", "unlink"])
def test_changed_files_beside_it_are_named(reader, written, change):
    beside = written[0].parent / "disk_files" / "disks.csv"
    getattr(beside, change)(*(["x"] if change == "write_text" else []))
    found = verify_report(reader, written[0])

    assert len(found.differences) == 1
    assert "disk_files/disks.csv" in found.differences[0]


def test_a_file_that_lies_beside_it_without_being_of_the_run_is_named(reader, written):
    beside = written[0].parent / "disk_files"
    (beside / ".ipynb_checkpoints").mkdir()
    (beside / "more\u202e.csv").touch()

    assert verify_report(reader, written[0]).differences == [
        "File disk_files/more\\u202e.csv was added."
    ]


def test_a_changed_page_is_told(reader, run, tmp_path):
    path = write_report(reader, run(), tmp_path / "disk.html")
    path.write_text(path.read_text().replace("nearly full", "nearly empty"))

    [told] = verify_report(reader, path).differences
    assert told.startswith("The page was changed after it was written: '")
    assert "nearly empty" in told.partition(" instead of ")[0]


def test_another_truth_in_the_database_is_told(reader, store, written):
    with store.write() as connection:
        connection.execute(update(entry).values(message="something else"))

    differences = verify_report(reader, written[0]).differences
    assert [text for text in differences if text.startswith("Cell 'log': its output was changed: ")]


def test_a_run_that_was_removed_is_told(reader, store, written):
    with store.write() as connection:
        connection.execute(delete(job_result))

    assert "The database has no run" in verify_report(reader, written[0]).differences[0]


@pytest.mark.parametrize("content", [None, "", "{}", "x"])
def test_of_what_is_no_report_nothing_is_said(reader, tmp_path, content):
    path = tmp_path / "other.ipynb"
    if content is not None:
        path.write_text(content)

    with pytest.raises(ReportRefused):
        verify_report(reader, path)
