"""Fitness: whether a process that has imported job files may be forked, and if not, why.

What a fork shares with its parent, or lacks although it seems to be there, must not be found by a
run: it gets a process of its own from the start then.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import stat
import sys
import threading
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_PROC: Final = Path("/proc/self")
_TRIAL: Final = 1.0
"""Seconds that a fork may take which does nothing."""

_HARMLESS: Final = frozenset({"jemalloc_bg_thd"})
"""Native threads of libraries that see to themselves in a fork: pyarrow's allocator has one, and
pandas imports pyarrow where it is installed."""


@dataclass(frozen=True)
class OpenFile:
    """A file that a job file has open for reading."""

    descriptor: int
    flags: int
    position: int


class Fitness:
    """Looks at this process while it imports."""

    def __init__(self) -> None:
        """What is open now is ours."""
        self._ours = _descriptors()
        self._bounds = _bounds()
        self._temporary: list[str] = []
        self._is_watching = True

        def note(event: str, arguments: tuple[Any, ...]) -> None:
            if self._is_watching and event in {"tempfile.mkdtemp", "tempfile.mkstemp"}:
                self._temporary.append(str(arguments[0]))

        # It stays, in each fork, and Python asks it for an attribute each time: of a method, which
        # has none, by way of an exception.
        sys.addaudithook(note)

    def fault(self) -> str:
        """Why this process may not be forked; empty if it may."""
        checks = (
            _threads,
            _processes,
            self._open,
            self._left_behind,
            _memory,
            _timers,
            self._bounded,
            _native_threads,
        )
        return next((fault for check in checks if (fault := check())), "")

    def files(self) -> list[OpenFile]:
        """The files that a fork must open anew, since it would share their positions."""
        self._is_watching = False
        return [_open_file(number) for number in self._others() if _is_file(number)]

    def _others(self) -> Collection[int]:
        return sorted(_descriptors() - self._ours)

    def _open(self) -> str:
        if not self._ours <= _descriptors():
            return "has closed a descriptor that was not its own at its import"
        for number in self._others():
            name = str((_PROC / "fd" / str(number)).readlink())
            mode = os.fstat(number).st_mode
            if stat.S_ISCHR(mode) or stat.S_ISDIR(mode):
                continue
            if not stat.S_ISREG(mode):
                return f"has {name} open after its import"
            if fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY:
                return f"has {name} open for writing after its import"
        return ""

    def _left_behind(self) -> str:
        for path in self._temporary:
            if os.path.lexists(path):
                return f"made the temporary {path} at its import"
        return ""

    def _bounded(self) -> str:
        """What cannot be taken back, and would hold for the runs of all files."""
        if _bounds() == self._bounds:
            return ""
        return "has changed the limits or the priority of its process at its import"


def _threads() -> str:
    others = [t.name for t in threading.enumerate() if t is not threading.main_thread()]
    return f"has started a thread ({', '.join(others)}) at its import" if others else ""


def _processes() -> str:
    if signal.getsignal(signal.SIGCHLD) is not signal.SIG_DFL:
        return "handles SIGCHLD"
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return ""
    return "has started a process at its import"


def _memory() -> str:
    for line in (_PROC / "maps").read_text("utf-8", "backslashreplace").splitlines():
        _, permissions, *_, name = line.split(maxsplit=5)
        if permissions[1] == "w" and permissions[3] == "s":
            return f"shares memory ({name}) after its import"
    return ""


def _timers() -> str:
    kinds = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)
    is_set = any(any(signal.getitimer(kind)) for kind in kinds)
    return "has set a timer at its import, which no fork would have" if is_set else ""


def _bounds() -> tuple[str, int]:
    limits = (_PROC / "limits").read_text("utf-8", "backslashreplace")
    return limits, os.getpriority(os.PRIO_PROCESS, 0)


def _native_threads() -> str:
    """Threads of native code that stay when it is told of a fork, as those of OpenBLAS do not."""
    if _count_threads() == 1:
        return ""
    if not _forks():
        return "has native threads after its import that do not survive a fork"
    # One that was told to end, and waited for, may be seen a moment longer.
    deadline = time.monotonic() + _TRIAL
    while (count := _count_threads()) > 1 and time.monotonic() < deadline:
        time.sleep(0.005)
    return f"has {count - 1} native threads after its import" if count > 1 else ""


def _forks() -> bool:
    """Whether a fork comes to its end."""
    pid = os.fork()
    if not pid:
        os._exit(0)
    notice = os.pidfd_open(pid)
    has_ended = bool(select.select([notice], [], [], _TRIAL)[0])
    os.close(notice)
    if not has_ended:
        os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1] == 0 and has_ended


def _count_threads() -> int:
    """Those that matter to a fork, this one included."""
    names = []
    for task in (_PROC / "task").iterdir():
        with contextlib.suppress(OSError):  # it has just ended
            names.append((task / "comm").read_text("utf-8", "backslashreplace").strip())
    return sum(name not in _HARMLESS for name in names)


def _descriptors() -> frozenset[int]:
    return frozenset(_still_open([int(path.name) for path in (_PROC / "fd").iterdir()]))


def _still_open(numbers: Collection[int]) -> Iterator[int]:
    """Without the one that the list was read with."""
    for number in numbers:
        try:
            os.fstat(number)
        except OSError:
            continue
        yield number


def _is_file(number: int) -> bool:
    return stat.S_ISREG(os.fstat(number).st_mode)


def _open_file(number: int) -> OpenFile:
    flags = fcntl.fcntl(number, fcntl.F_GETFL)
    return OpenFile(number, flags, os.lseek(number, 0, os.SEEK_CUR))
