"""The job's process: whose it is not, what it does not know."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.cluster

LOOK = """
from pathlib import Path
import os
from jobnb import jobs

class Look(jobs.Job):
    def run(self):
        return {
            "pid": os.getpid(),
            "parent": os.getppid(),
            "environment": Path("/proc/self/environ").read_text() + repr(dict(os.environ)),
            "arguments": Path("/proc/self/cmdline").read_text(),
            "folder": os.getcwd(),
            "here": os.listdir(),
            "modules": [name for name in ("sqlalchemy", "distributed", "IPython", "ipywidgets")
                        if name in __import__("sys").modules],
        }

jobs.register_jobs(Look)
"""


@pytest.fixture(scope="module")
def each_look(shared_project, each_shared_bench):
    shared_project.write("look.py", LOOK)
    return each_shared_bench.get_job("Look")


def test_the_job_works_in_a_process_of_its_own(each_look):
    seen = each_look.run().value

    assert seen["pid"] not in {os.getpid(), seen["parent"]}
    assert os.getpid() in {seen["parent"], psutil.Process(seen["parent"]).ppid()}


def test_a_run_is_a_fork_where_there_are_templates(project):
    project.write("look.py", LOOK)
    parents = []
    for templates in (4, 0):
        with project.open(templates=templates) as bench:
            parents.append(bench.get_job("Look").run().value["parent"] == os.getpid())

    assert parents == [False, True]


def test_the_jobs_process_knows_no_database_and_no_cluster(project, cluster):
    project.write("look.py", LOOK)
    cluster.add_worker(DASK_SCHEDULER_ADDRESS=cluster.address)
    with project.open(scheduler=cluster.address) as bench:
        seen = bench.get_job("Look").run().value

    for place in (seen["environment"], seen["arguments"]):
        assert project.database_url not in place
        assert cluster.address not in place
        assert "JOBNB_" not in place
    assert seen["modules"] == []


def test_the_job_starts_in_an_empty_folder_that_goes_away_with_it(each_look):
    seen = each_look.run().value

    assert seen["here"] == []
    assert not Path(seen["folder"]).exists()


def test_two_runs_get_two_processes(each_look):
    assert each_look.run().value["pid"] != each_look.run().value["pid"]
