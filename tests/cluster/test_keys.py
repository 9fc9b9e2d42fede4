"""Keys: one run for each, whoever submits it and how often."""

from __future__ import annotations

import pytest

from jobnb.errors import JobFailed, RunRefused
from jobnb.protocol import Status
from tests.processes import SECONDS

pytestmark = pytest.mark.cluster

JOBS = """
from pathlib import Path
from jobnb import jobs

class Nightly(jobs.Job):
    who = jobs.StringVar(default="x")
    times = jobs.IntegerVar(default=1)

    def run(self, *, who, times):
        if not times:
            raise ValueError("no times")
        return [who] * times

jobs.register_jobs(Nightly)
"""


@pytest.fixture
def nightly(project, bench):
    project.write("nightly.py", JOBS)
    return bench.get_job("Nightly").options(key="2026-11-24")


def test_a_key_finds_its_run_again_also_from_another_kernel(nightly, project, bench):
    first = nightly.run(who="ada")
    with project.open() as other:
        again = other.get_job("Nightly").options(key="2026-11-24").run(who="ada")

        assert (again.id, again.value) == (first.id, ["ada"])
        assert len(bench.results()) == 1


def test_other_inputs_under_the_same_key_are_refused_with_the_difference(nightly, bench):
    nightly.run(who="ada", times=2)

    with pytest.raises(RunRefused, match="who was 'ada', and is 'bob' now"):
        nightly.run(who="bob", times=2)
    with pytest.raises(RunRefused, match="times was 2, and is 1 now"):
        nightly.run(who="ada")
    assert len(bench.results()) == 1


def test_the_run_of_a_key_that_has_failed_is_given_back_with_the_way_out(nightly):
    with pytest.raises(JobFailed, match="give another key to run the job again"):
        nightly.run(times=0)
    again = nightly.options(check=False).run(times=0)

    assert again.status is Status.FAILURE
    assert again.options == {"key": "2026-11-24"}


SUBMITTER = """
import jobnb
job = jobnb.get_job("Nightly").options(key="once")
job.options(key="warm").run()
print("ready", flush=True)
input()
print(len({job.submit().id for _ in range(500)}), job.submit().id, flush=True)
"""


def test_two_kernels_that_submit_a_key_a_thousand_times_make_one_run(nightly, project, bench):
    kernels = [project.python(SUBMITTER) for _ in range(2)]
    for kernel in kernels:
        assert "ready\n" in iter(kernel.stdout.readline, "")
    for kernel in kernels:
        kernel.stdin.write("\n")
        kernel.stdin.flush()
    said = {kernel.stdout.readline() for kernel in kernels}

    assert len(said) == 1
    count, run_id = said.pop().split()
    assert (count, len(bench.results(limit=10))) == ("1", 2)
    assert bench.result(run_id).wait(SECONDS).status is Status.SUCCESS
    for kernel in kernels:
        kernel.communicate(timeout=SECONDS)
