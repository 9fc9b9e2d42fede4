"""Runs found again: by what they are, by when, by their inputs, by what their log says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from jobnb.errors import ResultNotFound
from jobnb.protocol import FAILED_STATES, Status
from jobnb.store.tables.models import input_value, job_result
from jobnb.store.values import EndOfRun

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def ids(records):
    return [record.run_id for record in records]


@pytest.fixture
def ended(results, started, line):
    """Makes a run that has ended, with a log of these messages; gives its id."""

    def make(*messages, status=Status.SUCCESS, **changes):
        claim = started(**changes)
        lines = [line(message) for message in messages]
        results.end(claim.run_id, claim.token, EndOfRun(status=status), lines)
        return claim.run_id

    return make


@pytest.fixture
def at(database):
    """Says that a run was submitted at another time."""

    def change(run_id, moment):
        with database.write() as connection:
            own = job_result.c.run_id == run_id
            number = connection.execute(
                update(job_result).where(own).values(created=moment).returning(job_result.c.id)
            ).scalar_one()
            values = update(input_value).where(input_value.c.result == number)
            connection.execute(values.values(created=moment))
        return run_id

    return change


def test_the_newest_runs_come_first_and_the_list_goes_on_after_its_last(results, pending):
    made = [pending() for _ in range(5)]

    assert ids(results.find()) == made[::-1]
    assert ids(results.find(limit=2, before=made[4])) == [made[3], made[2]]
    assert results.find(before=made[0]) == []


def test_runs_of_one_moment_are_each_on_one_page(results, pending, at):
    made = [at(pending(), NOON) for _ in range(5)]
    first = ids(results.find(limit=3))

    assert first + ids(results.find(limit=3, before=first[-1])) == made[::-1]


def test_nothing_comes_after_a_run_that_is_not_there(results):
    with pytest.raises(ResultNotFound):
        results.find(before="gone")


@pytest.mark.parametrize("wanted", [{"job_name": "Other"}, {"user": "bob"}], ids="+".join)
def test_runs_are_found_by_what_they_are(results, pending, wanted):
    other = pending(job_name="Other", user="bob")
    pending()

    assert ids(results.find(**wanted)) == [other]


def test_runs_are_found_by_their_status(results, pending, ended):
    lost, failed, done = (
        ended(status=status) for status in (Status.LOST, Status.FAILURE, Status.SUCCESS)
    )
    pending()

    assert ids(results.find(statuses=FAILED_STATES)) == [failed, lost]
    assert ids(results.find(statuses=[Status.SUCCESS])) == [done]
    assert results.find(statuses=[]) == []


def test_runs_are_found_by_their_time(results, pending, at):
    early, noon, late = (at(pending(), NOON + timedelta(hours=hour)) for hour in (-1, 0, 1))

    assert ids(results.find(since=NOON)) == [late, noon]
    assert ids(results.find(until=NOON)) == [early]
    assert ids(results.find(since=NOON, until=NOON + timedelta(minutes=1))) == [noon]


@pytest.mark.parametrize(
    ("stored", "wanted"),
    [
        ("x", "x"),
        (3, 3),
        (3, "3"),
        ("3", "3"),
        (1.0, 1),
        (True, "true"),
        (None, None),
        ([1, "two"], 1),
        ([1, "two"], "two"),
        ([1, "two"], [1, "two"]),
        ({"b": 1, "a": 2}, {"a": 2, "b": 1}),
        ({"file": "a.csv", "digest": "0" * 64, "size": 3}, "a.csv"),
        ("2026-11-28T12:00:00+00:00", NOON),
        ("x" * 1000, "x" * 1000),
        ("a\0\ud800'\"", "a\0\ud800'\""),
    ],
)
def test_runs_are_found_by_an_input(results, pending, stored, wanted):
    run_id = pending(inputs={"it": stored, "other": 1})
    pending(inputs={"it": "something else"})
    pending(inputs={"another": stored})

    assert ids(results.find(inputs={"it": wanted})) == [run_id]


@pytest.mark.parametrize(("stored", "wanted"), [("3", 3), (1, True), ("X", "x"), ("ab", "a")])
def test_an_input_that_is_something_else_does_not_count(results, pending, stored, wanted):
    pending(inputs={"it": stored})

    assert results.find(inputs={"it": wanted}) == []


def test_all_filters_must_let_a_run_through(results, pending, ended, at):
    wanted = {
        "inputs": {"a": 1, "b": 2},
        "user": "ada",
        "job_name": "Hello World",
        "statuses": [Status.SUCCESS],
        "since": NOON,
    }
    found = at(ended(inputs={"a": 1, "b": 2}), NOON)
    at(ended(inputs={"a": 1, "b": 2}), NOON - timedelta(seconds=1))
    at(ended(inputs={"a": 1, "b": 3}), NOON)
    at(ended(inputs={"a": 1, "b": 2}, user="bob"), NOON)
    at(pending(inputs={"a": 1, "b": 2}), NOON)

    assert ids(results.find(**wanted)) == [found]


def test_a_run_with_two_spellings_of_a_value_is_found_once(results, pending):
    run_id = pending(inputs={"it": [3, "3"]})

    assert ids(results.find(inputs={"it": "3"})) == [run_id]


def test_runs_are_found_by_what_their_log_says(results, ended):
    first = ended("starting", "Disk sda1 is FULL", "disk sda1 is full")
    ended("all is well")
    search = results.search_logs("Disk SDA1")

    assert ids(search.records) == [first]
    assert search.found[first].message == "Disk sda1 is FULL"
    assert search.found[first].number == 2
    assert (search.runs, search.entries, search.is_whole) == (2, 4, True)


@pytest.mark.parametrize("text", ["100%", "a_b", "'; --", "Größe", "GRÖSSE", "\\", "ÄÖ", "после"])
def test_any_text_is_looked_for_as_it_is(results, ended, text):
    found = ended(f"before\0 {text} after")
    ended("100 a-b grosse aeo")

    assert ids(results.search_logs(text).records) == [found]


def test_a_search_that_has_enough_goes_on_after_its_last_run(results, ended):
    made = [ended("found") for _ in range(5)]
    search = results.search_logs("found", limit=2)
    rest = results.search_logs("found", limit=9, before=search.records[-1].run_id)

    assert (ids(search.records), search.is_whole, search.runs) == (made[:2:-1], False, 2)
    assert (ids(rest.records), rest.is_whole) == (made[2::-1], True)


def test_a_search_reads_no_more_than_it_may_and_says_so(results, ended):
    old = ended("found")
    newer = [ended(*["nothing"] * 4) for _ in range(3)]
    search = results.search_logs("found", budget=9)

    assert (search.records, search.runs, search.entries) == ((), 2, 8)
    assert (search.last.run_id, search.is_whole) == (newer[1], False)
    assert ids(results.search_logs("found", before=search.last.run_id).records) == [old]


def test_a_single_long_log_is_searched_to_its_end(results, ended):
    found = ended(*["nothing"] * 20, "found")

    assert ids(results.search_logs("found", budget=5).records) == [found]


def test_a_search_looks_at_no_other_run_than_the_filters_let_through(results, ended):
    ended("found", user="bob")
    search = results.search_logs("found", user="ada")

    assert (search.records, search.runs, search.is_whole) == ((), 0, True)


def test_the_entries_of_a_run_are_searched(results, ended):
    run_id = ended("one", "two", "TWO", "three")
    found = results.entries.search(run_id, "two")

    assert [entry.number for entry in found] == [2, 3]
    assert len(results.entries.search(run_id, "o", limit=1)) == 1


BY_TIME = {"since": NOON, "until": NOON + timedelta(days=1)}
LISTS = {
    "newest": ({}, "job_result_created_id_idx"),
    "a job": ({"job_name": "Hello World"}, "job_name_created_id_idx"),
    "failed": ({"statuses": FAILED_STATES}, "job_result_status_created_id_idx"),
    "failed of a job": (
        {"job_name": "Hello World", "statuses": FAILED_STATES},
        "job_name_status_created_id_idx",
    ),
    "a user": ({"user": "ada"}, "user_created_id_idx"),
    "a job of a user": (
        {"user": "ada", "job_name": "Hello World"},
        "user_job_name_created_id_idx",
    ),
    "failed of a user": (
        {"user": "ada", "statuses": FAILED_STATES},
        "user_status_created_id_idx",
    ),
    "a day": (BY_TIME, "job_result_created_id_idx"),
    "a job on a day": ({"job_name": "Hello World", **BY_TIME}, "job_name_created_id_idx"),
    "an input": ({"inputs": {"who": "x"}}, "name_value_created_result_idx"),
    "two inputs of a job": (
        {"inputs": {"who": "x", "n": 3}, "job_name": "Hello World"},
        "name_value_created_result_idx",
    ),
}


@pytest.mark.parametrize("goes_on", [False, True], ids=["first page", "next page"])
@pytest.mark.parametrize(("wanted", "index"), LISTS.values(), ids=LISTS)
def test_a_page_of_the_history_is_read_through_an_index_in_its_order(
    results, started, plans, wanted, index, goes_on
):
    last = started(inputs={"who": "x", "n": 3}).run_id
    plans.clear()
    results.find(**wanted, before=last if goes_on else None)
    pages = [plan.lower() for plan in plans if "worker" in plan]

    assert pages
    for plan in pages:
        assert index in plan
        assert "temp b-tree" not in plan
        assert "sort" not in plan
        assert "scan jobnb_job_result\n" not in plan
        assert "seq scan" not in plan


def test_logs_are_searched_through_the_index_of_their_runs(results, ended, plans):
    ended("found")
    plans.clear()
    results.search_logs("found")
    (plan,) = [plan.lower() for plan in plans if "entry" in plan]

    assert "scan jobnb_entry" not in plan
    assert "seq scan" not in plan
