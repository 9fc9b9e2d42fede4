"""How a fork ends: all that Python promises at its exit, without taking it apart.

To free every object would touch, and so copy, all the memory that the fork shares with its
template: more than everything else in a small run together (measured).
"""

from __future__ import annotations

import atexit
import gc
import io
import os
import re
import sys
import threading
from collections.abc import Callable
from typing import Any, Final, NoReturn

from jobnb.child.running.console import ConsoleBuffer, ConsoleStream

_FILE: Final = io.IOBase.__mro__[1]
"""What all of Python's files are; to ask that of ``IOBase`` itself takes many times as long."""
_NOTHING_TO_FLUSH: Final = {io.FileIO, io.BufferedReader, ConsoleStream, ConsoleBuffer}
"""Files that keep back nothing that was written to them."""
_SILENT: Final = re.compile(
    rb"/(numpy|numpy\.libs|pandas|pyarrow|scipy|scipy\.libs)/"
    rb"|/lib(bz2|crypto|dl|expat|ffi|gcc_s|lzma|m|pthread|rt|sqlite3|ssl|stdc\+\+|uuid|z)[.-]"
)
"""Libraries with nothing to write or to tell at the end of a process, as far as no other one uses
them: what data frames and Python's own modules bring along."""


class Leaving:
    """What ends a fork of this process; made before that imports what is not its own."""

    def __init__(self) -> None:
        self._libraries: _Libraries | None = None
        self._files: list[Any] = []
        """Those that there are before the fork: the collector does not tell of them after it."""
        try:
            import ctypes

            # With Python's lock held: no thread of the job wakes up in what is being torn down.
            native = ctypes.PyDLL(None)
            self._leave_c, self._flush_c = native.exit, native.fflush
            self._libraries = _Libraries(native)
        except (ImportError, OSError, AttributeError):  # a Python without ctypes
            return

    def settle(self) -> None:
        """Everything is imported that the forks have in common."""
        self._files = [file for file in _open_files() if type(file) not in _NOTHING_TO_FLUSH]
        if self._libraries is not None:
            self._libraries.may_speak()

    def leave(self, *farewells: Callable[[], object]) -> NoReturn:
        """Ends this process.

        Args:
            *farewells: Called in turn when nothing can go wrong any more.
        """
        if self._libraries is None:
            sys.exit()
        _end_threads()
        atexit._run_exitfuncs()  # noqa: SLF001 - it has no public name, nor has the next one
        # What is in cycles hears of its end. The oldest are left out if there are none: to collect
        # them also frees what Python keeps to use it again, and so copies one more page for each.
        gc.collect(2 if gc.get_objects(generation=2) else 1)
        _flush(self._files)
        _flush(_open_files())
        if self._libraries.may_speak():
            # It flushes what C has buffered, and runs what native code has registered.
            self._leave_c(0)
        # Nobody else wants to hear of it, and to tell all libraries takes a millisecond.
        self._flush_c(None)
        for farewell in farewells:
            farewell()
        os._exit(0)


class _Libraries:
    """The native libraries that have come into this process since it began to look at them."""

    def __init__(self, native: Any) -> None:
        import ctypes

        class Library(ctypes.Structure):
            """The system's ``dl_phdr_info``."""

            _fields_ = (
                ("address", ctypes.c_void_p),
                ("name", ctypes.c_char_p),
                ("headers", ctypes.c_void_p),
                ("headers_count", ctypes.c_uint16),
                ("loaded", ctypes.c_ulonglong),
                ("unloaded", ctypes.c_ulonglong),
            )

        size = ctypes.c_size_t
        visitor = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.POINTER(Library), size, ctypes.c_void_p)
        self._found: list[tuple[bytes, int]] = []
        self._visit_one, self._visit_each = visitor(self._take_one), visitor(self._take)
        self._visit_all = native.dl_iterate_phdr
        # Not asked of ``sysconfig``, which brings 240 kB along that each fork would carry.
        own = (place for place in sys.path if place.endswith("lib-dynload"))
        self._modules = os.fsencode(next(own, "no such folder"))
        self._own = self._names()
        self._answer = self._count(), False
        """How many libraries there were at the last look, and what was found then."""

    def may_speak(self) -> bool:
        """Whether there is one that may have something to tell at the end of the process."""
        count = self._count()
        if count != self._answer[0]:
            self._answer = count, any(map(self._has_a_say, self._names() - self._own))
        return self._answer[1]

    def _has_a_say(self, name: bytes) -> bool:
        return not (name.startswith(self._modules) or _SILENT.search(name))

    def _names(self) -> set[bytes]:
        return {name for name, _ in self._look(self._visit_each)}

    def _count(self) -> int:
        """How many were ever loaded, which each of them knows."""
        return self._look(self._visit_one)[0][1]

    def _look(self, visit: Any) -> list[tuple[bytes, int]]:
        self._found.clear()
        self._visit_all(visit, None)
        return self._found

    def _take(self, library: Any, _size: int, _data: object) -> bool:
        """Takes one and asks for the next."""
        self._found.append((library.contents.name or b"", library.contents.loaded))
        return False

    def _take_one(self, library: Any, _size: int, _data: object) -> bool:
        """Takes what all of them know from the first, and asks for no other."""
        self._found.append((b"", library.contents.loaded))
        return True


def _end_threads() -> None:
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001


def _open_files() -> list[Any]:
    return [item for item in gc.get_objects() if issubclass(type(item), _FILE)]


def _flush(files: list[Any]) -> None:
    """What the run has opened and not closed; Python would flush it when it frees it."""
    for file in files:
        try:  # noqa: SIM105 - quicker, and each fork does it
            file.flush()
        except Exception:  # noqa: BLE001, S110 - it is closed, or the job's own class
            pass
