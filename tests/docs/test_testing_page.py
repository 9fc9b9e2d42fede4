"""The test on docs/testing-jobs.md is run as it stands there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import SECONDS

pytestmark = pytest.mark.cluster

PAGE = Path(__file__).parents[2] / "docs" / "testing-jobs.md"


def test_the_example_passes(tmp_path):
    [block] = re.findall(
        r'^```python title="tests/test_hello.py"\n(.*?)^```',
        PAGE.read_text("utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    (tmp_path / "test_hello.py").write_text(block)
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir=.", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    assert "2 passed" in told.stdout, told.stdout
