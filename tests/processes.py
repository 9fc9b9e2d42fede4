"""What tests do with processes: wait for something, look whether one lives, kill it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable

import psutil

SECONDS = 60.0
"""How long a test waits for an event before it fails."""


def eventually(condition: Callable[[], object], seconds: float = SECONDS) -> object:
    """Waits until ``condition`` gives something true, and gives it back."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s")
        time.sleep(0.02)


def best_of_many(measure: Callable[[], float], limit: float, tries: int = 15) -> float:
    """The first duration below ``limit``, or the smallest of all tries.

    A busy machine delays one try or another; what is slow by itself is so each time.
    """
    taken = []
    for _ in range(tries):
        taken.append(measure())
        if taken[-1] < limit:
            break
    return min(taken)


def read_until(process: subprocess.Popen, word: str) -> str:
    """Reads the output of a program up to the line that has ``word``."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        if word in line:
            return "".join(lines)
    raise AssertionError(f"{word!r} never came: {''.join(lines)}")


def is_alive(pid: int) -> bool:
    """Whether a process works; one that only waits to be reaped does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def kill_tree(process: subprocess.Popen) -> None:
    """Kills a program that we started, with all that it started."""
    if process.poll() is None:
        for member in psutil.Process(process.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()
    process.kill()
    process.wait()
