"""Commands that look at runs of before."""

from __future__ import annotations

import re

import pytest

from jobnb.protocol import Status
from tests.runs import finished_run, log_line


def rows(told):
    return [
        line.split()[0] for line in told.output.splitlines()[1:] if re.match("[0-9a-f]{8} ", line)
    ]


def test_the_flags_find_the_runs_of_a_search(jobnb, database):
    failed = {"status": Status.FAILURE, "detail": "no such device"}
    wanted = finished_run(database, log_line("sda1 is full"), inputs={"n": 3}, end=failed)
    finished_run(database, log_line("all is well"), inputs={"n": 3}, end=failed)
    finished_run(database, log_line("sda1 is full"), inputs={"n": 4}, end=failed)
    told = jobnb(
        "results", "Hello World", "--failed", "--status", "failure", "--user", "ada",
        "--since", "1h", "--until", "today", "-i", "n=3", "--text", "SDA1",
    )  # fmt: skip

    assert told.exit_code == 0, told.stderr
    assert rows(told) == [wanted[:8]]
    assert "Searched the logs of 2 runs" in told.output


def test_a_list_goes_on_after_a_run(jobnb, database):
    made = [finished_run(database) for _ in range(3)]
    told = jobnb("results", "--limit", "1", "--before", made[2][:8])

    assert rows(told) == [made[1][:8]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-i", "n"], "write it as NAME=VALUE"),
        (["--since", "soon"], "'soon' is no time"),
        (["--before", "0000"], "No job result '0000'"),
        (["--text", ""], "wants some text"),
    ],
)
def test_a_search_that_cannot_be_is_one_message(jobnb, words, said):
    told = jobnb("results", *words)

    assert (told.exit_code, told.output) == (1, told.stderr)
    assert said in told.stderr
