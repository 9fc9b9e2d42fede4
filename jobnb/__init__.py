"""jobnb brings Nautobot's Jobs into the notebook.

Importing it is cheap: everything is loaded at its first use, so that a job file may import it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from jobnb.garbage import swiftly

if TYPE_CHECKING:
    from jobnb import errors, jobs
    from jobnb.api import (
        add_repository,
        catalog,
        compare,
        disable,
        edit,
        enable,
        form,
        get_job,
        remove_repository,
        repositories,
        result,
        results,
        run,
        submit,
        sync,
        verify,
        where,
    )
    from jobnb.errors import InvalidInput, JobFailed, JobnbError, JobNotFound
    from jobnb.handles import JobResult
    from jobnb.workbench.current import close, configure

__version__ = "0.1.0"

__all__ = [
    "InvalidInput",
    "JobFailed",
    "JobNotFound",
    "JobResult",
    "JobnbError",
    "add_repository",
    "catalog",
    "close",
    "compare",
    "configure",
    "disable",
    "edit",
    "enable",
    "errors",
    "form",
    "get_job",
    "jobs",
    "remove_repository",
    "repositories",
    "result",
    "results",
    "run",
    "submit",
    "sync",
    "verify",
    "where",
]

_HOMES = {
    "jobnb.api": (
        "add_repository",
        "catalog",
        "compare",
        "disable",
        "edit",
        "enable",
        "form",
        "get_job",
        "remove_repository",
        "repositories",
        "result",
        "results",
        "run",
        "submit",
        "sync",
        "verify",
        "where",
    ),
    "jobnb.errors": ("InvalidInput", "JobFailed", "JobNotFound", "JobnbError"),
    "jobnb.handles": ("JobResult",),
    "jobnb.workbench.current": ("close", "configure"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Loads a public name at its first use."""
    if name in ("errors", "jobs"):
        return import_module(f"jobnb.{name}")
    if name not in _HOME_OF:
        raise AttributeError(f"module 'jobnb' has no attribute {name!r}")
    with swiftly():
        value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


def load_ipython_extension(ipython: Any) -> None:
    """Called by ``%load_ext jobnb``: the magic ``%job``, and completion of job and input names."""
    from jobnb.notebook.extension import load_ipython_extension as load

    load(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """Called by ``%unload_ext jobnb``."""
    from jobnb.notebook.extension import unload_ipython_extension as unload

    unload(ipython)
