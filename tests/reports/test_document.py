"""The notebook of a report: valid, the same bytes each time, harmless, and complete."""

from __future__ import annotations

import html
import json
import re

import mistune
import nbformat
import pytest

from jobnb.reports.document import make_notebook, notebook_bytes
from jobnb.store.tables.models import attempt
from tests.runs import displayed, log_line, printed, store_source

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>\x1b[31mred\u202e\u2066\0"
    "\n```\n# h\n$$x$$ [a](javascript:alert(3)) </pre></div>"
)


@pytest.fixture
def make(reader):
    return lambda run_id: make_notebook(reader.read(run_id), "disk_files", {})


def cell(notebook, role):
    [found] = [item for item in notebook.cells if item.metadata.jobnb.role == role]
    return found


def page(notebook):
    """All HTML of it."""
    return "".join(
        output.data.get("text/html", "")
        for item in notebook.cells
        for output in item.get("outputs", ())
        if "data" in output
    )


def test_a_report_is_valid_and_each_cell_has_an_id_of_its_own(make, run):
    notebook = make(run(end={"status": "FAILURE", "exc_type": "ValueError", "traceback": "no"}))
    ids = [item.id for item in notebook.cells]

    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[a-zA-Z0-9_-]{1,64}", item) for item in ids)


def test_the_same_run_gives_the_same_bytes(make, run):
    run_id = run()

    assert notebook_bytes(make(run_id)) == notebook_bytes(make(run_id))


def test_errors_and_warnings_come_before_the_log(make, run):
    roles = [item.metadata.jobnb.role for item in make(run()).cells]

    assert roles == [
        *("title", "parameters", "summary", "alarms", "log", "files", "source", "where", "rerun")
    ]


def test_it_says_what_was_given_what_came_of_it_and_where(make, run):
    shown = page(make(run(end={"value": '{"greeted": "Ada"}', "detail": "All greeted."})))

    for text in ("SUCCESS", "Ada", "srv-01 is nearly full", "looking at 2 hosts", "All greeted."):
        assert text in shown
    for text in ("disks.csv", "srv-01</td>", "93 %", "greeted", "3.11.7", "netaddr==1.3.0"):
        assert text in shown


def test_the_source_is_there_with_the_digests_of_all_its_files(make, run, reader):
    run_id = run()
    section = cell(make(run_id), "source")

    assert "class Hello(jobs.Job)" in section.outputs[1].data["text/markdown"]
    for item in reader.read(run_id).source:
        assert item.digest in section.outputs[0].data["text/html"]


def test_a_failure_is_an_error_as_a_notebook_has_it(make, run):
    notebook = make(
        run(
            end={
                "status": "FAILURE",
                "exc_type": "ValueError",
                "exc_message": "no such device",
                "traceback": "Traceback ...\nValueError: no such device\n",
            }
        )
    )
    [error] = cell(notebook, "failure").outputs

    assert (error.output_type, error.ename, error.evalue) == (
        "error",
        "ValueError",
        "no such device",
    )
    assert error.traceback == ["Traceback ...", "ValueError: no such device"]


def test_nothing_that_came_from_a_job_acts(make, run):
    notebook = make(
        run(
            log_line(HOSTILE, object=HOSTILE, grouping=HOSTILE),
            log_line(HOSTILE, level="ERROR"),
            printed(HOSTILE),
            job_name=HOSTILE,
            user=HOSTILE,
            inputs={"who": HOSTILE},
            files={f"{HOSTILE[:60]}.html": HOSTILE.encode(), "a.svg": b"<svg onload='alert(1)'/>"},
            end={
                "detail": HOSTILE,
                "exc_type": HOSTILE,
                "exc_message": HOSTILE,
                "traceback": HOSTILE,
                "value": json.dumps(HOSTILE),
            },
        )
    )
    shown = page(notebook)

    assert not re.findall(r"<(?:script|img|svg|style|link|iframe|object)\b", shown)
    assert not re.search("[\x00\x1b\u202e\u2066]", notebook_bytes(notebook).decode())
    title = cell(notebook, "title").source
    assert "<" not in title


def test_quotes_in_the_name_of_a_job_are_quotes_in_the_title(make, run):
    title = cell(make(run(job_name='Ada\'s "job" #1')), "title").source

    assert 'Ada\'s "job" #1</h1>' in html.unescape(mistune.html(title))


def test_what_the_job_has_shown_is_there_and_harmless(make, run):
    table = "<table><tr><td>93 %</td></tr></table><script>alert(1)</script>"
    [shown] = cell(make(run(displayed("table", {"text/html": table}))), "outputs").outputs

    assert "<td>93 %</td>" in shown.data["text/html"]
    assert "<script" not in shown.data["text/html"]
    assert shown.data["text/plain"] == "table"


def test_code_in_the_source_cannot_leave_its_block(make, run, store):
    digest = store_source(store, {"hello.py": "````\n<script>alert(1)</script>\n````"})
    [_, listing] = cell(make(run(snapshot=digest)), "source").outputs

    assert listing.data["text/markdown"].startswith("`````python\n")
    assert listing.data["text/markdown"].endswith("\n`````")


def test_a_megabyte_in_one_line_is_cut(make, run):
    assert len(notebook_bytes(make(run(log_line("x" * 1_000_000, level="ERROR"))))) < 100_000


def test_a_long_log_is_its_end_and_says_so(make, run):
    notebook = make(run(*(log_line(f"line {number}") for number in range(2100))))
    shown = cell(notebook, "log").outputs[0].data

    assert "100 earlier entries are left out." in shown["text/html"]
    assert "line 100\n" in shown["text/plain"]
    assert "line 99\n" not in shown["text/plain"]
    assert "disk_files/log.txt" in shown["text/html"]


def test_a_run_of_before_environments_were_noted_says_so(make, run, store):
    run_id = run()
    with store.write() as connection:
        connection.execute(attempt.update().values(environment=None))

    assert "Not recorded" in cell(make(run_id), "where").outputs[0].data["text/html"]


def test_times_are_in_utc_wherever_it_is_written(make, run, monkeypatch):
    import time

    run_id = run()
    here = notebook_bytes(make(run_id))
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    there = notebook_bytes(make(run_id))
    monkeypatch.undo()
    time.tzset()

    assert there == here
