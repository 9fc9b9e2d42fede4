"""How a fork ends: all that Python promises at its exit, without taking it apart.

To free every object would touch, and so copy, all the memory that the fork shares with its
template: more than everything else in a small run together (measured).
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import io
import sys
import threading
from collections.abc import Callable

Leave = Callable[[], None]


def prepare_leaving() -> Leave:
    """What ends a fork of this process; called before the fork, as it imports something."""
    try:
        import ctypes

        # With Python's lock held: no thread of the job wakes up in what is being torn down.
        leave_c = ctypes.PyDLL(None).exit
    except (ImportError, OSError, AttributeError):  # a Python without ctypes
        return sys.exit

    def leave() -> None:
        _end_threads()
        atexit._run_exitfuncs()  # noqa: SLF001 - it has no public name, nor has the next one
        gc.collect()  # what is in cycles hears of its end
        _flush_files()
        leave_c(0)  # flushes what C has buffered, and runs what native code has registered

    return leave


def _end_threads() -> None:
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001


def _flush_files() -> None:
    """What the run has opened and not closed; Python would flush it when it frees it."""
    for item in gc.get_objects():
        if issubclass(type(item), io.IOBase):
            with contextlib.suppress(Exception):  # it is closed, or the job's own class
                item.flush()
