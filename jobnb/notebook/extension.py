"""What ``%load_ext jobnb`` does, and what ``%unload_ext jobnb`` takes back."""

from __future__ import annotations

from typing import Any

from jobnb.notebook.completion import match_jobs
from jobnb.notebook.magics import JobMagics
from jobnb.workbench.current import rest_viewer


def load_ipython_extension(ipython: Any) -> None:
    """Adds the magic and the completion; loading twice adds nothing twice."""
    ipython.register_magics(JobMagics)
    if match_jobs not in ipython.Completer.custom_matchers:
        ipython.Completer.custom_matchers.append(match_jobs)


def unload_ipython_extension(ipython: Any) -> None:
    """Removes both; runs go on, and so does everything that ``import jobnb`` gives.

    What a cell shows of a run that works stays as it is: no thread looks at it any more.
    """
    rest_viewer()
    if match_jobs in ipython.Completer.custom_matchers:
        ipython.Completer.custom_matchers.remove(match_jobs)
    ipython.magics_manager.magics["line"].pop("job", None)
    ipython.magics_manager.registry.pop("JobMagics", None)
