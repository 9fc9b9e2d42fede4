"""A real kernel, driven as a front end drives it."""

from __future__ import annotations

import textwrap
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

HELLO = """
import time
from jobnb import jobs

name = "Examples"

class Hello(jobs.Job):
    class Meta:
        name = "Hello World"

    who = jobs.StringVar(default="world")
    seconds = jobs.IntegerVar(default=0)

    def run(self, *, who, seconds):
        self.logger.info("Hello, %s!", who)
        print("printed for", who)
        time.sleep(seconds)
        if who == "nobody":
            raise ValueError("nobody is there <script>alert(1)</script>")
        return {"greeted": who}

jobs.register_jobs(Hello)
"""


class Notebook:
    """Runs cells in a kernel of its own and keeps them as a saved notebook would."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, *cells: str) -> nbformat.NotebookNode:
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(textwrap.dedent(cell)) for cell in cells]
        )
        client = NotebookClient(
            notebook,
            timeout=60,
            allow_errors=True,
            kernel_name="python3",
            resources={"metadata": {"path": str(self.root)}},
        )
        client.execute()
        return notebook


@pytest.fixture
def notebook(tmp_path: Path) -> Notebook:
    root = tmp_path / "project"
    (root / "jobs").mkdir(parents=True)
    (root / "jobnb.toml").touch()
    (root / "jobs" / "hello.py").write_text(HELLO)
    return Notebook(root)


def bundles(cell) -> list[dict]:
    """The displayed bundles of a cell."""
    return [output["data"] for output in cell.outputs if "data" in output]
