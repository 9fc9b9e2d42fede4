"""What the words of a command line or of the magic say."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from jobnb.errors import InvalidInput, InvalidSearch, RunRefused
from jobnb.handles.giving.outgoing import outgoing_inputs
from jobnb.handles.giving.unusable import problems_in, refuse_unusable
from jobnb.handles.words import parse_duration, parse_inputs, split_options


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
    [found] = problems_in(parse_inputs(job, words))[name]

    assert complaint in found


def test_what_is_wrong_with_words_is_told_with_all_else(job):
    def refuse(_job, inputs):
        raise InvalidInput("Import", {name: ["is wrong."] for name in ("who", "nope")})

    inputs = parse_inputs(job, ["password=@/nope", "who=x", "nope=1", "junk"])
    with outgoing_inputs(job, inputs, 10) as outgoing, pytest.raises(InvalidInput) as caught:
        outgoing.clean(refuse)

    assert list(caught.value.problems) == ["who", "password", "nope", "junk"]


def test_a_form_takes_no_words_that_are_no_inputs(job):
    with pytest.raises(InvalidInput, match="junk: is no input"):
        refuse_unusable("Import", parse_inputs(job, ["who=x", "junk"]))


def test_a_byte_of_a_file_that_is_no_text_is_not_quoted(job, tmp_path):
    (tmp_path / "key").write_bytes(b"\xfehunter2")

    [found] = problems_in(parse_inputs(job, [f"password=@{tmp_path / 'key'}"]))["password"]
    assert found == "the file cannot be read as text: it is not encoded as UTF-8."


def test_a_value_behind_a_name_that_is_none_is_not_repeated(job):
    problems = problems_in(parse_inputs(job, ["pass-word=hunter2"]))

    assert list(problems) == ["pass-word"]
    assert "hunter2" not in str(problems)


@pytest.mark.parametrize(
    ("text", "hours"),
    [("90d", 90 * 24), ("12h", 12), ("30m", 0.5), ("1.5 H", 1.5), ("2w", 336), ("36s", 0.01)],
)
def test_a_duration_is_a_number_and_a_unit(text, hours):
    assert parse_duration(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "90", "d", "-1d", "1y", "1d 2h", "9" * 30 + "w"])
def test_anything_else_is_refused_with_what_to_write(text):
    with pytest.raises(InvalidSearch, match="write it as 90d"):
        parse_duration(text)


def test_options_may_stand_anywhere_between_the_other_words():
    words = ["-q", "gpu", "Hello World", "who=x", "--profile", "count=-1", "--priority", "-3"]

    assert split_options(words) == (
        {"queue": "gpu", "profile": True, "priority": -3},
        ["Hello World", "who=x", "count=-1"],
    )


def test_every_option_has_its_words():
    words = ["--queue-timeout=1.5", "--key", "k", "--ignore-singleton-lock"]

    assert split_options(words) == (
        {"queue_timeout": 1.5, "key": "k", "ignore_singleton_lock": True},
        [],
    )


@pytest.mark.parametrize("words", [["--queu", "x"], ["-q"], ["--priority", "high"], ["--check"]])
def test_a_wrong_option_is_refused_with_those_that_there_are(words):
    with pytest.raises(RunRefused, match=r"There are: --queue, --queue-timeout, --priority"):
        split_options(words)
