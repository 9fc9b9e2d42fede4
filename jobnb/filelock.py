"""Files that processes of this host lock one after the other, and say who has them."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil

from jobnb.errors import JobnbError

PAUSE: Final = 0.05
"""Seconds between two tries."""
SKETCH: Final = 100
"""Characters of its command, for people."""
STANDING: Final = 10.0
"""Seconds for which whoever has it may be stopped, with Ctrl-Z or by a debugger."""


@contextmanager
def alone(path: Path, patience: float, refusal: type[JobnbError]) -> Iterator[None]:
    """Within the block nobody else has the file locked; it is made if need be, and stays.

    Args:
        path: Of the file.
        patience: Seconds that one other may keep it; who dies lets go of it at once.
        refusal: Raised, with a sentence for people.

    Raises:
        JobnbError: The ``refusal``: somebody kept it for longer, or stands still with it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(descriptor, path, patience, refusal)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, path: Path, patience: float, refusal: type[JobnbError]) -> None:
    began = moved = time.monotonic()
    known = ""
    while not _is_taken(descriptor):
        now = time.monotonic()
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace")
        if holder != known:
            known, began = holder, now
        if not _stands_still(holder):
            moved = now
        if now - began >= patience or now - moved >= STANDING:
            raise refusal(
                f"Process {holder or '(unknown)'} has kept {path} locked for {now - began:.0f} s"
                f"{_sketch(holder)}, and nobody else may do the same meanwhile. {_remedy(holder)}"
            )
        time.sleep(PAUSE)


def _is_taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _stands_still(holder: str) -> bool:
    try:
        return psutil.Process(int(holder)).status() == psutil.STATUS_STOPPED
    except (ValueError, psutil.Error):
        return False


def _sketch(holder: str) -> str:
    try:
        words = " ".join(psutil.Process(int(holder)).cmdline()).split()
    except (ValueError, psutil.Error):
        return ""
    return f" ({' '.join(words)[:SKETCH]}{', which is stopped' if _stands_still(holder) else ''})"


def _remedy(holder: str) -> str:
    if _stands_still(holder):
        return f"Let it go on (`kill -CONT {holder}`), or end it (`kill -KILL {holder}`)."
    return "Wait for it, or end it."
