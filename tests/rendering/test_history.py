from __future__ import annotations

import re

from jobnb.rendering.files import FilePreview
from jobnb.rendering.history import MOST_ROWS, PAGE, ListedFiles, render_results

HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e\0\n" + "x" * 1_000_000


def test_later_rows_are_folded_away_a_page_at_a_time(make_record):
    page = render_results([make_record() for _ in range(2 * PAGE + 1)])["text/html"]

    assert page.count("<details>") == page.count("</details>") == 2
    assert re.findall(r"<summary[^>]*>([^<]*)", page) == ["16 to 30 of 31", "31 to 31 of 31"]
    assert page.count("<tr") == 2 * PAGE + 2
    assert page.count("<thead>") == 1


def test_a_table_of_a_long_list_is_bounded_and_says_so(make_record):
    bundle = render_results([make_record() for _ in range(MOST_ROWS + 5)])

    assert bundle["text/html"].count("<tr") == MOST_ROWS + 1
    assert "5 more are in the list." in bundle["text/html"]
    assert "5 more are in the list." in bundle["text/plain"]


def test_a_page_of_fifty_runs_is_small_enough_to_save(make_record):
    assert len(render_results([make_record() for _ in range(50)])["text/html"]) < 50_000


def test_hostile_text_is_harmless_and_short(make_record, make_entry):
    record = make_record(job_name=HOSTILE, user=HOSTILE, detail=HOSTILE)
    for found in ({}, {record.run_id: make_entry(HOSTILE)}):
        bundle = render_results([record], found, HOSTILE)

        assert "<script" not in bundle["text/html"]
        assert len(bundle["text/html"]) < 5000
        for text in (bundle["text/html"], bundle["text/plain"].split("\n")[1]):
            assert not re.search("[\0\x1b\u202e]", text)


def test_files_of_a_run_are_named_and_small_ones_can_be_downloaded(make_record):
    record, other = make_record(), make_record(run_id="77c00000-0000-0000-0000-000000000000")
    first = [
        FilePreview(name="a.csv", size=3, head=b"1,2"),
        FilePreview(name=HOSTILE, size=2_000_000, head=b""),
    ]
    files = {record.run_id: ListedFiles(first=first, count=9)}
    bundle = render_results([record, other], files=files)

    assert re.search(
        '<a download="a.csv"[^>]*base64,MSwy"><span[^>]*>a.csv</span></a>', bundle["text/html"]
    )
    assert bundle["text/html"].count("<a ") == 1
    assert re.search(r"2.0 MB</span>,</span> <span[^>]*>7 more</span>", bundle["text/html"])
    assert "<script" not in bundle["text/html"]
    head, first_row, second_row = bundle["text/plain"].splitlines()
    assert head.split()[-1] == "FILES"
    assert first_row.endswith("a.csv +8")
    assert "a.csv" not in second_row
