"""What a real child says about the inputs of a job, and that it always says it in time."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from jobnb.catalogs.discovery import JobsCatalog
from jobnb.errors import WHOLE_JOB, ChildError, InvalidInput
from jobnb.handles.words import parse_inputs
from jobnb.protocol import JobDescription
from tests.catalogs.conftest import hasty

pytestmark = pytest.mark.cluster

EVERYTHING = """
    from datetime import date
    from jobnb import jobs

    def racks(site):
        return [site + "-1", site + "-2"]

    class Everything(jobs.Job):
        class Meta:
            fieldsets = {"Where": ["site", "rack"]}

        site = jobs.StringVar(regex="^[a-z]+$")
        rack = jobs.ChoiceVar(racks)
        count = jobs.IntegerVar(min_value=1, default=1)
        cost = jobs.DecimalVar(required=False)
        day = jobs.DateVar(default="2024-01-01")
        mode = jobs.ChoiceVar(["fast", "slow"], default="fast")
        pause = jobs.FloatVar(visible_when={"mode": "slow"})
        address = jobs.IPAddressVar(required=False)
        data = jobs.JSONVar(required=False)
        loud = jobs.BooleanVar()
        token = jobs.SecretVar(required=False)

        @classmethod
        def clean(cls, inputs):
            if inputs["count"] == 13:
                raise jobs.ValidationError({"count": "is unlucky", "__all__": "Not today."})
            if inputs["count"] == 14:
                raise ValueError("a bug")
            if inputs["count"] == 15:
                return None
            assert isinstance(inputs["day"], date)
            return {**inputs, "site": inputs["site"] + "x"} if inputs["count"] == 16 else inputs

        def run(self, **inputs):
            pass

    jobs.register_jobs(Everything)
"""

GOOD = {"site": "ab", "rack": "ab-1"}

BAD: dict[str, Any] = {
    "site": "A",
    "count": "x",
    "cost": "1,5",
    "day": "tomorrow",
    "mode": "slwo",
    "pause": "x",
    "address": "1.2.3",
    "data": "{",
    "loud": "maybe",
    "wo": "1",
}

ENDLESS = {
    "regex": (
        "text = jobs.StringVar(regex='^(a+)+$')",
        {"text": "a" * 40 + "b"},
        "the code of input 'text'",
    ),
    "clean": (
        (
            "text = jobs.StringVar()\n    @classmethod\n    def clean(cls, inputs):\n"
            "        while True: pass"
        ),
        {"text": "x"},
        r"its clean\(\)",
    ),
    "choices": (
        "text = jobs.ChoiceVar(lambda: time.sleep(600))",
        {"text": "x"},
        "the code of input 'text'",
    ),
}

STUCK = """import time
from jobnb import jobs

class Stuck(jobs.Job):
    {body}
    def run(self, text): pass

