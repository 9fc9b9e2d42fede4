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


def test_two_runs_are_compared(jobnb, database):
    a, b = (finished_run(database, inputs={"n": number}) for number in (3, 4))
    told = jobnb("compare", a[:8], b)

    assert told.exit_code == 0
    assert re.search(r"^n +3 +4$", told.output, re.MULTILINE)


@pytest.fixture
def made(database):
    return finished_run(database, files={"a.csv": b"1,2\n", "b.bin": b"\0\xff"})


def test_files_are_listed_and_saved(jobnb, made, folder):
    assert "a.csv  4 bytes" in jobnb("files", made).output
    assert jobnb("files", made[:8], "a.csv").output == "a.csv\n"
    assert jobnb("files", made, "a.csv", "-o", "other.csv").output == "other.csv\n"
    assert (folder / "a.csv").read_bytes() == (folder / "other.csv").read_bytes() == b"1,2\n"


def test_a_file_goes_to_standard_output_as_it_is(jobnb, made):
    assert jobnb("files", made, "b.bin", "-o", "-").stdout_bytes == b"\0\xff"


def test_all_files_are_saved_into_a_folder(jobnb, made, folder):
    told = jobnb("files", made, "--all", "-o", "all")

    assert (told.exit_code, told.output) == (0, "all/a.csv\nall/b.bin\n")
    assert sorted(path.name for path in (folder / "all").iterdir()) == ["a.csv", "b.bin"]


def test_a_report_is_written_and_verified(jobnb, made, folder):
    told = jobnb("report", made[:8], "-o", "disk.ipynb")

    assert (told.exit_code, told.output) == (0, "disk.ipynb\n")
    assert jobnb("verify", "disk.ipynb").exit_code == 0
    (folder / "disk_files" / "a.csv").write_text("x")
    told = jobnb("verify", "disk.ipynb")
    assert told.exit_code == 1
    assert "disk_files/a.csv was changed" in told.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["files", "{}", "c.csv"], "No file 'c.csv'. Did you mean 'a.csv'"),
        (["files", "{}", "a.csv", "-o", "away/a.csv"], "There is no folder"),
        (["files", "{}", "a.csv", "-o", "taken"], "already"),
        (["files", "{}", "--all", "-o", "taken"], "'taken' is a file already; name a folder"),
        (["report", "{}", "-o", "taken.ipynb"], "is no report of jobnb"),
        (["report", "{}", "-o", "away/disk.ipynb"], "There is no folder"),
        (["report", "{}", "-o", "disk.pdf"], "PDF"),
        (["verify", "taken.ipynb"], "is no report"),
        (["compare", "{}", "0000"], "No job result '0000'"),
    ],
)
def test_what_cannot_be_done_is_one_message(jobnb, made, folder, words, said):
    for name in ("taken", "taken.ipynb"):
        (folder / name).write_text("mine")
    told = jobnb(*(word.format(made) for word in words))

    assert (told.exit_code, told.output) == (1, told.stderr)
    assert said in told.stderr
    assert (folder / "taken").read_text() == (folder / "taken.ipynb").read_text() == "mine"
