from __future__ import annotations

import html
import re
from datetime import UTC, datetime

import pytest

from jobnb.protocol import EntryKind, Origin, Reason, SourceKind, Status
from jobnb.rendering.summary import (
    LARGEST,
    TAIL,
    duration_text,
    render_live,
    render_log,
    render_result,
    size_text,
)
from jobnb.store.values import FileRecord
from jobnb.store.watching import Bar
from tests.rendering.conftest import START

HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e"

NUMBER = r"([0-9]+|0\.[0-9]+|[0-9]+\.[0-9]+)(px|em|%)?"
KEPT = {
    "background": "transparent|#[0-9a-f]+",
    "border": "none|1px solid #[0-9a-f]+",
    "border-collapse": "collapse",
    "border-radius": NUMBER,
    "color": "#[0-9a-f]+",
    "display": "flex",
    "font-family": "monospace",
    "font-size": NUMBER,
    "font-weight": "600",
    "line-height": NUMBER,
    "margin": rf"({NUMBER} ?)+",
    "margin-top": NUMBER,
    "max-height": NUMBER,
    "opacity": r"0\.[0-9]+",
    "overflow": "auto|hidden",
    "overflow-wrap": "break-word",
    "padding": rf"({NUMBER} ?)+",
    "table-layout": "fixed",
    "text-align": "left",
    "vertical-align": "top",
    "white-space": "normal|nowrap|pre-wrap",
    "width": NUMBER,
}
"""What JupyterLab's sanitiser leaves in a notebook that is not trusted, as far as we use it."""


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        (
            Origin(kind=SourceKind.GIT, name="my_repo", version="3f2a91c0b1de" + "0" * 28),
            "my_repo @ 3f2a91c0b1de ·",
        ),
        (Origin(kind=SourceKind.APP, name="acme-jobs", version="1.4<b>"), "acme-jobs 1.4<b> ·"),
        (Origin(kind=SourceKind.CELL, name="Hello"), "notebook cell ·"),
    ],
)
def test_a_run_says_where_its_job_came_from(make_record, origin, said):
    record = make_record(origin=origin)
    bundle = render_result(record, [], [])

    assert said in bundle["text/plain"]
    assert html.escape(said) in bundle["text/html"]
    assert html.escape(said) in render_live(record, [], "")["text/html"]


def test_a_run_of_the_jobs_folder_does_not_say_so(make_record):
    assert "folder" not in str(render_result(make_record(), [], []))


def test_a_summary_says_what_happened(make_record, make_entry):
    file = FileRecord(name="a.csv", size=1234, digest="d", created=datetime.now(UTC))
    bundle = render_result(make_record(), [make_entry("Hello, x!")], [file])

    assert set(bundle) == {"text/html", "text/plain"}
    for text in bundle.values():
        assert all(word in text for word in ("SUCCESS", "Hello World", "Hello, x!", "a.csv"))
        assert "1.50 s" in text
        assert "1.2 kB" in text


def test_a_failure_says_why_before_the_log(make_record, make_entry):
    record = make_record(
        status=Status.FAILURE, reason=Reason.EXCEPTION, detail="ValueError: broken"
    )
    page = render_result(record, [make_entry("Hello")], [])["text/html"]

    assert page.index("ValueError: broken") < page.index("run: Hello")


def test_a_long_log_is_cut_and_says_how_to_see_the_rest(make_record, make_entry):
    entries = [make_entry(f"line {number}", number) for number in range(1, 10_001)]
    page = render_result(make_record(last_entry=10_000), entries, [])["text/html"]

    assert page.count("run: line") == TAIL
    assert "9,800 earlier entries" in page
    assert len(page) < LARGEST


def test_a_saved_notebook_keeps_no_more_of_a_run_than_the_limit(make_record, make_entry):
    entries = [make_entry("x" * 900, number, level="ERROR") for number in range(1, 201)]
    bundle = render_result(make_record(last_entry=200), entries, [], limit=20_000)

    assert 15_000 < len(bundle["text/html"]) < 20_500
    assert len(bundle["text/plain"]) < 8_000
    assert "earlier entries" in bundle["text/html"]


def test_what_a_run_has_shown_stands_in_its_place_and_before_what_is_cut(make_record, make_entry):
    entries = [make_entry("early", 3), *(make_entry(f"line {n}", n) for n in range(900, 1000))]
    entries.append(make_entry("a table", 1000))
    pages = {3: "<b>first</b>", 950: "<b>second</b>"}
    bundle = render_result(make_record(last_entry=1000), entries, [], pages=pages)
    page = bundle["text/html"]

    order = ["<b>first</b>", "line 949", "<b>second</b>", "line 951", "a table"]
    assert sorted(order, key=page.index) == order
    assert "899 earlier entries" in page
    assert "line 950" not in page


def test_printed_lines_are_told_from_logged_ones(make_record, make_entry):
    printed = make_entry("out", kind=EntryKind.CONSOLE, level=None, grouping=None, source="stdout")
    page = render_result(make_record(), [make_entry("log"), printed], [])["text/html"]

    assert "│ out" in page
    assert "│ log" not in page


def test_how_far_a_run_was_is_said_unless_it_came_to_its_end(make_record):
    bars = (Bar(45, 100, "devices"), Bar(3, None, "ports"))
    broken = render_result(make_record(status=Status.FAILURE, progress=bars), [], [])
    whole = render_result(make_record(progress=bars), [], [])

    for kind in broken:
        assert "devices · 45 of 100 · 45 %" in broken[kind]
        assert "ports · 3" in broken[kind]
        assert "devices" not in whole[kind]


