"""Lock files: a process lives as long as it holds its own; that needs no clock."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

_own: set[tuple[str, int]] = set()
"""Path and inode of those that this process holds."""
os.register_at_fork(after_in_child=_own.clear)


class LockFile:
    """A file that this process keeps locked while it lives.

    A POSIX record lock: unlike ``flock`` it is not inherited by what the process forks, which may
    outlive it.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.inode = os.fstat(self._descriptor).st_ino
        _own.add((str(path), self.inode))

    def release(self) -> None:
        """Removes it."""
        self.path.unlink(missing_ok=True)
        os.close(self._descriptor)
        _own.discard((str(self.path), self.inode))


def is_free(path: Path, inode: int) -> bool | None:
    """Whether nobody holds the lock file; None if it is not there.

    The answer comes from the kernel: a process that lives, however busy, stopped or asleep, holds
    its lock.
    """
    if (str(path), inode) in _own:
        # Besides being known, this must not be tried: closing the file would drop our own lock.
        return False
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if os.fstat(descriptor).st_ino != inode:
            return None
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    finally:
        os.close(descriptor)
    return True
