from __future__ import annotations

from types import SimpleNamespace

import pytest

from jobnb.engine.hosts.withheld import given_files, input_options, stored_inputs
from jobnb.protocol import Cleaned, file_value
from jobnb.store.values import GivenFile

JOB = SimpleNamespace(
    variables=[
        SimpleNamespace(name=name, sensitive=name != "who") for name in ("who", "password", "token")
    ]
)


def test_a_withheld_input_is_named_and_not_stored():
    inputs = {"who": "x", "password": "hunter2", "token": "env:TOKEN"}
    cleaned = Cleaned(inputs=inputs, withheld=("password",), references=("token",))

    assert stored_inputs(cleaned) == {"who": "x", "token": "env:TOKEN"}
    assert input_options(JOB, cleaned) == {
        "withheld": ["password"],
        "references": ["token"],
        "sensitive": ["password", "token"],
    }


@pytest.mark.parametrize("empty", ["", None, [], {}])
def test_an_empty_input_keeps_no_secret(empty):
    cleaned = Cleaned(inputs={"password": empty}, withheld=("password",))

    assert stored_inputs(cleaned) == {"password": empty}
    assert "withheld" not in input_options(JOB, cleaned)


@pytest.mark.parametrize("value", [0, False])
def test_nought_and_no_are_values(value):
    assert stored_inputs(Cleaned(inputs={"who": value}, withheld=("who",))) == {}


def test_a_job_without_secrets_has_no_options():
    assert input_options(SimpleNamespace(variables=[]), Cleaned(inputs={"who": "x"})) == {}


def test_files_are_known_by_their_inputs():
    cleaned = Cleaned(
        inputs={"upload": file_value("a.csv", "ab", 3), "other": None}, files=("upload",)
    )

    assert given_files(cleaned) == (
        GivenFile(name="upload", file_name="a.csv", digest="ab", size=3),
    )


def test_inputs_are_not_in_the_repr():
    assert "hunter2" not in repr(Cleaned(inputs={"password": "hunter2"}))


def test_a_reference_is_stored_although_its_input_is_sensitive():
    inputs = {"token": "env:TOKEN"}
    cleaned = Cleaned(inputs=inputs, withheld=("token",), references=("token",))

    assert stored_inputs(cleaned) == inputs
    assert "withheld" not in input_options(JOB, cleaned)
