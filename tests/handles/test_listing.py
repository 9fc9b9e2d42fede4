"""Lists of runs: filters as people give them, what the list says of itself, and how it goes on."""

from __future__ import annotations

import sys

import pytest

from jobnb.errors import InvalidSearch, LibraryMissing, ResultNotFound
from jobnb.protocol import Status
from tests.runs import finished_run, log_line


@pytest.fixture
def add(bench):
    def make(*messages, **changes):
        return finished_run(bench.database(), *map(log_line, messages), **changes)

    return make


def ids(found):
    return [result.id for result in found]


def test_the_filters_work_together(bench, add):
    wanted = add("disk sda1 is full", inputs={"who": "Ada"}, end={"status": Status.FAILURE})
    add("disk sda1 is full", inputs={"who": "Ada"})
    add("all is well", inputs={"who": "Ada"}, end={"status": Status.FAILURE})
    found = bench.results(
        job="Hello World", failed=True, user="ada", since="1h", inputs={"who": "Ada"}, text="FULL"
    )

    assert ids(found) == [wanted]


def test_several_statuses_may_be_asked_for(bench, add):
    failed, revoked = (add(end={"status": status}) for status in ("FAILURE", "REVOKED"))
    add()

    assert ids(bench.results(status=["failure", "REVOKED"])) == [revoked, failed]
    assert ids(bench.results(status=["success", "failure"], failed=True)) == [failed]


def test_a_list_goes_on_to_its_end(bench, add):
    made = [add() for _ in range(5)]
    first = bench.results(limit=2)
    pages = [ids(first), ids(first.older()), ids(first.older().older())]

    assert [run for page in pages for run in page] == made[::-1]
    assert ids(first.older().older().older()) == []
    assert ids(bench.results(before=first[1])) == made[2::-1]
    assert ids(bench.results(before=made[1][:12])) == [made[0]]


def test_a_list_that_may_go_on_says_how(bench, add):
    last = [add() for _ in range(3)][1]

    assert f".older(), in a command --before {last[:8]}." in repr(bench.results(limit=2))
    assert "older" not in repr(bench.results(limit=9))


def test_a_table_carries_small_files_and_only_names_others(bench, add):
    add(files={"small.txt": b"content", "large.bin": b"x" * 10_001})
    for number in range(9):
        add(files={"nine.txt": str(number).encode() * 9_000})
    table = bench.results()._repr_mimebundle_()

    assert table["text/html"].count(' download="nine.txt"') == 6
    assert table["text/html"].count("nine.txt</span></a>") == 6
    assert table["text/html"].count(' download="small.txt"') == 1
    assert ' download="large.bin"' not in table["text/html"]
    assert "large.bin" in table["text/html"]
    assert " +1" in table["text/plain"]


def test_a_search_in_logs_shows_the_line_and_says_how_far_it_came(bench, add):
    add("one", "two\nlines with sda1", "three")
    add("nothing")
    text = repr(bench.results(text="SDA1"))

    assert "FOUND" in text
    assert "2: two lines with sda1" in text
    assert "Searched the logs of 2 runs (4 entries): all that the filters let through." in text


def test_a_search_that_finds_nothing_says_so(bench, add):
    add("nothing")

    assert repr(bench.results(text="sda1")).startswith(
        "No runs. Searched the logs of 1 run (1 entries)"
    )


def test_the_log_of_one_run_is_searched(bench, add):
    run = add("one", "two", "TWO")
    add("two")

    assert ids(bench.results(run=run[:8], text="two")) == [run]
    assert [entry.number for entry in bench.result(run).log.search("two")] == [2, 3]


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({"jobs": "x"}, "There is no filter 'jobs'. There are: job, status"),
        ({"status": "odd"}, "There is no status 'odd'. There are: PENDING"),
        ({"status": 3}, "There is no status 3"),
        ({"limit": 0}, "wants a number of runs, 1 or more, not 0"),
        ({"limit": True}, "wants a number of runs"),
        ({"job": int}, "wants the display name of a job, not <class 'int'>"),
        ({"user": 3}, "wants the name of a user, not 3"),
        ({"text": ""}, "wants some text to look for, not ''"),
        ({"inputs": ["who"]}, "wants names with values, as {'who': 'Ada'}"),
        ({"inputs": {3: "Ada"}}, "wants names with values"),
        ({"since": "soon"}, "Filter 'since': 'soon' is no time; write it as"),
        ({"until": 3}, "Filter 'until' wants a time, not 3"),
    ],
)
def test_a_filter_that_cannot_be_is_refused(bench, filters, said):
    with pytest.raises(InvalidSearch) as caught:
        bench.results(**filters)

    assert said in str(caught.value)


@pytest.mark.parametrize("name", ["before", "run"])
@pytest.mark.parametrize("run", ["12345678", 3])
def test_a_list_cannot_be_about_a_run_that_is_not_there(bench, name, run):
    with pytest.raises(ResultNotFound, match=str(run)):
        bench.results(**{name: run})


def test_a_dataframe_has_a_row_for_each_run_and_a_column_for_each_input(bench, add):
    add(inputs={"who": "Ada", "count": 3})
    add(inputs={"who": "Bob"}, end={"status": Status.FAILURE})
    frame = bench.results().to_dataframe()

    assert list(frame["status"]) == ["FAILURE", "SUCCESS"]
    assert list(frame["inputs.who"]) == ["Bob", "Ada"]
    assert str(frame["created"].dt.tz) == "UTC"
    assert frame["duration"].min() >= 0


def test_a_dataframe_of_no_runs_has_the_columns_all_the_same(bench):
    assert "duration" in bench.results().to_dataframe().columns


def test_without_pandas_it_is_said_what_to_install(bench, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)

    with pytest.raises(LibraryMissing, match=r"needs pandas.*pip install pandas"):
        bench.results().to_dataframe()
