from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from jobnb.protocol import Reason, Status
from jobnb.rendering.summary import TAIL, duration_text, render_live, render_result, size_text
from jobnb.store.values import FileRecord

HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e"


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

    assert page.index("ValueError: broken") < page.index("Hello</td>")


def test_a_long_log_is_cut_and_says_how_to_see_the_rest(make_record, make_entry):
    entries = [make_entry(f"line {number}", number) for number in range(1, 10_001)]
    page = render_result(make_record(last_entry=10_000), entries, [])["text/html"]

    assert page.count("<tr") < TAIL + 20
    assert "9,800 earlier entries" in page
    assert len(page) < 200_000


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

    assert not re.search(r"<style|<script|<svg|var\(|data:|class=", page)


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
