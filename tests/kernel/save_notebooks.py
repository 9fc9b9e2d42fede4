"""Saves the notebooks with their outputs: ``python -m tests.kernel.save_notebooks [NAME ...]``."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def copy_project(target: Path) -> Path:
    """The jobs and notebooks, so that nothing is kept beside the originals; their folder."""
    target.mkdir(exist_ok=True)
    (target / "jobnb.toml").touch()
    for name in ("jobs", "notebooks"):
        shutil.copytree(ROOT / name, target / name)
    return target / "notebooks"


def run(path: Path) -> NotebookNode:
    """The notebook with what its cells put out, run from top to bottom in a kernel of its own.

    What only a browser with this kernel can show, a widget, is left out.
    """
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=60,
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": path.parent}},
    )
    client.execute()
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
    return notebook


@contextmanager
def environment(folder: Path) -> Iterator[None]:
    """Nothing of whoever saves them is read, or seen in the outputs."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("JOBNB_")]:
        del os.environ[name]
    os.environ |= {
        "JOBNB_USER": "ada",
        "JOBNB_STATE_DIR": str(folder / "state"),
        "JOBNB_CACHE_DIR": str(folder / "cache"),
    }
    try:
        yield
    finally:
        os.environ.clear()
        os.environ |= before


def main() -> None:
    wanted = sys.argv[1:]
    for original in NOTEBOOKS:
        if wanted and original.stem not in wanted:
            continue
        with tempfile.TemporaryDirectory(prefix="jobnb-") as folder, environment(Path(folder)):
            notebooks = copy_project(Path(folder) / "network")
            nbformat.write(run(notebooks / original.name), original)


if __name__ == "__main__":
    main()