jobs.register_jobs(Stuck)
"""


@pytest.fixture
def everything(jobs_catalog: JobsCatalog, write) -> JobDescription:
    write("everything.py", EVERYTHING)
    return jobs_catalog.current()["Everything"]


def problems_of(catalog: JobsCatalog, job: JobDescription, raw: dict[str, Any]) -> Any:
    with pytest.raises(InvalidInput) as caught:
        catalog.clean(job, raw)
    return caught.value.problems


def test_python_command_line_form_and_rerun_complain_in_the_same_words(
    jobs_catalog: JobsCatalog, everything: JobDescription
) -> None:
    python = problems_of(jobs_catalog, everything, BAD)
    words = parse_inputs(everything, [f"{name}={value}" for name, value in BAD.items()])
    stored = json.loads(json.dumps(BAD))
    names = [item.name for item in everything.variables]
    form = jobs_catalog.look(everything, BAD, names).problems

    assert list(python) == [name for name in names if name in python] + ["wo"]
    assert {"site", "count", "cost", "day", "mode", "address", "data", "loud"} <= set(python)
    assert problems_of(jobs_catalog, everything, words) == python
    assert problems_of(jobs_catalog, everything, stored) == python
    assert form | {"wo": python["wo"]} == python


def test_they_get_the_same_inputs(jobs_catalog: JobsCatalog, everything: JobDescription) -> None:
    live = {**GOOD, "cost": Decimal("1.50"), "day": date(2024, 2, 29), "mode": "slow", "pause": 1}
    typed = ["site=ab", "rack=ab-1", "cost=1.50", "day=2024-02-29", "mode=slow", "pause=1"]

    cleaned = jobs_catalog.clean(everything, live)

    assert jobs_catalog.clean(everything, parse_inputs(everything, typed)) == cleaned
    assert jobs_catalog.clean(everything, cleaned.inputs) == cleaned
    assert cleaned.inputs["cost"] == "1.50"


def test_a_form_learns_what_is_hidden_and_offered(
    jobs_catalog: JobsCatalog, everything: JobDescription
) -> None:
    look = jobs_catalog.look(everything, {"site": "ab"}, ["site", "rack"])

    assert look.hidden == ("pause",)
    assert look.choices == {"rack": [["ab-1", "ab-1"], ["ab-2", "ab-2"]]}
    assert look.problems == {"rack": ["This field is required."]}
    assert everything.fieldsets == (("Where", ("site", "rack")),)
    assert everything.variable("rack").depends == ("site",)  # type: ignore[union-attr]


def test_the_check_across_may_refuse(jobs_catalog: JobsCatalog, everything: JobDescription) -> None:
    problems = problems_of(jobs_catalog, everything, {**GOOD, "count": 13})

    assert problems == {"count": ["is unlucky"], WHOLE_JOB: ["Not today."]}


def test_it_may_change_inputs_which_are_checked_again(
    jobs_catalog: JobsCatalog, everything: JobDescription
) -> None:
    problems = problems_of(jobs_catalog, everything, {**GOOD, "count": 16})

    assert list(problems) == ["rack"]


@pytest.mark.parametrize(
    ("count", "message"),
    [
        (14, r"ValueError: a bug \(clean\(\) in .*everything\.py, line \d+\)\.$"),
        (15, r"clean\(\) of job 'Everything' must return the inputs, not 'NoneType'; end it with"),
    ],
)
def test_a_bug_in_it_is_told_with_its_place(
    count: int, message: str, jobs_catalog: JobsCatalog, everything: JobDescription, root: Path
) -> None:
    with pytest.raises(ChildError, match=f"Job 'Everything' cannot check its inputs: {message}"):
        jobs_catalog.clean(everything, {**GOOD, "count": count})


@hasty
@pytest.mark.parametrize("name", ENDLESS)
def test_what_does_not_end_is_killed_and_said_so(
    name: str, jobs_catalog: JobsCatalog, write, starts: list[Any]
) -> None:
    body, inputs, culprit = ENDLESS[name]
    write("stuck.py", STUCK.replace("{body}", body))
    job = jobs_catalog.current()["Stuck"]

    with pytest.raises(ChildError, match=f"{culprit} did not come to an end within 2") as caught:
        jobs_catalog.clean(job, inputs)

    assert "stuck.py" in str(caught.value) or name == "regex"
    assert len(starts) == 1
    assert jobs_catalog.current()["Stuck"].name == "Stuck"


def test_a_function_that_is_a_job_is_checked_like_any_other(
    jobs_catalog: JobsCatalog, write
) -> None:
    write(
        "report.py",
        """
        from typing import Literal
        from jobnb import jobs

        @jobs.job(name="Disk Report")
        def report(path: str, mode: Literal["fast", 2] = 2):
            '''Says how full a disk is.'''

        jobs.register_jobs(report)
        """,
    )
    job = jobs_catalog.current()["Disk Report"]

    assert (job.class_path, job.description) == ("report.report", "Says how full a disk is.")
    assert jobs_catalog.clean(job, {"path": "/"}).inputs == {"path": "/", "mode": "2"}
