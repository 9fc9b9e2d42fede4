from __future__ import annotations

import pytest

from jobnb.protocol.references import is_reference, read_reference


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("env:TOKEN", ("env", "TOKEN")),
        ("env:_a1", ("env", "_a1")),
        ("file:/run/secrets/a b", ("file", "/run/secrets/a b")),
        ("file:~/token", ("file", "~/token")),
        ("text:env:TOKEN", ("text", "env:TOKEN")),
        ("text:", ("text", "")),
    ],
)
def test_a_reference_is_read(text, found):
    assert read_reference(text) == found


@pytest.mark.parametrize(
    "text",
    [
        *("", "env:", "env:1A", "env:A-B", "env: A", "ENV:A", "env:É", "file:", "file:token"),
        *(
            "file:~ada/token",
            "file:./token",
            "textenv:A",
            "https://a",
            " env:A",
            None,
            7,
            ["env:A"],
        ),
    ],
)
def test_everything_else_is_the_value_itself(text):
    assert read_reference(text) is None


@pytest.mark.parametrize(("text", "is_one"), [("env:A", True), ("text:env:A", False), ("a", False)])
def test_a_literal_is_found_where_it_is(text, is_one):
    assert is_reference(text) is is_one
