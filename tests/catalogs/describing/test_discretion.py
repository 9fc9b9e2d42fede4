from __future__ import annotations

from types import SimpleNamespace

import pytest

from jobnb.catalogs.describing.discretion import discreet, masker_for

JOB = SimpleNamespace(
    variables=[
        SimpleNamespace(name="who", type="StringVar", sensitive=False),
        SimpleNamespace(name="password", type="SecretVar", sensitive=True),
        SimpleNamespace(name="token", type="TableVar", sensitive=True),
    ]
)
INPUTS = {"who": "everybody", "password": "hunter2"}


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        ({"error": "KeyError: hunter2"}, {"error": "KeyError: ********"}),
        (
            {"problems": {"password": ["'hunter2' is bad"], "who": ["not everybody"]}},
            {"problems": {"password": ["'********' is bad"], "who": ["not everybody"]}},
        ),
        ({"inputs": {"password": "hunter2"}}, {"inputs": {"password": "hunter2"}}),
    ],
)
def test_complaints_and_errors_quote_no_sensitive_input(reply, shown):
    assert discreet(reply, masker_for(JOB, INPUTS)) == shown


@pytest.mark.parametrize(
    "text", ["a,b\nhunter2,x\n", 'a;b\r\n"hunter2";x', '[{"a": "hunter2"}]', [{"a": "hunter2"}]]
)
def test_a_cell_of_a_sensitive_table_is_not_quoted(text):
    masker = masker_for(JOB, {"token": text})

    assert discreet({"error": "KeyError: hunter2"}, masker) == {"error": "KeyError: ********"}
