"""Which viewer fits this process; imports IPython only where it runs already."""

from __future__ import annotations

import sys
from typing import Any

from jobnb.handles import Viewer
from jobnb.settings import Settings
from jobnb.terminal import plain_viewer


def viewer_for(settings: Settings) -> Viewer:
    """HTML in the output cells of a notebook, plain text everywhere else."""
    shell = _kernel_shell()
    if shell is None or settings.display == "plain":
        return plain_viewer(settings)
    from jobnb.notebook.runpanel import HtmlViewer

    return HtmlViewer(shell)


def _kernel_shell() -> Any:
    """The shell of the IPython kernel that this process is; None if it is none."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell if hasattr(shell, "kernel") else None
