"""One server and one browser for all tests here; pages and kernels of their own, or shared."""

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

from tests.browser.lab import Lab, NotebookPage, open_browser, open_file, open_lab, open_notebook

HERE = Path(__file__).parent
DEVICES = 10_000


@pytest.fixture(scope="package")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    root = tmp_path_factory.mktemp("lab")
    make_project(root)
    with open_lab(root) as opened:
        yield opened


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    # Not longer: while Playwright is open its event loop runs in this thread, and no other one can.
    with open_browser(tmp_path_factory.mktemp("profile")) as context:
        yield context


class Desk:
    """A page with its kernel that one test after the other uses, until one fails."""

    def __init__(self, lab: Lab, browser: BrowserContext) -> None:
        self._lab = lab
        self._browser = browser
        self._count = 0
        self._path: Path | None = None
        self._opened: NotebookPage | None = None

    def put(self, *cells: str) -> NotebookPage:
        """New cells, where those of the test before have been."""
        if self._path is None:
            self._count += 1
            self._opened = open_notebook(self._lab, self._browser, f"desk-{self._count}", cells)
            self._path = self._opened.path
        else:
            self._opened = self._opened or open_file(self._lab, self._browser, self._path)
            self._opened.replace(cells)
        return self._opened

    def rest(self) -> None:
        """Closes the page, which would disturb others; the kernel waits for the next test."""
        if self._opened is not None:
            self._opened.page.close()
            self._opened = None

    def clear(self, picture: Path | None = None) -> None:
        """The next test gets a new page and a new kernel."""
        if self._opened is not None and picture is not None:
            self._opened.tell(picture)
        self.rest()
        if self._path is not None:
            self._lab.close_kernel(self._path)
            self._path = None


@pytest.fixture(scope="package")
def desk(lab: Lab, browser: BrowserContext) -> Iterator[Desk]:
    kept = Desk(lab, browser)
    yield kept
    kept.clear()


@pytest.fixture
def notebook(
    lab: Lab, browser: BrowserContext, desk: Desk, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[..., NotebookPage]]:
    """Opens notebooks in pages of their own, with kernels of their own."""
    desk.rest()
    pages = []
    before = request.session.testsfailed

    def make(*cells: str) -> NotebookPage:
        name = re.sub(r"\W", "_", request.node.name)
        pages.append(open_notebook(lab, browser, name, cells))
        return pages[-1]

    yield make
    for opened in pages:
        if request.session.testsfailed > before:
            opened.tell(tmp_path / f"{opened.path.stem}.png")
        opened.page.close()
        lab.close_kernel(opened.path)


@pytest.fixture
def cells(
    desk: Desk, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[..., NotebookPage]]:
    """Puts cells into a page that is open already, in a kernel that knows jobnb already."""
    before = request.session.testsfailed
    yield desk.put
    if request.session.testsfailed > before:
        desk.clear(tmp_path / "failed.png")


def make_project(root: Path) -> None:
    """A folder with the job that has everything, and the devices that it chooses from."""
    (root / "jobs").mkdir()
    (root / "jobnb.toml").touch()
    for file in ("every_type.py", "fourteen.py", "patient.py", "talkative.py"):
        shutil.copy(HERE / file, root / "jobs")
    home = root / ".places" / "home"  # of the server, its kernels and their children
    home.mkdir(parents=True)
    seed = f"import every_type; every_type.seed({DEVICES})"
    environment = {**os.environ, "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", seed]
    subprocess.run(command, cwd=root / "jobs", env=environment, check=True)