@pytest.mark.parametrize(
    "field", ["job_name", "user", "detail", "worker", "value", "value_problem"]
)
def test_nothing_of_a_run_reaches_the_page_as_html(make_record, make_entry, field):
    record = make_record(**{field: HOSTILE})
    file = FileRecord(name=HOSTILE, size=1, digest="d", created=datetime.now(UTC))
    bundle = render_result(record, [make_entry(HOSTILE, object=HOSTILE)], [file])

    assert "<script" not in bundle["text/html"]
    assert not re.search("[\x1b\u202e]", bundle["text/html"] + bundle["text/plain"])


def test_inputs_reach_the_page_escaped(make_record):
    page = render_result(make_record(inputs={HOSTILE: HOSTILE}), [], [])["text/html"]

    assert "<script" not in page


def test_a_page_has_nothing_that_an_untrusted_notebook_would_lose(make_record, make_entry):
    page = render_result(make_record(), [make_entry()], [])["text/html"]

    assert not re.search(r"<style|<script|<svg|var\(|data:|class=(?!.mathjax_ignore)", page)


def test_every_style_survives_in_a_notebook_that_is_not_trusted(make_record, make_entry):
    record = make_record(status=Status.FAILURE, detail="It broke.", last_entry=3)
    page = render_result(record, [make_entry("a", 3, level="WARNING")], [])["text/html"]
    styles = re.findall('style="([^"]*)"', page)
    declared = {part for style in styles for part in style.split(";") if part}
    # Without it the box begins at its first line, which is no loss in what is saved.
    declared.remove("flex-direction:column-reverse")
    pairs = [part.split(":") for part in sorted(declared)]

    assert [(name, value) for name, value in pairs if not re.fullmatch(KEPT[name], value)] == []


def test_the_newest_lines_of_a_long_log_are_in_sight(make_record, make_entry):
    page = render_live(make_record(), [make_entry()], "")["text/html"]

    assert "flex-direction:column-reverse" in page


@pytest.mark.parametrize("kind", ["text/html", "text/plain"])
@pytest.mark.parametrize("message", ["x" * 1_000_000, "0123456789\n" * 100_000])
def test_a_huge_message_does_not_make_a_huge_notebook(make_record, make_entry, kind, message):
    assert len(render_result(make_record(), [make_entry(message)], [])[kind]) < 30_000


@pytest.mark.parametrize("kind", ["text/html", "text/plain"])
def test_thousands_of_files_are_counted_and_not_listed(make_record, kind):
    files = [
        FileRecord(name=f"{number}.csv", size=1, digest="d", created=datetime.now(UTC))
        for number in range(5000)
    ]
    shown = render_result(make_record(), [], files)[kind]

    assert shown.count(".csv") == 50
    assert "… 4,950 more" in shown


def test_a_live_picture_says_how_to_stop(make_record, make_entry):
    record = make_record(status=Status.STARTED, ended=None)
    bundle = render_live(record, [make_entry()], "Interrupt the kernel to cancel.")

    assert "Interrupt the kernel" in bundle["text/html"]
    assert "STARTED" in bundle["text/plain"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.411, "0.41 s"), (12.34, "12.3 s"), (245, "4 min 05 s"), (7380, "2 h 03 min")],
)
def test_a_duration_is_written_for_people(seconds, text):
    assert duration_text(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (2.5e6, "2.5 MB"), (3e12, "3000.0 GB")],
)
def test_a_size_is_written_for_people(size, text):
    assert size_text(int(size)) == text


def test_a_run_that_waits_says_what_for_in_both_forms(make_record):
    record = make_record(
        status=Status.PENDING, detail="Waits for a worker of queue 'gpu'.", started=None, ended=None
    )

    assert "Waits for a worker of queue &#x27;gpu&#x27;" in render_live(record, [], "")["text/html"]
    assert "queue 'gpu'" in render_live(record, [], "")["text/plain"]
    assert "#d0342c" not in render_result(record, [], [])["text/html"]


def test_the_queue_and_the_options_of_a_run_are_among_its_details(make_record):
    shown = render_result(make_record(queue="gpu", options={"priority": 5}), [], [])["text/html"]

    assert ">gpu<" in shown
    assert "priority" in shown


def test_a_summary_says_who_cancelled_and_how_many_attempts_there_were(make_record):
    record = make_record(
        status=Status.REVOKED, cancelled_by="bob", cancel_requested=START, attempts=3
    )
    page = render_result(record, [], [])["text/html"]

    assert f"by bob, {START.astimezone():%Y-%m-%d %H:%M:%S}" in page
    assert "(attempt 3)" in page


def test_a_log_by_itself_is_its_newest_lines_and_says_that_there_are_more(make_entry):
    entries = [
        make_entry(f"{HOSTILE} {number} " + "x" * 900_000, number=900 + number)
        for number in range(60)
    ]
    bundle = render_log("3f2a91c0-0000", entries)

    assert len(bundle["text/html"]) < LARGEST + 1000
    assert len(bundle["text/plain"]) < 20_000
    assert 'jobnb.result("3f2a91c0").log.browse()' in bundle["text/html"]
    assert "earlier entries" in bundle["text/plain"].partition("\n")[0]
    for text in bundle.values():
        assert " 59 x" in text
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "<script" not in bundle["text/html"]


def test_a_log_without_entries_says_so():
    assert render_log("3f2a91c0", [])["text/plain"] == "No entries."
