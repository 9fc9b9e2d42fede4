from __future__ import annotations

from pathlib import Path

import pytest

from jobnb.errors import InvalidInput
from jobnb.handles.words import parse_inputs


@pytest.fixture
def job(make_job):
    return make_job(who="StringVar", upload="FileVar", password=("SecretVar", {"sensitive": True}))


@pytest.mark.parametrize(
    ("word", "inputs"),
    [
        ("who=x", {"who": "x"}),
        ("who=", {"who": ""}),
        ("who=a=b", {"who": "a=b"}),
        ("who=@@home", {"who": "@home"}),
        ("other=x", {"other": "x"}),
        ("password=env:TOKEN", {"password": "env:TOKEN"}),
        ("upload=devices.csv", {"upload": Path("devices.csv")}),
        ("upload=@devices.csv", {"upload": Path("devices.csv")}),
        ("upload=@@devices.csv", {"upload": Path("@devices.csv")}),
        ("upload=~/devices.csv", {"upload": Path.home() / "devices.csv"}),
        ("upload=", {"upload": ""}),
    ],
)
def test_a_word_is_an_input(job, word, inputs):
    assert parse_inputs(job, [word]) == inputs


@pytest.mark.parametrize(
    ("name", "text"), [("who", "hunter2\n\n"), ("password", "hunter2\n"), ("other", "hunter2\n\n")]
)
def test_the_text_of_a_file_loses_its_last_line_end_only_if_it_is_a_secret(
    job, tmp_path, name, text
):
    path = tmp_path / "text"
    path.write_text("hunter2\n\n")

    assert parse_inputs(job, [f"{name}=@{path}"]) == {name: text}


@pytest.mark.parametrize(
    ("words", "name", "complaint"),
    [
        (["who"], "who", "write it as name=value"),
        (["=x"], "=x", "write it as name=value"),
        (["who=x", "who=y"], "who", "is given twice"),
        (["who=@/no/such/file"], "who", "cannot be read as text"),
    ],
)
def test_a_word_that_is_no_input_is_refused(job, words, name, complaint):
    with pytest.raises(InvalidInput) as caught:
        parse_inputs(job, words)

    [found] = caught.value.problems[name]
    assert complaint in found


def test_a_value_behind_a_name_that_is_none_is_not_repeated(job):
    with pytest.raises(InvalidInput) as caught:
        parse_inputs(job, ["pass-word=hunter2"])

    assert "hunter2" not in str(caught.value)
