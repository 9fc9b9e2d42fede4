"""A real kernel, driven as a front end drives it."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.util import run_sync

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
        notebook = nbformat.v4.new_notebook(cells=list(map(_cell, cells)))
        self._client(notebook).execute()
        return notebook

    @contextmanager
    def open(self, environment: dict[str, str] | None = None) -> Iterator[Session]:
        """A kernel that runs one cell after the other, and can be restarted between them."""
        client = self._client(nbformat.v4.new_notebook())
        with client.setup_kernel(env=environment or dict(os.environ)):
            yield Session(client, self.root)

    def _client(self, notebook: nbformat.NotebookNode) -> NotebookClient:
        return NotebookClient(
            notebook,
            timeout=60,
            allow_errors=True,
            kernel_name="python3",
            resources={"metadata": {"path": str(self.root)}},
        )


class Session:
    """A kernel that works."""

    def __init__(self, client: NotebookClient, root: Path) -> None:
        self._client = client
        self.root = root

    def run(self, code: str) -> nbformat.NotebookNode:
        cells = self._client.nb.cells
        cells.append(_cell(code))
        return self._client.execute_cell(cells[-1], len(cells) - 1)

    def restart(self) -> None:
        """As a front end does it: the kernel is asked to end, and another one takes its place."""
        run_sync(self._client.km.restart_kernel)()
        run_sync(self._client.kc.wait_for_ready)(timeout=60)


def _cell(code: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(textwrap.dedent(code))


@pytest.fixture
def notebook(tmp_path: Path) -> Notebook:
    return _notebook(tmp_path / "project")


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A kernel with jobnb that tests share which only add runs: to start one takes seconds."""
    folder = tmp_path_factory.mktemp("kernel")
    own = {name: value for name, value in os.environ.items() if not name.startswith("JOBNB_")}
    places = {"JOBNB_STATE_DIR": str(folder / "state"), "JOBNB_CACHE_DIR": str(folder / "cache")}
    with _notebook(folder / "project").open({**own, **places}) as session:
        session.run("import jobnb, os, signal, threading, time")
        yield session


def _notebook(root: Path) -> Notebook:
    (root / "jobs").mkdir(parents=True)
    (root / "jobnb.toml").touch()
    (root / "jobs" / "hello.py").write_text(HELLO)
    return Notebook(root)


def bundles(cell) -> list[dict]:
    """The displayed bundles of a cell."""
    return [output["data"] for output in cell.outputs if "data" in output]


def texts(cell) -> str:
    """What a cell has printed."""
    return "".join(output.get("text", "") for output in cell.outputs)
