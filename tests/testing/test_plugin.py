"""The fixture, used by a test-suite of its own as an author would."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.processes import SECONDS

pytestmark = pytest.mark.cluster

FILES = {
    "conftest.py": 'pytest_plugins = ["jobnb.testing.plugin"]\n',
    "jobs/hello.py": """
from jobnb import jobs

class Hello(jobs.Job):
    def run(self):
        self.logger.info("hello from a process of its own")

jobs.register_jobs(Hello)
""",
    "test_hello.py": """
from jobnb.testing import assert_logged

def test_hello(jobnb_bench):
    result = jobnb_bench.get_job("Hello").run()
    assert_logged(result, "a process of its own", level="INFO")

def test_nothing_is_left_of_the_test_before(jobnb_bench):
    assert len(jobnb_bench.results()) == 0
""",
}


def test_the_fixture_runs_jobs_of_the_project_in_a_database_of_its_own(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir=."]
    told = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS, check=False
    )

    assert "2 passed" in told.stdout, told.stdout
    assert not (tmp_path / ".jobnb").exists()
