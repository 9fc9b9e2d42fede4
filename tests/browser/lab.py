"""JupyterLab in a real browser: a server of its own, and pages that run cells.

``FRONT_END=notebook`` in the environment takes Notebook 7 instead, where it is installed.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import nbformat
from playwright.sync_api import (
    BrowserContext,
    Error,
    Locator,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

from tests.processes import eventually

MILLISECONDS = 40_000
VIEWPORT: ViewportSize = {"width": 1280, "height": 1000}


FRONT_ENDS = {
    "lab": ("jupyterlab", "LabApp", "doc/tree"),
    "notebook": ("notebook", "JupyterNotebookApp", "notebooks"),
}
MODULE, APPLICATION, PAGE = FRONT_ENDS[os.environ.get("FRONT_END", "lab")]

_OVERRIDES = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}
_READY = """async (ms) => {
  const begin = performance.now(), pause = (n) => new Promise((done) => setTimeout(done, n));
  const late = () => { throw Error("JupyterLab is not ready"); };
  const wait = async () => {
    if (performance.now() - begin > ms) late();
    await pause(50);
  };
  while (!window.jupyterapp) await wait();
  const within = (promise) => Promise.race([promise, pause(ms).then(late)]);
  await within(jupyterapp.restored);
  let panel;
  while (!(panel = jupyterapp.shell.currentWidget) || !panel.sessionContext) await wait();
  await within(panel.context.ready);
  await within(panel.revealed);
  await within(panel.sessionContext.ready);
  while (panel.sessionContext.session?.kernel?.status !== "idle") await wait();
  await within(panel.sessionContext.session.kernel.info);
}"""
_RUN = """(index) => {
  const notebook = jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = index;
  notebook.deselectAll();
  notebook.mode = "command";
  return jupyterapp.commands.execute("notebook:run-cell");
}"""
_REPLACE = """(sources) => {
  const notebook = jupyterapp.shell.currentWidget.content.model.sharedModel;
  const cells = sources.map((source) => ({ cell_type: "code", source, metadata: {} }));
  notebook.transact(() => {
    notebook.deleteCellRange(0, notebook.cells.length);
    notebook.insertCells(0, cells);
  });
}"""
_LOOK_FIRST = """() => {
  const look = (event) => jupyterapp.commands.processKeydownEvent(event);
  document.addEventListener("keydown", look, true);
  window.lookNoMore = () => document.removeEventListener("keydown", look, true);
}"""
_COUNT_MESSAGES = """() => {
  const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  window.comms = [];
  kernel.iopubMessage.connect((_, message) => {
    if (!message.header.msg_type.startsWith("comm_")) return;
    window.comms.push(JSON.stringify(message.content).length);
  });
}"""


class Lab:
    """A running server and its address."""

    def __init__(self, root: Path, url: str, token: str) -> None:
        self.root = root
        self.url = url
        self.token = token
        self._closing = ThreadPoolExecutor(1)

    def request(self, path: str, method: str = "GET") -> bytes:
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(f"{self.url}{path}", headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def is_up(self) -> bool:
        try:
            return bool(self.request("/api/status"))
        except OSError:
            return False

    def close_kernels(self) -> None:
        for session in json.loads(self.request("/api/sessions")):
            self.request(f"/api/sessions/{session['id']}", "DELETE")

    def close(self) -> None:
        self._closing.shutdown()
        self.close_kernels()

    def close_kernel(self, notebook: Path) -> None:
        """Ends the kernel of a notebook; waits for the end only when the server ends."""
        path = str(notebook.relative_to(self.root))
        for session in json.loads(self.request("/api/sessions")):
            if session["path"] == path:
                self._closing.submit(self.request, f"/api/sessions/{session['id']}", "DELETE")


class NotebookPage:
    """A notebook in a page of the browser."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page = page
        self.path = path

    def replace(self, cells: Sequence[str]) -> None:
        """Takes all cells away and puts new ones there; the kernel stays as it is."""
        self.page.evaluate(_REPLACE, [textwrap.dedent(cell) for cell in cells])
        self.page.set_viewport_size(VIEWPORT)

    def run(self, index: int) -> None:
        """Runs a cell and does not wait for its end."""
        self.page.evaluate(f"(index) => void ({_RUN})(index)", index)

    def result(self, index: int) -> str:
        """Runs a cell, waits for its end, and gives what stands below it."""
        self.page.evaluate(f"async (index) => {{ await ({_RUN})(index); }}", index)
        return self.cell(index).inner_text()

    def cell(self, index: int) -> Locator:
        """The output of a cell."""
        return self.page.locator(
            f'.jp-Notebook .jp-Cell[data-windowed-list-index="{index}"] .jp-OutputArea'
        ).first

    def form(self, index: int = 0) -> Locator:
        """Runs a cell that shows a form, and waits for the form."""
        self.run(index)
        form = self.cell(index).locator(".jobnb-form")
        form.wait_for(timeout=MILLISECONDS)
        return form

    @contextmanager
    def shortcuts_first(self) -> Iterator[None]:
        """Looks for shortcuts before a key arrives where it is pressed, as Notebook 7 does."""
        self.page.evaluate(_LOOK_FIRST)
        yield
        self.page.evaluate("() => lookNoMore()")

    def count_messages(self) -> None:
        """Notes the size of each comm message from now on, for ``messages()``."""
        self.page.evaluate(_COUNT_MESSAGES)

    def messages(self) -> list[int]:
        return self.page.evaluate("() => window.comms")

    def save(self) -> str:
        """The text of the notebook as it is saved, with the state of its widgets."""
        self.page.evaluate(
            """async () => {
              const panel = jupyterapp.shell.currentWidget;
              await jupyterapp.commands.execute("docmanager:save");
              await panel.context.save();
            }"""
        )
        return self.path.read_text("utf-8")

    def outputs(self, index: int) -> list[str]:
        """What the notebook keeps below a cell when it is saved."""
        return [json.dumps(output) for output in json.loads(self.save())["cells"][index]["outputs"]]

    def reload(self) -> None:
        """Loads the page anew; the kernel goes on."""
        self.page.reload()
        self.page.evaluate(_READY, MILLISECONDS)

    def open(self, address: str) -> None:
        """Shows what the page has shown there; its kernel has gone on."""
        self.page.goto(address)
        eventually(lambda: _is_ready(self.page))

    def tell(self, picture: Path) -> None:
        """Prints what the notebook shows after a failure, and takes a picture of it."""
        print(f"--- {picture}\n{self.page.locator('.jp-Notebook').first.inner_text()}")
        self.page.screenshot(path=picture, full_page=True)

    def dark(self) -> None:
        """Switches to the dark theme."""
        self.page.evaluate(
            '() => jupyterapp.commands.execute("apputils:change-theme", {theme: "JupyterLab Dark"})'
        )
        self.page.wait_for_selector('body[data-jp-theme-light="false"]', state="attached")
        self.page.wait_for_selector("#jupyterlab-splash", state="hidden")


