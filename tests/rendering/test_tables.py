from __future__ import annotations

from jobnb.protocol import Status
from jobnb.rendering.history import render_results
from jobnb.rendering.text import width


def test_the_columns_of_a_table_stand_below_each_other(make_record):
    records = [make_record(job_name="漢字"), make_record(status=Status.LOST, detail="gone")]
    lines = render_results(records)["text/plain"].split("\n")
    starts = [
        width(line[: line.index(word)])
        for line, word in zip(lines, ("STATUS", "SUCCESS", "LOST"), strict=True)
    ]

    assert len(set(starts)) == 1


def test_no_runs_are_said_in_a_sentence():
    assert render_results([])["text/plain"] == "No runs."
