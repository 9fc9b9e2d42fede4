"""Processes of this host, told apart whatever becomes of their ids and of the clock."""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil


@cache
def boot_id() -> str:
    """Tells this boot of this machine from any other; empty where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


@dataclass(frozen=True, kw_only=True)
class Process:
    """A process that this one may not have started."""

    pid: int
    birth: str
    """Tells it from a later one of the same id; the same for ever, even if the clock is set."""

    @classmethod
    def of(cls, pid: int) -> Process:
        """The living process of that id.

        Raises:
            psutil.NoSuchProcess: There is none.
        """
        return cls(pid=pid, birth=_birth_of(pid))

    @property
    def is_alive(self) -> bool:
        """Whether it still works; a dead one that nobody has waited for does not."""
        try:
            is_same = _birth_of(self.pid) == self.birth
            return is_same and psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def terminate(self) -> None:
        """Asks it to end. Only the head of its group: a nanny lets its worker close the runs."""
        if self.is_alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """Ends it with its whole group, if it lives."""
        if self.is_alive:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)


def _birth_of(pid: int) -> str:
    process = psutil.Process(pid)
    try:
        # Ticks since the boot. psutil gives the time of day, which moves when the clock is set.
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return str(process.create_time())  # elsewhere the system itself has kept the time of day
    return f"{boot_id()} {fields[19]}"
