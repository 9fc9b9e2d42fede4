"""The jobs on docs/writing-jobs.md can be registered and do what the page says."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from jobnb.authoring.inputs import clean_inputs, look_at_inputs, restore_inputs
from jobnb.authoring.registration import forget_jobs, registered_jobs
from jobnb.errors import InvalidInput

PAGE = (Path(__file__).parents[2] / "docs" / "writing-jobs.md").read_text("utf-8")
BLOCKS = dict(
    re.findall(r'^```python title="jobs/(\w+)\.py"\n(.*?)^```', PAGE, re.MULTILINE | re.DOTALL)
)


@pytest.fixture
def job_class(request, monkeypatch):
    """The job of one block, registered."""
    forget_jobs()
    module = ModuleType(request.param)
    monkeypatch.setitem(sys.modules, request.param, module)
    exec(compile(BLOCKS[request.param], "writing-jobs.md", "exec"), vars(module))
    (found,) = registered_jobs().values()
    yield found
    forget_jobs()


@pytest.mark.parametrize("job_class", ["disk_report"], indirect=True)
def test_the_first_job_can_be_registered(job_class):
    assert job_class.name == "Disk Report"


@pytest.mark.parametrize("job_class", ["upgrade"], indirect=True)
def test_the_inputs_of_the_second_one_depend_on_each_other(job_class):
    look = look_at_inputs(job_class, {"platform": "nx"}, [])

    assert look.hidden == ("minutes", "reason")
    assert look.choices["image"][0] == ["nx-17.1", "nx-17.1"]
    with pytest.raises(InvalidInput, match="minutes: must be 17 or more"):
        clean_inputs(job_class, {"platform": "xe", "image": "xe-17.1", "later": True, "minutes": 5})


@pytest.mark.parametrize("job_class", ["disk_check"], indirect=True)
def test_the_function_is_a_job(job_class):
    inputs = clean_inputs(job_class, {"limit": "5"}).inputs

    assert job_class().run(**restore_inputs(job_class, inputs)) == {"limit": 5}
    assert job_class.description == "Says how full a disk is."
