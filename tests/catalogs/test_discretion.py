from __future__ import annotations

from types import SimpleNamespace

import pytest

from jobnb.catalogs.discretion import discreet, masker_for

JOB = SimpleNamespace(
    variables=[
        SimpleNamespace(name="who", sensitive=False),
        SimpleNamespace(name="password", sensitive=True),
        SimpleNamespace(name="token", sensitive=True),
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
