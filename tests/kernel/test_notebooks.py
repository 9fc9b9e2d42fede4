"""The notebooks that come with jobnb run from top to bottom."""

from __future__ import annotations

import pytest

from tests.kernel.save_notebooks import NOTEBOOKS, copy_project, run

pytestmark = pytest.mark.kernel


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(tmp_path, path):
    notebook = run(copy_project(tmp_path) / path.name)

    errors = [
        output
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.output_type == "error" or output.get("name") == "stderr"
    ]
    assert errors == []
