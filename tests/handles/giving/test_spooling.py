from __future__ import annotations

import hashlib
import io
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobnb.errors import InvalidInput, UploadRefused
from jobnb.handles.giving.outgoing import outgoing_inputs
from jobnb.handles.giving.spooling import spool_path
from jobnb.handles.giving.uploads import Upload, UploadWriter
from jobnb.handles.results.files import ResultFile
from jobnb.protocol import PIECE, Cleaned, file_value
from jobnb.store.values import FileRecord

DATA = bytes(index % 251 for index in range(2 * PIECE + 7))
DIGEST = hashlib.sha256(DATA).hexdigest()
LIMIT = 10 * PIECE


@pytest.fixture(autouse=True)
def _spools_in(tmp_path, monkeypatch):
    (tmp_path / "spools").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "spools"))


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "devices.csv"
    path.write_bytes(DATA)
    return path


def content_of(upload):
    return b"".join(upload.read_piece(start, PIECE) for start in range(0, upload.size, PIECE))


def taken(job, value, limit=LIMIT):
    """What becomes of one input of a job with a FileVar ``upload``."""
    with outgoing_inputs(job, {"upload": value}, limit) as outgoing:
        cleaned = outgoing.clean(lambda _job, inputs: Cleaned(inputs=dict(inputs)))
        contents = {digest: content_of(item) for digest, item in outgoing.uploads.items()}
    return cleaned.inputs["upload"], contents


@pytest.fixture
def job(make_job):
    return make_job(upload="FileVar")


@pytest.mark.parametrize(
    "wrap", [Path, lambda path: path.read_bytes(), lambda path: path.open("rb")]
)
def test_a_path_bytes_and_an_open_file_are_files(job, path, wrap):
    given = wrap(path)
    value, contents = taken(job, given)
    if hasattr(given, "close"):
        assert not given.closed
        given.close()

    assert (value["digest"], value["size"]) == (DIGEST, len(DATA))
    assert contents == {DIGEST: DATA}


def test_a_path_below_home_is_found(job, path, monkeypatch):
    monkeypatch.setenv("HOME", str(path.parent))

    assert taken(job, Path("~/devices.csv"))[0]["file"] == "devices.csv"


@pytest.mark.parametrize(
    ("options", "name"), [({}, "upload"), ({"accept": [".csv", ".txt"]}, "upload.csv")]
)
def test_bytes_are_called_as_their_input(make_job, options, name):
    job = make_job(upload=("FileVar", {"options": options}))

    assert taken(job, b"")[0]["file"] == name
    assert taken(job, io.BytesIO(b"x"))[0]["file"] == name


def test_an_open_file_is_read_from_where_it_stands(job):
    file = io.BytesIO(b"skip rest")
    file.seek(5)

    assert list(taken(job, file)[1].values()) == [b"rest"]


def test_a_file_of_an_earlier_run_needs_no_upload(job):
    record = FileRecord(name="a.csv", size=3, digest="ab" * 32, created=datetime.now(UTC))

    assert taken(job, ResultFile(None, "1", record)) == (file_value("a.csv", "ab" * 32, 3), {})


@pytest.mark.parametrize("value", [file_value("a.csv", "ab" * 32, 3), "devices.csv", None, 7])
def test_everything_else_is_left_to_the_variable(job, value):
    assert taken(job, value) == (value, {})


def test_only_variables_for_files_take_files(make_job, path):
    assert taken(make_job(upload="StringVar"), path) == (path, {})


def test_an_upload_may_be_given_to_several_runs(job, path):
    with spool_path(path, LIMIT) as upload:
        assert [taken(job, upload)[1] for _ in range(2)] == [{DIGEST: DATA}] * 2


def test_after_a_run_nothing_is_left_in_the_spool(job, path):
    with outgoing_inputs(job, {"upload": path}, LIMIT) as outgoing:
        [upload] = outgoing.uploads.values()

    with pytest.raises(ValueError, match="closed file"):
        upload.read_piece(0, 1)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.with_name("other.csv"), "other.csv' cannot be read: No such file"),
        (lambda path: path.parent, "cannot be read: Is a directory"),
        (lambda path: path.with_name("pipe"), "is no file"),
        (lambda path: io.StringIO("text"), 'open it with mode "rb"'),
        (lambda path: TextReader(), 'open it with mode "rb"'),
        (lambda path: closed_file(), "cannot be read: I/O operation on closed file"),
        (lambda path: at_its_end(), r"is at its end: call seek\(0\)"),
        (lambda path: Failing(EOFError("ended early")), "cannot be read: ended early"),
        (lambda path: Failing(RuntimeError()), "cannot be read: RuntimeError"),
        (lambda path: Failing(None), "does not wait for its content"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(job, path, make, words):
    os.mkfifo(path.with_name("pipe"))  # nobody writes into it
    with pytest.raises(InvalidInput, match=words) as caught:
        taken(job, make(path))

    assert list(caught.value.problems) == ["upload"]


class TextReader:
    def read(self, size):
        return "text"


def test_an_open_file_that_shrinks_while_it_is_read_is_refused(job, path):
    with (
        Shrinking(path, "r+b") as file,
        pytest.raises(InvalidInput, match="changed while it was read"),
    ):
        taken(job, file)


class Failing:
    def __init__(self, outcome):
        self.outcome = outcome

    def read(self, size):
        if self.outcome is not None:
            raise self.outcome


class Shrinking(io.FileIO):
    def read(self, size=-1):
        piece = super().read(size)
        self.truncate(PIECE)
        return piece


def closed_file():
    file = io.BytesIO(b"x")
    file.close()
    return file


def at_its_end():
    file = io.BytesIO()
    file.write(b"x")
    return file


def open_file(path):
    return io.BytesIO(path.read_bytes())


@pytest.mark.parametrize("limits", [(10, {}), (LIMIT, {"max_size": 10})])
@pytest.mark.parametrize(
    "wrap", [Path, Path.read_bytes, open_file, lambda path: spool_path(path, LIMIT)]
)
def test_a_file_beyond_a_limit_is_refused(make_job, path, limits, wrap):
    limit, options = limits
    job = make_job(upload=("FileVar", {"options": options}))
    given = wrap(path)

    with pytest.raises(InvalidInput, match=r": '[\w.]+' is larger than 10 bytes"):
        taken(job, given, limit)
    if isinstance(given, Upload):
        given.close()


@pytest.mark.parametrize("change", ["shrinks", "grows", "is rewritten"])
def test_a_file_that_changes_while_it_is_read_is_refused(path, monkeypatch, change):
    write = UploadWriter.write

    def change_once(writer, piece):
        monkeypatch.setattr(UploadWriter, "write", write)
        if change == "shrinks":
            os.truncate(path, PIECE + 1)
        elif change == "grows":
            with path.open("ab") as file:
                file.write(b"more")
        else:
            path.write_bytes(bytes(len(DATA)))
            os.utime(path, ns=(1, 1))
        return writer.write(piece)

    monkeypatch.setattr(UploadWriter, "write", change_once)
    with pytest.raises(UploadRefused, match="changed while it was read"):
        spool_path(path, LIMIT)
