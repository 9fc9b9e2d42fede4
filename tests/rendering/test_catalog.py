from __future__ import annotations

from datetime import UTC, datetime

import pytest

from jobnb.protocol import (
    FileProblem,
    Origin,
    SourceKind,
)
from jobnb.rendering.catalog import render_catalog
from jobnb.store.catalog.jobs import JobRecord
from tests.rendering import described

REPOSITORY = Origin(kind=SourceKind.GIT, name="my_repo", version="3f2a91c0b1de" + "0" * 28)
APP = Origin(kind=SourceKind.APP, name="acme-jobs", version="1.4")
CELL = Origin(kind=SourceKind.CELL, name="Hello")


def job(**values):
    return described.job(**{"variables": (described.variable("who"),), **values})


def record(**values):
    return JobRecord(
        **{
            "class_path": "hello.Hello",
            "name": "Hello World",
            "grouping": "Examples",
            "enabled": True,
            "installed": True,
            "overrides": {},
            "last_seen": datetime(2026, 1, 2, 12, tzinfo=UTC),
            **values,
        }
    )


def test_no_jobs_are_said_in_a_sentence():
    assert "put a file" in render_catalog([], [])["text/plain"]


def test_a_job_is_listed_with_its_inputs_and_the_first_line_about_it():
    text = render_catalog([job()], [])["text/plain"]

    assert "Hello World" in text
    assert "who" in text
    assert "Greets." in text
    assert "At length" not in text


@pytest.mark.parametrize("kind", ["text/plain", "text/html"])
def test_jobs_from_elsewhere_say_so_and_those_of_the_folder_do_not(kind):
    jobs = [job(origin=origin) for origin in (REPOSITORY, APP, CELL, Origin())]
    text = render_catalog(jobs, [])[kind]

    assert "from" in text.lower()
    assert all(
        word in text for word in ("my_repo @ 3f2a91c0b1de", "acme-jobs 1.4", "notebook cell")
    )
    assert "jobs folder" not in text
    assert "from" not in render_catalog([job()], [])[kind].lower()


def test_a_job_that_may_not_run_says_so():
    assert "(not enabled)" in render_catalog([job()], [], [record(enabled=False)])["text/plain"]


def test_a_file_with_a_problem_is_listed_with_its_reason():
    bundle = render_catalog([], [FileProblem(file="a.py", message="line 1: <b>bad</b>")])

    assert "a.py: line 1: <b>bad</b>" in bundle["text/plain"]
    assert "&lt;b&gt;bad" in bundle["text/html"]


def test_the_name_of_a_broken_file_cannot_act_on_a_terminal():
    problem = FileProblem(file="\x1b[2J\u202ea.py", message="bad")

    assert "  \\u202ea.py: bad" in render_catalog([], [problem])["text/plain"]


def test_hidden_jobs_and_those_that_are_gone_are_counted_and_listed_on_demand():
    hidden = job(class_path="hello.Quiet", name="Quiet", meta={"hidden": True})
    gone = record(class_path="old.Old", name="Old one", installed=False)
    short = render_catalog([job(), hidden], [], [gone])["text/plain"]
    long = render_catalog([job(), hidden], [], [gone], everything=True)["text/plain"]

    assert "Quiet" not in short
    assert "Old one" not in short
    assert "Left out: 1 hidden and 1 not installed any more" in short
    assert "Quiet" in long
    assert "Old one" in long
    assert "not installed; last seen 2026-01-02" in long
    assert "Left out" not in long
