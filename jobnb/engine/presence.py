"""Presence: that this process lives, told to everybody who shares the database.

A process is present by a row with a beat that counts up, and by a lock on a file of its own. Who is
on the same host asks the lock, which needs no clock; everybody else watches the beat.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from jobnb.errors import StoreError
from jobnb.protocol import Reason
from jobnb.settings import Settings
from jobnb.store.database import Database
from jobnb.store.results import Results
from jobnb.store.values import WorkerProcess
from jobnb.store.workers import Workers

OnStop = Callable[[Reason, str], None]
"""Told, with a sentence for people, that a run must end; it must return at once. It may be called
again while the run takes its time."""

_log = logging.getLogger(__name__)


class Presence:
    """This process, as the owner of runs in one database.

    One thread beats, asks for the cancel flags of all runs of this process in one query, and does
    the ``chores`` (watching for lost runs) at every beat.
    """

    def __init__(self, database: Database, settings: Settings, name: str) -> None:
        self.settings = settings
        self.worker_id = str(uuid.uuid4())
        self._workers = Workers(database)
        self._results = Results(database)
        self._lock = _LockFile(settings.state_dir / "workers" / f"{self.worker_id}.lock")
        self.process = WorkerProcess(
            worker_id=self.worker_id,
            name=name,
            host=socket.gethostname(),
            boot_id=boot_id(),
            pid=os.getpid(),
            lock_path=str(self._lock.path),
            lock_inode=self._lock.inode,
            version=version("jobnb"),
        )
        self._attended: dict[str, tuple[str, OnStop]] = {}
        self._chores: list[Callable[[], object]] = []
        self._idle = threading.Condition()
        self._wake = threading.Event()
        self._closed = False
        self._workers.register(self.process)
        self._thread = threading.Thread(target=self._pulse, name="jobnb-pulse", daemon=True)
        self._thread.start()

    def attend(self, token: str, run_id: str, on_stop: OnStop) -> None:
        """From now on this process works on an attempt; it hears when the run must end."""
        self._attended[token] = (run_id, on_stop)
        self._wake.set()

    def leave(self, token: str) -> None:
        """The attempt is over."""
        with self._idle:
            self._attended.pop(token, None)
            self._idle.notify_all()

    def attends(self, token: str) -> bool:
        """Whether a thread of this process works on the attempt."""
        return token in self._attended

    def stop_all(self, reason: Reason, sentence: str, timeout: float) -> bool:
        """Ends all runs that this process works on; False if some go on after ``timeout`` s."""
        for _, on_stop in tuple(self._attended.values()):
            on_stop(reason, sentence)
        with self._idle:
            return self._idle.wait_for(lambda: not self._attended, timeout)

    def add_chore(self, chore: Callable[[], object]) -> None:
        """Does ``chore`` at every beat, on the pulse thread."""
        self._chores.append(chore)

    @property
    def is_closed(self) -> bool:
        """Whether this process has said that it goes."""
        return self._closed

    def look_now(self) -> None:
        """Asks for cancel flags at once: somebody in this process has just set one."""
        self._wake.set()

    def close_if_idle(self) -> bool:
        """Ends it unless this process works on runs; a Dask worker may share it."""
        if not self._attended:
            self.close()
        return self._closed

    def close(self) -> None:
        """Says that this process has gone by its own will, and ends the thread."""
        if self._closed or os.getpid() != self.process.pid:
            return
        self._closed = True
        self._wake.set()
        self._thread.join(timeout=5.0)
        with contextlib.suppress(StoreError):
            self._workers.ended(self.worker_id)
        self._lock.release()

    def _pulse(self) -> None:
        next_beat = time.monotonic() + self.settings.beat_interval
        while not self._closed:
            pause = self.settings.cancel_poll if self._attended else next_beat - time.monotonic()
            self._wake.wait(max(0.0, pause))
            self._wake.clear()
            try:
                self._deliver_cancels()
                if time.monotonic() >= next_beat:
                    next_beat = time.monotonic() + self.settings.beat_interval
                    self._beat()
            except StoreError as error:
                if not self._closed:
                    _log.warning("The pulse of this process was not recorded: %s", error)

    def _deliver_cancels(self) -> None:
        attended = tuple(self._attended.values())
        if not attended:
            return
        cancelled = self._results.cancel_requests(self.worker_id)
        for run_id, on_stop in attended:
            if run_id in cancelled:
                on_stop(Reason.CANCELLED, f"Cancelled by {cancelled[run_id]}.")

    def _beat(self) -> None:
        self._workers.beat(self.worker_id)
        for chore in self._chores:
            chore()


_present: dict[str, Presence] = {}
_present_lock = threading.Lock()


def presence_in(database: Database, make_settings: Callable[[], Settings], name: str) -> Presence:
    """The presence of this process in that database; made by whoever asks first.

    Nothing ends it but ``close()``: the operating system frees the lock of a process that is gone.
    """
    with _present_lock:
        found = _present.get(database.uuid)
        if found is None or found.is_closed:
            found = _present[database.uuid] = Presence(database, make_settings(), name)
        return found


def boot_id() -> str:
    """Tells this boot of this machine from any other; empty where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


def is_gone(process: WorkerProcess) -> bool | None:
    """Whether a process is known to be over; None if this host cannot tell.

    The answer comes from the kernel: a process that lives, however busy, stopped or asleep, holds
    its lock.
    """
    if any(process.worker_id == own.worker_id for own in _present.values()):
        # Besides being known, this must not be tried: closing the file would drop our own lock.
        return False
    path = Path(process.lock_path)
    if process.boot_id != boot_id() or not process.boot_id:
        return None
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if os.fstat(descriptor).st_ino != process.lock_inode:
            return None
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    finally:
        os.close(descriptor)
    return True


class _LockFile:
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

    def release(self) -> None:
        self.path.unlink(missing_ok=True)
        os.close(self._descriptor)
