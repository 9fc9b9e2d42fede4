"""Hot pages: what each fork copies of its template's memory, copied before somebody waits for it.

Until one of them writes to it a fork shares all memory with its template; then Linux copies that
page. A run that makes a single data frame of pandas writes to two thousand pages, for which its
caller waits some six milliseconds (measured). A fork that was made ahead waits for its order
anyway: meanwhile it copies what an earlier one has copied. That is a matter of time only, so
nothing of it may fail.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from struct import Struct
from typing import Final

LARGE: Final = 24 * 1024 * 1024
"""Bytes of a template's own from which on it is worth while. A fork of one without large libraries,
which has half of that, copies some 700 pages: to do so one by one takes the CPU longer than it
saves the caller."""
_POPULATE_WRITE: Final = 23
"""Linux's ``MADV_POPULATE_WRITE``. Before 5.14 it is refused, and pages are copied as ever."""
_ROOM: Final = 64 * 1024
"""Bytes for what is known: some 4,000 ranges."""
_COUNT: Final = Struct("=Q")
"""How many ranges are known, and one more; 0 as long as nobody has looked."""
_RANGE: Final = Struct("=QQ")
"""Address and bytes."""
_ENTRY: Final = Struct("=Q")
# Of a page in /proc/PID/pagemap, as Linux's admin-guide/mm/pagemap tells.
_IS_PRESENT: Final = 1 << 63
_IS_SHARED: Final = 1 << 61
_IS_ALONE: Final = 1 << 56


class HotPages:
    """Of one template, which makes it when its imports are done; each fork has it as well."""

    def __init__(self, memory: int) -> None:
        """Knows nothing yet.

        Args:
            memory: Bytes that the template has to itself.
        """
        self._advise: Callable[[int, int, int], object] | None = None
        if memory < LARGE:
            return
        with contextlib.suppress(ImportError, OSError, AttributeError):
            import ctypes
            import mmap

            # The template and its forks share it: what one has learned the next ones know. Two that
            # learn at once may mix up their ranges, and pages are copied in vain.
            self._known = mmap.mmap(-1, _ROOM)
            advise = ctypes.PyDLL(None).madvise
            advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
            self._advise = advise

    def copy(self) -> None:
        """In a fork that has nothing to do yet."""
        if self._advise is None:
            return
        count = _COUNT.unpack_from(self._known)[0] - 1
        ranges = self._known[_COUNT.size : _COUNT.size + max(0, count) * _RANGE.size]
        for address, size in _RANGE.iter_unpack(ranges):
            self._advise(address, size, _POPULATE_WRITE)

    def learn(self) -> None:
        """In a fork that has done its work: what it has copied, unless that is known already."""
        if self._advise is None or _COUNT.unpack_from(self._known)[0]:
            return
        with contextlib.suppress(Exception):  # it may be forbidden to look, or no memory be left
            ranges = list(_copied())[: (_ROOM - _COUNT.size) // _RANGE.size]
            packed = b"".join(_RANGE.pack(*found) for found in ranges)
            self._known[_COUNT.size : _COUNT.size + len(packed)] = packed
            _COUNT.pack_into(self._known, 0, len(ranges) + 1)


def _copied() -> Iterator[tuple[int, int]]:
    """Address and bytes of the private memory that this process shares with nobody any more."""
    page = os.sysconf("SC_PAGE_SIZE")
    with Path("/proc/self/pagemap").open("rb", buffering=0) as pages:
        for line in Path("/proc/self/maps").read_text("utf-8", "backslashreplace").splitlines():
            place, rights, _ = line.split(maxsplit=2)
            if rights != "rw-p":
                continue
            begin, end = (int(number, 16) // page for number in place.split("-"))
            found = os.pread(pages.fileno(), (end - begin) * _ENTRY.size, begin * _ENTRY.size)
            for is_own, row in groupby(enumerate(_ENTRY.iter_unpack(found), begin), _is_own):
                if is_own:
                    first, *more = (number for number, _ in row)
                    yield first * page, (1 + len(more)) * page


def _is_own(page: tuple[int, tuple[int]]) -> bool:
    entry = page[1][0]
    return entry & (_IS_PRESENT | _IS_SHARED | _IS_ALONE) == _IS_PRESENT | _IS_ALONE
