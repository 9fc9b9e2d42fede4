from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from jobnb.engine.attempts.delivery import LONGEST_SECRET, InputMissing, deliver, masker_of, resolve
from jobnb.store.values import GivenFile

SECRET = "hunter2 \n"


def record(**options):
    return SimpleNamespace(options=options)


def resolved(reference, environment=None):
    inputs = {"password": reference, "who": "env:NOBODY"}
    return resolve(["password"], inputs, environment or {})


def test_a_variable_of_the_environment_is_taken_as_it_is():
    assert resolved("env:TOKEN", {"TOKEN": SECRET}) == {"password": SECRET}


@pytest.mark.parametrize(
    ("content", "value"),
    [("a", "a"), ("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), (" a \n", " a "), ("a\r", "a\r")],
)
def test_a_file_gives_its_text_without_the_last_line_end(tmp_path, content, value):
    path = tmp_path / "secret"
    path.write_bytes(content.encode())

    assert resolved(f"file:{path}") == {"password": value}


def test_a_file_below_home_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "token").write_text("abc")

    assert resolved("file:~/token") == {"password": "abc"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("none", "there is no file"),
        ("", "there is no file"),
        ("binary", "is no UTF-8 text"),
        ("huge", f"has more than {LONGEST_SECRET} bytes"),
        ("pipe", "there is no file"),
    ],
)
def test_a_file_that_cannot_be_a_secret_is_said_to_be_so_without_its_content(tmp_path, name, words):
    (tmp_path / "binary").write_bytes(b"hunter2\xff")
    (tmp_path / "huge").write_bytes(b"x" * (LONGEST_SECRET + 1))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputMissing, match=words) as caught:
        resolved(f"file:{tmp_path / name}")

    assert f"Input 'password' is 'file:{tmp_path / name}'" in str(caught.value)
    assert "hunter2" not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_a_missing_variable_is_named():
    with pytest.raises(InputMissing, match="the worker has no environment variable 'TOKEN'"):
        resolved("env:TOKEN")


def test_only_sensitive_inputs_are_masked():
    masker = masker_of(
        record(sensitive=["token", "gone"]), {"token": "hunter2", "who": "everybody"}
    )

    assert masker("hunter2 everybody") == "******** everybody"


def given(name, file_name):
    return GivenFile(name=name, file_name=file_name, digest="", size=2)


def test_files_are_written_each_under_its_own_name(tmp_path):
    files = [given("first", "a.csv"), given("second", "a.csv")]
    paths = deliver(files, tmp_path, lambda file: iter([file.name.encode(), b"!"]))

    assert [Path(path).name for path in paths.values()] == ["a.csv", "a.csv"]
    assert {name: Path(path).read_bytes() for name, path in paths.items()} == {
        "first": b"first!",
        "second": b"second!",
    }


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(InputMissing, match="'first': the worker cannot write its file"):
        deliver([given("first", "a.csv")], tmp_path / "none", lambda _file: iter([]))
