"""The workbench of this process: opened by whoever asks first, closed when the process ends."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

from jobnb.errors import ConfigurationError
from jobnb.handles import Viewer
from jobnb.settings import Settings, load_settings
from jobnb.workbench.bench import Workbench

_bench: Workbench | None = None
_configured: dict[str, Any] = {}
_lock = threading.RLock()


def _leave_to_parent() -> None:
    """In a forked process: the parent's workbench, with its runs, is the parent's to close."""
    global _bench, _lock  # the thread that may hold the lock was not taken along
    _bench, _lock = None, threading.RLock()


os.register_at_fork(after_in_child=_leave_to_parent)


def configure(**arguments: Any) -> None:
    """Sets what the workbench of this process will be opened with.

    Args:
        **arguments: Any setting, and ``client``: a ``distributed.Client`` to run jobs with.

    Raises:
        ConfigurationError: A setting is unknown or wrong, or the workbench is in use already.
    """
    with _lock:
        if _bench is not None:
            raise ConfigurationError(
                "jobnb is in use already, with the settings it was opened with. Call "
                "jobnb.configure() before the first job, or restart the kernel."
            )
        settings = {key: value for key, value in arguments.items() if key != "client"}
        load_settings(settings)
        _configured.update(arguments)


def workbench(make_viewer: Callable[[Settings], Viewer]) -> Workbench:
    """The one of this process; whoever asks first opens it, and has it show runs in his way."""
    global _bench  # noqa: PLW0603 - the one workbench of the process
    with _lock:
        if _bench is None:
            arguments = dict(_configured)
            client = arguments.pop("client", None)
            settings = load_settings(arguments)
            _bench = Workbench(settings, make_viewer(settings), client)
            _close_at_exit()
        return _bench


def rest_viewer() -> None:
    """Lets nothing look at runs any more by itself; opens no workbench for that."""
    with _lock:
        bench = _bench
    if bench is not None:
        bench.rest_viewer()


def close() -> None:
    """Closes the workbench of this process; the next use opens a new one."""
    global _bench
    with _lock:
        bench, _bench = _bench, None
        _configured.clear()
    if bench is not None:
        bench.close()


@cache
def _close_at_exit() -> None:
    """Closes the workbench when the process ends, while Dask can still do its part.

    Functions of ``atexit`` come too late: by then Python has taken the thread pools away in which a
    cluster of this process works, and Dask complains on the user's screen. What Python itself uses
    to end them comes before; it has no public name (``threading._register_atexit``, since 3.9).
    """
    register = getattr(threading, "_register_atexit", atexit.register)
    register(close)
