from __future__ import annotations

import io
import json

import pytest

from jobnb.authoring.variables import Complaint, FileVar, InputFile, StringVar, UploadedFile
from jobnb.protocol import file_value

VALUE = file_value("Devices.CSV", "ab" * 32, 1000)


def test_what_stands_for_a_file_is_stored_as_it_is():
    variable = FileVar()
    stored = variable.clean(VALUE)

    assert json.loads(json.dumps(stored)) == stored == VALUE
    assert variable.clean(stored) == stored


def test_without_its_content_a_file_has_name_size_and_digest():
    live = FileVar().restore(VALUE)

    assert (live.name, live.size, live.digest) == ("Devices.CSV", 1000, "ab" * 32)
    assert FileVar().clean(live) == VALUE


@pytest.mark.parametrize("raw", [None, ""])
def test_a_file_that_is_missing_is_said_to_be_required(raw):
    with pytest.raises(Complaint, match="This field is required"):
        FileVar().clean(raw)


@pytest.mark.parametrize("method", ["clean", "restore"])
def test_an_optional_file_that_is_missing_is_none(method):
    assert getattr(FileVar(required=False), method)(None) is None


def test_a_required_file_that_is_not_stored_is_said_to_be_required():
    with pytest.raises(Complaint, match="This field is required"):
        FileVar().restore(None)


@pytest.mark.parametrize(
    "raw", ["devices.csv", "  ", 7, float("nan"), -0.0, True, [], {"file": "a"}, "x" * 1_000_000]
)
def test_everything_else_is_refused_with_what_to_give(raw):
    with pytest.raises(Complaint, match=r'Give a file: pathlib.Path\("devices.csv"\)'):
        FileVar().clean(raw)


@pytest.mark.parametrize(
    "variable", [FileVar(), FileVar(1000, [".csv"]), FileVar(accept=(".Csv",))]
)
def test_a_file_within_its_bounds_fits(variable):
    assert list(variable.faults()) == []
    assert variable.clean(VALUE) == VALUE


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        (FileVar(max_size=999), "Ensure this file has at most 999 bytes ('Devices.CSV' has 1000)."),
        (
            FileVar(accept=[".txt", ".json"]),
            "Ensure the name of this file ends with .txt or .json, not 'Devices.CSV'.",
        ),
    ],
)
def test_a_file_beyond_its_bounds_is_refused(variable, message):
    with pytest.raises(Complaint) as caught:
        variable.clean(VALUE)

    assert caught.value.messages == [message]


@pytest.mark.parametrize(
    ("variable", "fault"),
    [
        (FileVar(max_size=0), "max_size must be 1 or more, not 0"),
        (FileVar(max_size="1 MB"), "max_size must be a whole number of bytes, not '1 MB'"),
        (FileVar(max_size=True), "max_size must be a whole number of bytes, not True"),
        (FileVar(accept=".csv"), "accept must be a list of suffixes"),
        (FileVar(accept=["csv"]), "accept must be a list of suffixes"),
        (FileVar(accept=[]), "accept must be a list of suffixes"),
        (FileVar(default="a.csv"), "a file has no default"),
        (FileVar(sensitive=True), "a FileVar cannot be sensitive"),
    ],
)
def test_a_wrong_declaration_is_refused(variable, fault):
    [found] = variable.faults()

    assert fault in found


def test_a_file_whose_name_says_secret_needs_a_word_of_its_author():
    class Job:
        private_key = FileVar()
        tokens = FileVar(sensitive=False)

    [fault] = Job.private_key.faults()
    assert "its name says that it is secret" in fault
    assert list(Job.tokens.faults()) == []
    assert not Job.tokens.describe("tokens").sensitive


def test_bounds_are_described():
    described = FileVar(10, [".csv"], "Devices").describe("upload")

    assert described.options == {"max_size": 10, "accept": [".csv"]}
    assert (described.type, described.label) == ("FileVar", "Devices")


def test_only_a_file_is_one():
    assert (FileVar.is_file, StringVar.is_file) == (True, False)


def test_an_input_file_is_open_for_bytes_and_knows_where_it_is_from(tmp_path):
    path = tmp_path / "0"
    path.write_bytes(b"a,b\n1,2\n")
    uploaded = UploadedFile(name="devices.csv", size=8, digest="00")
    with InputFile(path, uploaded) as file:
        said = (file.name, file.path, file.size, file.digest, repr(file))

        assert isinstance(file, io.BufferedReader)
        assert said == ("devices.csv", path, 8, "00", "<InputFile 'devices.csv', 8 bytes>")
        assert file.readlines() == [b"a,b\n", b"1,2\n"]
