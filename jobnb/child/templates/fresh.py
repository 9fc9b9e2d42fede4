"""What must not be the same in two forks of one process: made new in each of them."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable

from jobnb.child.templates.fitness import OpenFile


def make_fresh(files: Iterable[OpenFile]) -> None:
    """Gives this fork its own random numbers, keys and positions in open files.

    Python's ``random`` and ``tempfile``, ``uuid`` and OpenSSL see to themselves.

    Args:
        files: Those that were open before the fork, with their positions at that time.
    """
    for file in files:
        _open_anew(file)
    numpy = sys.modules.get("numpy.random")
    if numpy is not None:
        with contextlib.suppress(Exception):  # a job file may have put something else there
            numpy.seed()
    processes = sys.modules.get("multiprocessing.process")
    if processes is not None:
        processes.current_process().authkey = os.urandom(32)


def _open_anew(file: OpenFile) -> None:
    number = file.descriptor
    try:
        # By its number: it may have been renamed or deleted since.
        new = os.open(f"/proc/self/fd/{number}", file.flags)
    except OSError:
        return  # no right to it any more: the position stays shared
    os.lseek(new, file.position, os.SEEK_SET)
    os.dup2(new, number, inheritable=os.get_inheritable(number))
    os.close(new)
