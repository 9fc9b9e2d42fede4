"""What a job has chosen acts in no terminal, and is kept as it was."""

from __future__ import annotations

import re

import pytest

from jobnb.store.results import Results
from tests.runs import hostile_run

HOSTILE = (
    "<script>alert(1)</script>\x1b[2J\x1b]0;title\x07\x9b31m\x08\r"
    "\u202e\u2066\u2028\ud83d\udc80 \0 end"
)
ACTS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\ud800-\udfff]")


@pytest.fixture
def hostile(database):
    """Id of a run in which everything that a job can choose is hostile."""
    files = {f"{HOSTILE}.txt": HOSTILE.encode("utf-8", "surrogatepass")}
    return hostile_run(database, HOSTILE, value='"\\u001b[2J"', files=files)


@pytest.mark.parametrize(
    "words",
    [
        "results",
        "results --text title",
        "log RUN",
        "log -f RUN",
        "files RUN",
        "compare RUN RUN",
        "cancel RUN",
    ],
)
def test_no_terminal_is_reached_by_it(jobnb, hostile, words):
    told = jobnb(*words.replace("RUN", hostile).split())

    assert told.exit_code == 0
    assert not ACTS.search(told.output)
    assert told.output


def test_its_source_is_exact_in_a_file_and_harmless_in_a_terminal(jobnb, hostile, monkeypatch):
    into_a_file = jobnb("source", hostile).output
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True)
    on_a_terminal = jobnb("source", hostile).output

    assert "\x1b[2J" in into_a_file
    assert "<script>" in on_a_terminal
    assert not ACTS.search(on_a_terminal)


def test_it_is_kept_as_it_was(database, hostile):
    [first, second, third] = Results(database).entries.read(hostile)

    kept = HOSTILE.encode("utf-8", "backslashreplace").decode()
    assert [first.message, first.object, third.message] == [kept] * 3
    assert second.message == kept + "x" * 1_000_000
