from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobnb.protocol import file_value, is_file_value, safe_file_name
from jobnb.protocol.input_files import LONGEST_NAME

DIGEST = "0" * 64


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("devices.csv", "devices.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\data\\devices.csv", "devices.csv"),
        ("a\x00b\nc\x1b.txt", "a_b_c_.txt"),
        ("gnp.\u202ecod.exe", "gnp._cod.exe"),
        ("caf\udce9.txt", "caf_.txt"),
        ("söße ☃.txt", "söße ☃.txt"),
        (".env", ".env"),
        *((name, "file") for name in ("", ".", "..", "a/", "a/..")),
    ],
)
def test_the_name_of_a_file_can_be_shown_and_stored_anywhere(name, safe):
    assert safe_file_name(name) == safe


@pytest.mark.parametrize("name", ["x" * 300 + ".csv", "ß" * 200 + ".csv", "a." + "b" * 300])
def test_a_long_name_keeps_its_beginning(name):
    safe = safe_file_name(name)

    assert len(safe.encode()) <= LONGEST_NAME
    assert safe.startswith(name[0])
    assert safe.endswith(".csv") == name.endswith(".csv")


@given(st.text(max_size=300))
def test_a_safe_name_is_a_name_and_stays_as_it_is(name):
    safe = safe_file_name(name)

    assert 0 < len(safe.encode()) <= LONGEST_NAME
    assert "/" not in safe
    assert safe_file_name(safe) == safe


def test_what_stands_for_a_file_is_known_as_such():
    assert is_file_value(file_value("a.csv", DIGEST, 0))


@pytest.mark.parametrize(
    "value",
    [
        None,
        "a.csv",
        {},
        {"file": "a.csv", "digest": DIGEST},
        {"file": "a.csv", "digest": DIGEST, "size": 1, "path": "/etc/passwd"},
        {"file": "../a.csv", "digest": DIGEST, "size": 1},
        {"file": "", "digest": DIGEST, "size": 1},
        {"file": "a.csv", "digest": DIGEST.upper() + "A", "size": 1},
        {"file": "a.csv", "digest": "F" * 64, "size": 1},
        {"file": "a.csv", "digest": DIGEST, "size": -1},
        {"file": "a.csv", "digest": DIGEST, "size": True},
        {"file": "a.csv", "digest": DIGEST, "size": 1.0},
    ],
)
def test_everything_else_stands_for_no_file(value):
    assert not is_file_value(value)
