"""The notebooks that come with jobnb run from top to bottom."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

pytestmark = pytest.mark.kernel

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture
def project(tmp_path):
    """A copy of the jobs and notebooks, so that nothing is kept beside the originals."""
    (tmp_path / "jobnb.toml").touch()
    for name in ("jobs", "notebooks"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(project, path):
    notebook = nbformat.read(project / "notebooks" / path.name, as_version=4)
    client = NotebookClient(
        notebook, timeout=60, resources={"metadata": {"path": project / "notebooks"}}
    )
    client.execute()

    errors = [
        output
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.output_type == "error" or output.get("name") == "stderr"
    ]
    assert errors == []
