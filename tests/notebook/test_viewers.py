from __future__ import annotations

import subprocess
import sys

import IPython
import pytest

from jobnb.notebook.runpanel import HtmlViewer
from jobnb.notebook.viewers import viewer_for
from jobnb.settings import load_settings
from jobnb.terminal import PlainViewer


def test_a_program_gets_plain_text():
    assert isinstance(viewer_for(load_settings()), PlainViewer)


def test_a_terminal_with_ipython_gets_plain_text(shell, monkeypatch):
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)

    assert isinstance(viewer_for(load_settings()), PlainViewer)


@pytest.mark.parametrize(
    ("display", "kind"), [("auto", HtmlViewer), ("html", HtmlViewer), ("plain", PlainViewer)]
)
def test_a_kernel_gets_html_unless_plain_text_is_wished(shell, monkeypatch, display, kind):
    shell.kernel = object()
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)

    assert isinstance(viewer_for(load_settings({"display": display})), kind)


@pytest.mark.cluster
def test_a_program_without_ipython_does_not_load_it():
    code = (
        "import sys; from jobnb.notebook.viewers import viewer_for;"
        "from jobnb.settings import load_settings; viewer_for(load_settings());"
        "sys.exit('IPython' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
