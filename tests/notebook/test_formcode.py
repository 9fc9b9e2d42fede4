from __future__ import annotations

import pytest

from jobnb.notebook.formcode import as_code
from tests.notebook.formjob import job, variable


def call(code: str) -> str:
    return code[code.index("jobnb.run(") :]


@pytest.mark.parametrize(
    ("described", "value", "argument"),
    [
        (variable("x"), 'say "hi"', r'x="say \"hi\""'),
        (variable("x"), "two\nlines", r"x='two\nlines'"),
        (variable("x", "IntegerVar", default=1), 2, "x=2"),
        (variable("x", "IntegerVar", default=1), True, "x=True"),
        (variable("x", default="a"), "", 'x=""'),
        (variable("x", "IntegerVar"), 0, "x=0"),
        (variable("x", "BooleanVar"), False, "x=False"),
        (variable("x", "MultiChoiceVar"), [], "x=[]"),
        (variable("x", "JSONVar", default=[1]), [True], "x=[True]"),
        (variable("x", "JSONVar"), {"a": [None, "b"]}, 'x={"a": [None, "b"]}'),
    ],
)
def test_an_input_is_written_as_python(described, value, argument):
    assert call(as_code(job(described), {"x": value})) == f'jobnb.run("Hello World", {argument})'


@pytest.mark.parametrize(
    ("described", "inputs"),
    [
        (variable("x", default="a"), {"x": "a"}),
        (variable("x"), {"x": ""}),
        (variable("x"), {}),
        (variable("x", sensitive=True), {"x": ""}),
    ],
)
def test_what_has_its_default_is_left_out(described, inputs):
    assert call(as_code(job(described), inputs)) == 'jobnb.run("Hello World")'


def test_a_secret_becomes_a_reference():
    code = as_code(job(variable("api_token", sensitive=True)), {"api_token": "s3cret"})

    assert call(code) == 'jobnb.run("Hello World", api_token="env:API_TOKEN")'
    assert "s3cret" not in code


def test_a_reference_stays_what_it_is():
    code = as_code(job(variable("token", sensitive=True)), {"token": "file:/run/token"})

    assert 'token="file:/run/token"' in code


def test_a_file_becomes_a_path():
    stored = {"file": "devices.csv", "digest": "0" * 64, "size": 3}
    code = as_code(job(variable("upload", "FileVar")), {"upload": stored})

    assert code.startswith("from pathlib import Path\nimport jobnb\n")
    assert 'upload=Path("devices.csv")' in code


def test_a_long_call_has_a_line_for_each_input():
    described = job(variable("first"), variable("second"))
    code = as_code(described, {"first": "x" * 50, "second": "y" * 50})

    assert call(code).splitlines()[1:3] == ['    "Hello World",', f'    first="{"x" * 50}",']
    assert compile(code, "code", "exec")
