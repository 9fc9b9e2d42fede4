"""A child with all that it started: its memory, who left its process group, the lack of memory."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import Final

import psutil

_COUNTERS: Final = Path("/proc/vmstat")
_KILLS: Final = re.compile(rb"^oom_kill (\d+)$", re.MULTILINE)
_ROOM: Final = 64 * 1024
"""Bytes; more than all counters have."""


def resident_memory(leader: int) -> int:
    """Bytes that a process, its session and its descendants have resident together.

    Memory that several of them share counts for each; a process that has gone meanwhile has none.

    Args:
        leader: Process id of the leader of the session.
    """
    total = 0
    for process in _family(leader):
        with contextlib.suppress(psutil.Error):
            total += process.memory_info().rss
    return total


def strays(leader: int) -> list[psutil.Process]:
    """Those that no signal to the process group of ``leader`` reaches, as they have left it."""
    found = []
    for process in _family(leader):
        with contextlib.suppress(OSError):
            if os.getpgid(process.pid) != leader:
                found.append(process)
    return found


def _family(leader: int) -> list[psutil.Process]:
    """The session (who left its parent is in it) and the descendants (who left the session)."""
    family = {}
    with contextlib.suppress(psutil.Error):
        parent = psutil.Process(leader)
        family = {process.pid: process for process in (parent, *parent.children(recursive=True))}
    for pid in psutil.pids():
        with contextlib.suppress(psutil.Error, OSError):
            if pid not in family and os.getsid(pid) == leader:
                family[pid] = psutil.Process(pid)
    return list(family.values())


def count_kills() -> int | None:
    """How many processes this machine has killed for lack of memory; None if it does not say."""
    try:
        with _COUNTERS.open("rb", buffering=0) as file:
            counters = file.read(_ROOM) or b""
    except OSError:  # macOS
        return None
    found = _KILLS.search(counters)
    return None if found is None else int(found[1])
