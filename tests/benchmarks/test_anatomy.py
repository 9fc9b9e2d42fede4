from __future__ import annotations

import subprocess
import sys

import pytest

from tests.benchmarks.anatomy import STEPS
from tests.processes import SECONDS


@pytest.mark.parametrize(("owner", "name"), [(owner, name) for _, owner, name, _ in STEPS])
def test_every_step_that_is_measured_is_there(owner, name):
    assert callable(getattr(owner, name))


@pytest.mark.cluster
def test_every_step_of_a_forked_run_is_measured():
    command = [sys.executable, "-m", "tests.benchmarks.anatomy", "--rounds", "5"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)

    assert done.returncode == 0, done.stderr
    assert all(title in done.stdout for title, *_ in STEPS)
