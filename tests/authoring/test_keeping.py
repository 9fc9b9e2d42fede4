from __future__ import annotations

import datetime as dt
from importlib.util import find_spec

import pandas as pd
import pytest

from jobnb.authoring.job import Job
from jobnb.protocol import RETURN_VALUE, DisplayEvent, dataframes
from jobnb.protocol.dataframes import frame_of_file


def returning(value, **attributes):
    return type("Returns", (Job,), {"run": lambda _job: value, "__module__": __name__})


def shown(outcome):
    return [event for event in outcome.events if isinstance(event, DisplayEvent)]


FRAME = pd.DataFrame(
    {
        "name": ["ä", "", 'a,b\n"c"'],
        "count": [1, 2, 3],
        "share": [0.1, None, 1e-300],
        "is_up": [True, False, True],
        "since": pd.to_datetime(["2026-11-28T00:00:00", None, "2026-11-28T19:51:39"]),
    }
)
BY_DATE = pd.DataFrame({"x": [1]}, index=pd.Index([dt.date(2026, 1, 1)], name="day"))


@pytest.fixture(params=["parquet", "csv"])
def form(request, monkeypatch):
    if request.param == "csv":  # as where pyarrow is not installed
        monkeypatch.setattr(dataframes, "_parquet", lambda _frame: 1 / 0)
        monkeypatch.setattr(dataframes, "find_spec", lambda _name: None)
    elif find_spec("pyarrow") is None:
        pytest.skip("pyarrow is not installed")
    return request.param


def test_a_table_becomes_a_file_that_gives_an_equal_one(run_job, form):
    outcome = run_job(returning(FRAME))
    told = outcome.finished.value_file

    assert told["name"] == f"value.{form}"
    back = frame_of_file(outcome.files[told["name"]], told)
    pd.testing.assert_frame_equal(back, FRAME, check_exact=True)
    assert (outcome.finished.value, outcome.finished.value_problem) == (None, None)


def test_a_table_is_shown_as_well(run_job, form):
    [event] = shown(run_job(returning(FRAME)))

    assert event.grouping == RETURN_VALUE
    assert "<table" in event.bundle["text/html"]


def test_a_table_that_only_parquet_can_keep_is_refused_without_it(run_job, form):
    finished = run_job(returning(BY_DATE)).finished

    if form == "parquet":
        assert finished.value_problem is None
    else:
        assert "no file gives this DataFrame back" in finished.value_problem
        assert "Install pyarrow" in finished.value_problem


def test_a_table_with_objects_is_refused_and_says_what_to_do(run_job):
    finished = run_job(returning(pd.DataFrame({"x": [object()]}))).finished

    assert finished.value_file is None
    assert "create_file()" in finished.value_problem


def test_a_table_of_mixed_types_does_not_come_back_as_another(run_job):
    assert run_job(returning(pd.DataFrame({"x": [1, "1"]}))).finished.value_file is None


def test_a_table_over_the_limit_of_files_is_refused(run_job):
    outcome = run_job(returning(FRAME), file_limit=10)

    assert "(file_limit)" in outcome.finished.value_problem
    assert outcome.files == {}


def test_what_is_no_json_is_at_least_shown(run_job):
    outcome = run_job(returning(object()))
    [event] = shown(outcome)

    assert event.bundle["text/plain"].startswith("<object object")
    assert "create_file()" in outcome.finished.value_problem


def test_what_is_json_is_not_shown(run_job):
    assert shown(run_job(returning({"a": 1}))) == []
