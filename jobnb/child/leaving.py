"""How a fork ends: all that Python promises at its exit, without taking it apart.

To free every object would touch, and so copy, all the memory that the fork shares with its
template: more than everything else in a small run together (measured).
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import io
import os
import re
import sys
import sysconfig
import threading
from collections.abc import Callable
from typing import Any, Final

Leave = Callable[[Callable[[], object]], None]
"""Ends the process; calls what it is given when nothing can go wrong any more."""

_FILE: Final = io.IOBase.__mro__[1]
"""What all of Python's files are; to ask that of ``IOBase`` itself takes many times as long."""
_SILENT: Final = re.compile(
    rb"/(numpy|numpy\.libs|pandas|pyarrow|scipy|scipy\.libs)/"
    rb"|/lib(bz2|crypto|dl|expat|ffi|gcc_s|lzma|m|pthread|rt|sqlite3|ssl|stdc\+\+|uuid|z)[.-]"
)
"""Libraries with nothing to write or to tell at the end of a process, as far as no other one uses
them: what data frames and Python's own modules bring along."""
_LINK_MAP: Final = 2
"""``RTLD_DI_LINKMAP``: what of a handle ``dlinfo()`` is asked for."""


def prepare_leaving() -> Leave:
    """What ends a fork of this process; called before it imports what is not its own."""
    try:
        import ctypes

        # With Python's lock held: no thread of the job wakes up in what is being torn down.
        native = ctypes.PyDLL(None)
        leave_c, flush_c = native.exit, native.fflush
        libraries = _lister(native)
        own = libraries()
    except (ImportError, OSError, AttributeError):  # a Python without ctypes
        return lambda _farewell: sys.exit()

    def leave(farewell: Callable[[], object]) -> None:
        _end_threads()
        atexit._run_exitfuncs()  # noqa: SLF001 - it has no public name, nor has the next one
        gc.collect()  # what is in cycles hears of its end
        _flush_files()
        if libraries() <= own:
            # Nobody else wants to hear of it, and to tell all libraries takes a millisecond.
            flush_c(None)
            farewell()
            os._exit(0)
        leave_c(0)  # flushes what C has buffered, and runs what native code has registered

    return leave


def _lister(native: Any) -> Callable[[], set[bytes]]:
    """Tells the native libraries in this process that may have something to tell at its end."""
    import ctypes

    class Library(ctypes.Structure):
        pass

    of_library = ctypes.POINTER(Library)
    # The public part of the system's ``link_map``.
    Library._fields_ = [
        ("address", ctypes.c_void_p),
        ("name", ctypes.c_char_p),
        ("section", ctypes.c_void_p),
        ("next", of_library),
    ]
    modules = os.fsencode(sysconfig.get_config_var("DESTSHARED") or "no such folder")
    handle = ctypes.c_void_p(native._handle)  # noqa: SLF001

    def libraries() -> set[bytes]:
        found: set[bytes] = set()
        library: Any = of_library()
        if native.dlinfo(handle, _LINK_MAP, ctypes.byref(library)):
            raise OSError("the system does not tell its libraries")
        while library:
            found.add(library.contents.name or b"")
            library = library.contents.next
        return {name for name in found if not (name.startswith(modules) or _SILENT.search(name))}

    libraries()  # so that the forks share all that it touches
    return libraries


def _end_threads() -> None:
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001


def _flush_files() -> None:
    """What the run has opened and not closed; Python would flush it when it frees it."""
    for item in gc.get_objects():
        if issubclass(type(item), _FILE):
            with contextlib.suppress(Exception):  # it is closed, or the job's own class
                item.flush()
