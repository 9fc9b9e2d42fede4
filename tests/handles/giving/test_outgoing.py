from __future__ import annotations

from types import SimpleNamespace

import pytest

from jobnb.errors import InvalidInput
from jobnb.handles.giving.outgoing import check_files, outgoing_inputs
from jobnb.protocol import Cleaned, file_value

LIMIT = 1000


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "devices.csv"
    path.write_bytes(b"name\n")
    return path


@pytest.fixture
def job(make_job):
    return make_job(upload="FileVar")


def test_all_complaints_come_at_once_in_the_order_of_the_form(make_job, path):
    job = make_job(first="StringVar", upload="FileVar", last="StringVar")

    def refuse(_job, inputs):
        assert "upload" not in inputs
        raise InvalidInput(
            "Import", {"last": ["b"], "first": ["a"], "upload": ["required"], "x": []}
        )

    with (
        outgoing_inputs(job, {"upload": path.parent}, LIMIT) as outgoing,
        pytest.raises(InvalidInput) as caught,
    ):
        outgoing.clean(refuse)
    assert list(caught.value.problems) == ["first", "upload", "last", "x"]
    assert "Is a directory" in caught.value.problems["upload"][0]


def test_complaints_about_other_inputs_pass_unchanged(job, path):
    def refuse(_job, _inputs):
        raise InvalidInput("Import", {"who": ["This field is required."]})

    with (
        outgoing_inputs(job, {"upload": path}, LIMIT) as outgoing,
        pytest.raises(InvalidInput, match="who: This field is required"),
    ):
        outgoing.clean(refuse)


def test_a_file_that_is_neither_here_nor_in_the_store_is_refused(make_job):
    job = make_job(first="FileVar", second="FileVar")
    inputs = {"first": file_value("a.csv", "a" * 64, 1), "second": file_value("b.csv", "b" * 64, 1)}
    cleaned = Cleaned(inputs=inputs, files=("first", "second"))

    with pytest.raises(InvalidInput) as caught:
        check_files(job, cleaned, {"a" * 64: SimpleNamespace(size=1)}, lambda _digests: {})
    check_files(job, cleaned, {}, lambda digests: dict.fromkeys(digests, 1))
    assert caught.value.problems == {
        "second": ["The file 'b.csv' is not in the database any more; give it again."]
    }


def test_a_file_that_is_said_to_have_another_size_is_refused(job):
    cleaned = Cleaned(inputs={"upload": file_value("a.csv", "a" * 64, 1)}, files=("upload",))

    with pytest.raises(InvalidInput, match=r"upload: The file 'a.csv' has 3 bytes, not 1\."):
        check_files(job, cleaned, {}, lambda digests: dict.fromkeys(digests, 3))
