"""Two runs beside each other."""

from __future__ import annotations

import pytest

from jobnb.handles.results.comparison import Comparison
from jobnb.protocol import Status
from jobnb.rendering.comparison import ABSENT
from tests.runs import finished_run, log_line, store_source

HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e\0"


@pytest.fixture
def compare(bench):
    def make(a, b):
        runs = []
        for changes in (a, b):
            messages = changes.pop("log", ["hello"])
            lines = [log_line(text) if isinstance(text, str) else text for text in messages]
            source = changes.pop("source", {"hello.py": "x = 1\n"})
            snapshot = source and store_source(bench.database(), source)
            runs.append(finished_run(bench.database(), *lines, snapshot=snapshot, **changes))
        return Comparison.of(bench.result, *runs)

    return make


def test_equal_runs_differ_in_nothing(compare):
    found = compare({}, {})

    assert (found.inputs, found.source, found.log.diff, found.value) == ({}, [], "", "")
    for text in ("The same inputs.", "The same source.", "The same log lines.", "The same value."):
        assert text in repr(found)


def test_inputs_that_differ_are_shown_side_by_side(compare):
    found = compare({"inputs": {"a": 1, "b": 2, "c": 1}}, {"inputs": {"a": 1, "b": 3, "c": True}})

    assert found.inputs == {"b": (2, 3), "c": (1, True)}


def test_an_input_that_only_one_has_is_marked(compare):
    found = compare({"inputs": {"a": 1}}, {"inputs": {"b": None}})

    assert found.inputs == {"a": (1, ABSENT), "b": (ABSENT, None)}


def test_the_source_is_compared_file_by_file(compare):
    found = compare(
        {"source": {"a.py": "x = 1\ny = 2\n", "gone.py": "", "same.py": "z = 3\n"}},
        {"source": {"a.py": "x = 1\ny = 3\n", "new.py": "n\n", "same.py": "z = 3\n"}},
    )

    assert [(item.path, item.change) for item in found.source] == [
        ("a.py", "changed"),
        ("gone.py", "removed"),
        ("new.py", "added"),
    ]
    assert "-y = 2\n+y = 3" in found.source[0].diff


def test_runs_without_a_source_say_so(compare):
    assert "No source was kept." in repr(compare({"source": None}, {"source": None}))


def test_logs_are_compared_without_their_times(compare):
    found = compare(
        {"log": [log_line("one", created=1.0), log_line("two", level="WARNING")]},
        {"log": [log_line("one", created=2.0), log_line("three")]},
    )

    assert "-WARNING: two\n+INFO: three" in found.log.diff
    assert "INFO: one" in found.log.diff.replace("-INFO: one", "").replace("+INFO: one", "")


def test_lines_about_different_objects_are_different_lines(compare):
    found = compare(
        {"log": [log_line("Changed", object="fra01-sw-001")]},
        {"log": [log_line("Changed", object="fra01-sw-002")]},
    )

    assert "-INFO: fra01-sw-001: Changed\n+INFO: fra01-sw-002: Changed" in found.log.diff


def test_of_long_logs_the_beginning_is_compared_and_that_is_said(compare):
    lines = [f"line {number}" for number in range(2001)]
    found = compare({"log": lines}, {"log": lines})

    assert "The same log lines (the first 2,000 entries)." in repr(found)


def test_status_duration_and_value_are_compared(compare):
    failed = {"status": Status.FAILURE, "detail": "no such device", "value": None}
    found = compare({"end": {"value": '{"n": 1}'}}, {"end": failed})

    assert found.status == ("SUCCESS", "FAILURE")
    assert all(seconds >= 0 for seconds in found.duration)
    assert '- "n": 1' in found.value
    assert "no such device" in repr(found)


def test_hostile_text_is_harmless(compare):
    found = compare(
        {
            "inputs": {HOSTILE: HOSTILE},
            "log": [log_line(HOSTILE, object=HOSTILE)],
            "source": {"a.py": HOSTILE},
        },
        {"job_name": HOSTILE, "user": HOSTILE, "end": {"detail": HOSTILE, "value": '"<b>"'}},
    )
    bundle = found._repr_mimebundle_()

    assert "<script" not in bundle["text/html"]
    assert "<b>" not in bundle["text/html"]
    for text in bundle.values():
        assert not any(sign in text for sign in "\x1b\u202e\0")
