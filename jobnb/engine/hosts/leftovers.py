"""Leftovers: files of this host that a dead process, or a run of long ago, has left behind.

Who lives is told by locks, as in ``presence``; nothing of a living process is ever listed here.
"""

from __future__ import annotations

import shutil
import socket
import tempfile
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from jobnb.engine.hosts.presence import is_gone
from jobnb.engine.hosts.processes import boot_id
from jobnb.settings import Settings
from jobnb.store.care.workers import Workers
from jobnb.store.database import Database
from jobnb.store.values import WorkerProcess

JUST_MADE: Final = 60.0
"""Seconds in which a process that has made its lock file takes the lock."""
DAY: Final = 24 * 3600.0
"""Seconds that is kept at least what has no lock that would tell whether somebody uses it."""


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """A file or folder that nobody needs any more."""

    path: Path
    kind: str
    """What it is, for people, in the plural."""

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        files = [self.path, *self.path.rglob("*")]
        return sum(file.lstat().st_size for file in files if file.is_file())

    def remove(self) -> int:
        """Removes it, and gives the number of its bytes; what is gone already is nothing."""
        size = self.size
        if self.path.is_dir():
            shutil.rmtree(self.path, ignore_errors=True)
        else:
            self.path.unlink(missing_ok=True)
        return size


def find_leftovers(
    settings: Settings, database: Database, snapshots_before: float, in_use: Collection[str]
) -> Iterator[Leftover]:
    """What may be removed now.

    Args:
        settings: Of this process; its folders are looked at.
        database: Knows which processes have ended in good order.
        snapshots_before: Snapshots that were used last before that (seconds since the epoch) are
            listed; a younger one that is no day old never is.
        in_use: Digests of the snapshots of runs that work or wait.
    """
    # The folders first: once its lock is removed, nobody can tell that a process is dead.
    yield from _workplaces(Workers(database))
    yield from _describing_folders()
    yield from _locks(settings.state_dir / "workers")
    yield from _snapshots(
        settings.cache_dir / "snapshots", min(snapshots_before, time.time() - DAY), in_use
    )


def _locks(folder: Path) -> Iterator[Leftover]:
    for path in folder.glob("*.lock"):
        status = _stat_of(path)
        if status is None or time.time() - status[0] < JUST_MADE:
            continue
        if is_gone(_process(path, status[1])):
            yield Leftover(path=path, kind="locks of dead processes")


def _workplaces(workers: Workers) -> Iterator[Leftover]:
    """Folders of processes that are over; they may have had another state folder than we."""
    for path in Path(tempfile.gettempdir()).glob("jobnb-????????-????-????-????-????????????"):
        process = workers.get(path.name.removeprefix("jobnb-"))
        if process is None or process.host != socket.gethostname():
            continue  # of another database, which alone can tell
        if process.ended is not None or is_gone(process):
            yield Leftover(path=path, kind="working folders of dead processes")


def _describing_folders() -> Iterator[Leftover]:
    """Working folders of describing children; while one lives it stands in its own."""
    paths = [*Path(tempfile.gettempdir()).glob("jobnb-describe-*")]
    occupied = _working_directories() if paths else set()
    for path in paths:
        status = _stat_of(path)
        # A day, as a container that shares this folder may have processes that are not seen here.
        is_young = status is None or time.time() - status[0] < DAY
        if not is_young and str(path.resolve()) not in occupied:
            yield Leftover(path=path, kind="working folders of dead processes")


def _working_directories() -> set[str]:
    found = set()
    for process in psutil.process_iter():
        try:
            found.add(process.cwd())
        except psutil.Error:
            continue  # somebody else's, and so not in a folder of ours; or over by now
    return found


def _snapshots(folder: Path, before: float, in_use: Collection[str]) -> Iterator[Leftover]:
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        status = _stat_of(path)
        if status is not None and status[0] < before and path.name not in in_use:
            yield Leftover(path=path, kind="unpacked snapshots")


def _process(lock: Path, inode: int) -> WorkerProcess:
    """As much of a process as its lock tells."""
    return WorkerProcess(
        worker_id=lock.stem,
        name="",
        host=socket.gethostname(),
        boot_id=boot_id(),
        pid=0,
        lock_path=str(lock),
        lock_inode=inode,
        version="",
    )


def _stat_of(path: Path) -> tuple[float, int] | None:
    """When it was written last, and its inode; None if it has gone meanwhile."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime, status.st_ino
