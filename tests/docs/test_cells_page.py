"""The cell on docs/jobs-in-cells.md does in a real kernel what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.kernel.conftest import Notebook

pytestmark = pytest.mark.kernel

PAGE = (Path(__file__).parents[2] / "docs" / "jobs-in-cells.md").read_text("utf-8")


def test_the_job_on_the_page_runs(tmp_path):
    (tmp_path / "jobnb.toml").touch()
    [cell] = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    cells = Notebook(tmp_path).run(cell, "print(jobnb.results()[0].value)").cells

    assert cells[1].outputs[0].text == "3.0\n"