@contextmanager
def open_lab(root: Path) -> Iterator[Lab]:
    """A server that shows the notebooks in ``root``; nothing of the user's own is read."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    places = root / ".places"
    settings = places / "config" / "labconfig" / "default_setting_overrides.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps(_OVERRIDES))
    lab = Lab(root, f"http://127.0.0.1:{port}", secrets.token_hex(16))
    command = [sys.executable, "-m", MODULE, "--no-browser", "--allow-root"]
    command += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"]
    command += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={lab.token}"]
    command += [f"--{APPLICATION}.expose_app_in_browser=True", f"--ServerApp.root_dir={root}"]
    with (places / "log").open("wb") as log:
        server = subprocess.Popen(
            command, env=_environment(places), stdout=log, stderr=log, start_new_session=True
        )
    try:
        eventually(lab.is_up)
        yield lab
        lab.close()
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _environment(places: Path) -> dict[str, str]:
    names = {
        "HOME": "home",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
        "JOBNB_STATE_DIR": "state",
        "JOBNB_CACHE_DIR": "cache",
    }
    for name in names.values():
        (places / name).mkdir(exist_ok=True)
    return {**os.environ, **{key: str(places / name) for key, name in names.items()}}


@contextmanager
def open_browser(profile: Path) -> Iterator[BrowserContext]:
    """Chromium: one that is installed, else the one that Playwright has got for itself."""
    installed = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=installed,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
            viewport=VIEWPORT,
        )
        context.set_default_timeout(MILLISECONDS)
        expect.set_options(timeout=MILLISECONDS)
        yield context
        context.close()


def open_notebook(
    lab: Lab, browser: BrowserContext, name: str, cells: Sequence[str]
) -> NotebookPage:
    """A page with a new notebook, its kernel ready."""
    path = lab.root / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(textwrap.dedent(cell)) for cell in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, path)
    return open_file(lab, browser, path)


def open_file(lab: Lab, browser: BrowserContext, path: Path) -> NotebookPage:
    """A page with a notebook that is there; its kernel is a new one."""
    page = browser.new_page()
    page.goto(f"{lab.url}/{PAGE}/{path.relative_to(lab.root)}?token={lab.token}")
    eventually(lambda: _is_ready(page))
    return NotebookPage(page, path)


def _is_ready(page: Page) -> bool:
    """Waits for JupyterLab; False if the page was sent elsewhere meanwhile.

    A second page at a time gets a workspace of its own, and is sent there.
    """
    try:
        page.evaluate(_READY, MILLISECONDS)  # it has its own deadline, evaluate() has none
    except Error as error:
        if "navigation" not in str(error):
            raise
        return False
    return True
