"""docs/inputs.md runs, and its table has every type with its arguments as they are."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from jobnb import jobs
from jobnb.authoring.inputs import clean_inputs
from jobnb.authoring.registration import forget_jobs
from jobnb.authoring.variables import Variable

PAGE = (Path(__file__).parents[2] / "docs" / "inputs.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python[^\n]*\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
ROWS = dict(re.findall(r"^\| `(\w+Var)` \|([^|]*)\|.*\|.*\|.*\|.*\|$", PAGE, re.MULTILINE))
TYPES = {
    name: value
    for name in jobs.__all__
    if isinstance(value := getattr(jobs, name), type) and issubclass(value, Variable)
}


@pytest.fixture(autouse=True)
def no_registered_jobs():
    yield
    forget_jobs()


def run_block(number):
    names = {"__name__": "docs_inputs"}
    exec(compile(BLOCKS[number], "inputs.md", "exec"), names)
    return names


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_every_block_runs_and_declares_nothing_wrong(number):
    found = run_block(number).values()

    variables = [value for value in found if isinstance(value, Variable)]
    assert [fault for variable in variables for fault in variable.faults()] == []


def test_the_example_cleans_what_somebody_would_give():
    job_class = run_block(0)["Maintenance"]
    given = {"start": "2026-12-31T22:00", "network": "10.0.0.0/24", "kind": "sw"}

    cleaned = clean_inputs(job_class, {**given, "devices": "name\tvlan\nsw1\t7\nsw2\t8"})

    assert cleaned.inputs["start"] == "2026-12-31T22:00:00+01:00"
    assert cleaned.inputs["devices"][1] == {"name": "sw2", "vlan": 8}
    assert cleaned.inputs["part"] == ""


def test_every_type_is_in_the_table_and_no_other():
    assert set(ROWS) == set(TYPES)


@pytest.mark.parametrize("name", [name for name in ROWS if "..." not in ROWS[name]])
def test_the_arguments_of_a_type_are_those_of_its_class(name):
    common = inspect.signature(Variable).parameters
    parameters = inspect.signature(TYPES[name]).parameters.values()
    several = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    own = [item.name for item in parameters if item.kind not in several and item.name not in common]

    assert re.findall(r"`(\w+)`", ROWS[name]) == own
