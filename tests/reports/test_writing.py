"""Reports on the disk: what is written where, and what is never lost."""

from __future__ import annotations

import json
import re
import sys

import nbformat
import pytest

from jobnb.errors import LibraryMissing, NotFinished, ReportRefused, ResultNotFound
from jobnb.reports import contents
from jobnb.reports.writing import write_report
from jobnb.store.results import Results
from jobnb.store.values import NewRun
from tests.reports.conftest import CSV
from tests.runs import log_line, torn_run


@pytest.fixture
def write(reader, tmp_path):
    return lambda run_id, name="disk.ipynb", **options: write_report(
        reader, run_id, tmp_path / name, **options
    )


def test_a_notebook_is_written_with_its_files_beside_it(write, run, tmp_path):
    path = write(run())
    notebook = nbformat.read(path, as_version=4)

    assert path == tmp_path / "disk.ipynb"
    assert (tmp_path / "disk_files" / "disks.csv").read_bytes() == CSV
    assert 'href="disk_files/disks.csv"' in path.read_text().replace('\\"', '"')
    assert notebook.metadata.jobnb.files == {
        "disks.csv": {
            "size": len(CSV),
            "sha256": notebook.metadata.jobnb["files"]["disks.csv"]["sha256"],
        }
    }


def test_without_files_nothing_is_beside_it(write, run, tmp_path):
    path = write(run(), files=False)

    assert not (tmp_path / "disk_files").exists()
    assert "href" not in path.read_text()


def test_names_of_files_are_safe_and_each_is_kept(write, run, tmp_path):
    files = {"a\u202eb.txt": b"1", "A.csv": b"2", "a.csv": b"3", "log.txt": b"4"}
    write(run(*(log_line("x") for _ in range(2001)), files=files))

    assert sorted(path.name for path in (tmp_path / "disk_files").iterdir()) == [
        *("A.csv", "a (2).csv", "a_b.txt", "log (2).txt", "log.txt")
    ]
    assert (tmp_path / "disk_files" / "log.txt").read_bytes() == b"4"
    assert len((tmp_path / "disk_files" / "log (2).txt").read_text().splitlines()) == 2001


def test_the_whole_log_goes_on_after_lost_lines(write, store, tmp_path, monkeypatch):
    monkeypatch.setattr(contents, "MOST_ENTRIES", 2)
    monkeypatch.setattr(contents, "_PAGE", 2)
    write(torn_run(store))

    lines = (tmp_path / "disk_files" / "log.txt").read_text().splitlines()
    assert [line[-1] for line in lines] == ["1", "2", "7", "8"]


def test_the_same_report_again_is_the_same_bytes(write, run, tmp_path):
    run_id = run()
    for name in ("disk.ipynb", "disk.html"):
        first = write(run_id, name).read_bytes()

        assert write(run_id, name).read_bytes() == first


def test_a_report_takes_the_place_of_an_older_one_with_its_files(write, run, tmp_path):
    write(run(files={"old.csv": b"1", "same.csv": b"1"}))
    write(run(files={"new.csv": b"1", "same.csv": b"2"}))

    assert sorted(path.name for path in (tmp_path / "disk_files").iterdir()) == [
        *("new.csv", "same.csv")
    ]
    assert (tmp_path / "disk_files" / "same.csv").read_bytes() == b"2"


@pytest.mark.parametrize("name", ["disk.ipynb", "disk.html"])
@pytest.mark.parametrize("content", ["", "my own notes", "{}", '{"metadata": {"jobnb": {}}}'])
def test_what_is_no_report_is_never_replaced(write, run, tmp_path, name, content):
    (tmp_path / name).write_text(content)

    with pytest.raises(ReportRefused, match="is no report of jobnb; nothing was written"):
        write(run(), name)
    assert (tmp_path / name).read_text() == content
    assert not (tmp_path / "disk_files").exists()
    assert write(run(), name, overwrite=True).read_text() != content


@pytest.mark.parametrize("name", ["disk.ipynb", "disk.html"])
def test_a_report_with_somebodys_notes_is_not_replaced(write, run, name):
    path = write(run(), name)
    path.write_text(path.read_text().replace("Report of the run", "Mind this: the run"))

    with pytest.raises(ReportRefused, match="somebody has changed"):
        write(run(), name)
    assert "Mind this" in path.read_text()


def test_a_file_of_somebody_else_beside_it_is_not_replaced(write, run, tmp_path):
    (tmp_path / "disk_files").mkdir()
    (tmp_path / "disk_files" / "disks.csv").write_text("mine")

    with pytest.raises(ReportRefused, match=r"disks.csv.* is of no report"):
        write(run())
    assert not (tmp_path / "disk.ipynb").exists()
    write(run(), overwrite=True)
    assert (tmp_path / "disk_files" / "disks.csv").read_bytes() == CSV


def test_a_changed_file_of_the_report_before_is_not_replaced(write, run, tmp_path):
    write(run())
    (tmp_path / "disk_files" / "disks.csv").write_text("changed")

    with pytest.raises(ReportRefused):
        write(run())


def test_a_manifest_that_points_elsewhere_removes_nothing(write, run, tmp_path):
    path = write(run())
    (tmp_path / "precious.txt").write_text("x")
    notebook = nbformat.read(path, as_version=4)
    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    notebook.metadata.jobnb.files["../precious.txt"] = {"size": 1, "sha256": digest}
    nbformat.write(notebook, path)
    write(run(), overwrite=True)

    assert (tmp_path / "precious.txt").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [("disk.pdf", "printed into a PDF"), ("disk", "not 'disk'"), ("folder.ipynb", "is a folder")],
)
def test_what_no_report_can_be_is_refused(write, run, tmp_path, name, said):
    (tmp_path / "folder.ipynb").mkdir()

    with pytest.raises(ReportRefused, match=said):
        write(run(), name)


def test_a_folder_that_is_not_there_is_not_made(write, run):
    with pytest.raises(FileNotFoundError, match="There is no folder"):
        write(run(), "away/disk.ipynb")


def test_a_run_that_works_has_no_report_yet(write, run, store):
    record = Results(store).get(run())
    names = NewRun.__dataclass_fields__.keys() - {"files", "lock_limit"}
    values = {name: getattr(record, name) for name in names} | {"run_id": "w" * 36}
    Results(store).create(NewRun(**values))

    with pytest.raises(NotFinished, match=r"call wait\(\) first"):
        write("w" * 36)


def test_a_run_that_is_not_there_has_none(write):
    with pytest.raises(ResultNotFound):
        write("0" * 36)


def test_a_page_needs_nothing_but_itself_and_may_run_nothing(write, run):
    text = write(run(), "disk.html").read_text()

    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in text
    assert not re.findall(r"<script|<link|@import|url\(|src=\"(?!data:)|https?://", text)
    assert len(text) < 60_000
    assert "class" in text
    assert "Run it again" in text
    assert "# Summary" not in text


def test_without_nbconvert_it_is_said_what_to_install(write, run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "nbconvert", None)

    with pytest.raises(LibraryMissing, match="pip install nbconvert"):
        write(run(), "disk.html")
    assert list(tmp_path.glob("disk*")) == []


def test_the_metadata_says_of_which_run_it_is(write, run):
    run_id = run()
    told = json.loads(write(run_id).read_text())["metadata"]["jobnb"]

    assert (told["schema"], told["run"]["id"]) == (1, run_id)
    assert told["parameters"] == {"who": "Ada", "count": 3}
