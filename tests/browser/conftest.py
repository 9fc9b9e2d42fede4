"""One server for all tests, one browser for those of a file; a new page and kernel for each."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.lab import Lab, NotebookPage, open_browser, open_lab, open_notebook

HERE = Path(__file__).parent
DEVICES = 10_000


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    root = tmp_path_factory.mktemp("lab")
    make_project(root)
    with open_lab(root) as opened:
        yield opened


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    # Not longer: while Playwright is open its event loop runs in this thread, and no other one can.
    with open_browser(tmp_path_factory.mktemp("profile")) as context:
        yield context


@pytest.fixture
def notebook(
    lab: Lab, browser: BrowserContext, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[..., NotebookPage]]:
    pages = []

    def make(*cells: str) -> NotebookPage:
        name = re.sub(r"\W", "_", request.node.name)
        pages.append(open_notebook(lab, browser, name, cells))
        return pages[-1]

    yield make
    for opened in pages:
        opened.page.screenshot(path=tmp_path / f"{opened.path.stem}.png", full_page=True)
        opened.page.close()
    lab.close_kernels()


def make_project(root: Path) -> None:
    """A folder with the job that has everything, and the devices that it chooses from."""
    (root / "jobs").mkdir()
    (root / "jobnb.toml").touch()
    for file in ("every_type.py", "fourteen.py", "talkative.py"):
        shutil.copy(HERE / file, root / "jobs")
    home = root / ".places" / "home"  # of the server, its kernels and their children
    home.mkdir(parents=True)
    seed = f"import every_type; every_type.seed({DEVICES})"
    environment = {**os.environ, "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", seed]
    subprocess.run(command, cwd=root / "jobs", env=environment, check=True)
