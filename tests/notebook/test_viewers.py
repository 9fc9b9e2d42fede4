from __future__ import annotations

import subprocess
import sys

import IPython
import psutil
import pytest

from jobnb.handles import JobResult
from jobnb.notebook.htmlview import HtmlView
from jobnb.notebook.runpanel import PanelView
from jobnb.notebook.viewers import viewer_for
from jobnb.settings import load_settings
from jobnb.terminal import PlainViewer
from tests.notebook.conftest import CATALOG


class Result(JobResult):
    id = "run"

    def __init__(self):
        """Has no run."""

    def __repr__(self):
        return "<a run>"

    def _repr_mimebundle_(self, **_options):
        return {"text/plain": "<its log>"}


def test_a_program_gets_plain_text():
    assert isinstance(viewer_for(load_settings()), PlainViewer)


def test_a_terminal_with_ipython_gets_plain_text(shell, monkeypatch):
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)

    assert isinstance(viewer_for(load_settings()), PlainViewer)


def test_a_terminal_does_not_show_a_log_again_as_the_value_of_the_call(shell, monkeypatch):
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    values = shell.display_formatter

    viewer_for(load_settings()).open(Result(), cancels=True)
    assert values.format(Result()) == ({"text/plain": "<a run>"}, {})
    shell.execution_count += 1
    assert values.format(Result()) == ({"text/plain": "<its log>"}, {})


def test_a_terminal_shows_the_catalog_as_the_list_of_jobs(shell, monkeypatch):
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    viewer_for(load_settings())

    bundle, _ = shell.display_formatter.format(CATALOG)
    assert bundle["text/plain"].split()[:3] == ["GROUP", "JOB", "INPUTS"]


@pytest.mark.parametrize("command", ["bin/jupyter-console", "-m jupyter_console"])
def test_a_kernel_of_a_console_gets_plain_text(shell, monkeypatch, command):
    shell.kernel = object()
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.setattr(psutil.Process, "cmdline", lambda _: ["python", *command.split()])

    assert isinstance(viewer_for(load_settings()), PlainViewer)
    assert not isinstance(viewer_for(load_settings({"display": "html"})), PlainViewer)


KERNEL_OF_LAB = {"JPY_SESSION_NAME": "a.ipynb"}


@pytest.mark.parametrize(
    ("display", "environment", "kind"),
    [
        ("auto", KERNEL_OF_LAB, PanelView),
        ("auto", {}, HtmlView),
        ("auto", {**KERNEL_OF_LAB, "VSCODE_PID": "1"}, HtmlView),
        ("auto", {"JPY_SESSION_NAME": "a-jvsc-0f1e2d3c.ipynb"}, HtmlView),
        ("widget", {}, PanelView),
        ("html", KERNEL_OF_LAB, HtmlView),
    ],
)
def test_a_page_of_a_jupyter_server_gets_panels_and_others_html(
    shell, monkeypatch, display, environment, kind
):
    shell.kernel = object()
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    for name in ("JPY_SESSION_NAME", "VSCODE_PID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    made = []
    monkeypatch.setattr(kind, "__init__", lambda self, *_: made.append(self))

    viewer_for(load_settings({"display": display})).open(Result(), cancels=True)
    assert len(made) == 1


def test_colab_gets_html(shell, monkeypatch):
    shell.kernel = object()
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    monkeypatch.setenv("JPY_SESSION_NAME", "a.ipynb")
    monkeypatch.setitem(sys.modules, "google.colab", sys)
    made = []
    monkeypatch.setattr(HtmlView, "__init__", lambda self, *_: made.append(self))

    viewer_for(load_settings()).open(Result(), cancels=True)
    assert len(made) == 1


def test_a_kernel_gets_plain_text_if_that_is_wished(shell, monkeypatch):
    shell.kernel = object()
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)

    assert isinstance(viewer_for(load_settings({"display": "plain"})), PlainViewer)


@pytest.mark.cluster
def test_a_program_without_ipython_does_not_load_it():
    code = (
        "import sys; from jobnb.notebook.viewers import viewer_for;"
        "from jobnb.settings import load_settings; viewer_for(load_settings());"
        "sys.exit('IPython' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
