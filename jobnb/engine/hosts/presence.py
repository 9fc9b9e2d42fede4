"""Presence: that this process lives, told to everybody who shares the database.

A process is present by a row with a beat that counts up, and by a lock on a file of its own. Who is
on the same host asks the lock, which needs no clock; everybody else watches the beat.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Collection
from importlib.metadata import version
from pathlib import Path
from typing import Final

from jobnb.catalogs.growing.nursery import NURSERY, Care
from jobnb.engine.hosts.chores import Chores, Diligence
from jobnb.engine.hosts.lockfile import LockFile, is_free
from jobnb.engine.hosts.manifests import Manifests
from jobnb.engine.hosts.processes import boot_id
from jobnb.engine.hosts.withheld import KnownInputs
from jobnb.engine.hosts.workplaces import Workplaces
from jobnb.errors import StoreError, StoreVanished
from jobnb.protocol import Reason, RunPolicy
from jobnb.settings import Settings
from jobnb.store.care.workers import Workers
from jobnb.store.content.snapshots import Snapshots
from jobnb.store.database import Database
from jobnb.store.results import Results
from jobnb.store.values import WorkerProcess

OnStop = Callable[[Reason, str], None]
"""Told, with a sentence for people, that a run must end; it must return at once. It may be called
again while the run takes its time."""
_ASKING: Final = "ask for cancelled runs"


class Presence:
    """This process, as the owner of runs in one database.

    One thread beats, and asks for the cancel flags of all runs of this process in one query;
    another one does the chores (watching for lost runs) at every beat. Whoever needs it holds it,
    and so does every run that is worked on; it ends when the last holder lets go.
    """

    def __init__(self, database: Database, settings: Settings, name: str) -> None:
        self.settings = settings
        self.worker_id = str(uuid.uuid4())
        self._database = database
        self._workers = Workers(database)
        self._results = Results(database)
        self._lock = LockFile(settings.state_dir / "workers" / f"{self.worker_id}.lock")
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
        self.known_inputs = KnownInputs()
        """Of runs that another attempt may follow, what the database has not of their inputs."""
        self.manifests = Manifests(Snapshots(database))
        """Of the runs that are worked on here."""
        self.workplaces = Workplaces(_workplaces(self.worker_id))
        """Where they work."""
        self._attended: dict[str, tuple[str, OnStop]] = {}
        self._holders: set[int] = set()
        self._next_look = 0.0
        """When cancel flags are asked for again, if there is a run; monotonic."""
        self._is_idle = False
        """Whether the pulse waits for its next beat only."""
        self._owned: set[str] = set()
        self._diligence = Diligence()
        self._idle = threading.Condition()
        self._wake = threading.Event()
        self._closed = False
        self._workers.register(self.process)
        self._chores = Chores(settings.beat_interval)
        self.add_chore("workplaces", self.workplaces.sweep)
        self.add_chore("templates", lambda: NURSERY.tidy(care_of(settings)))
        self._thread = threading.Thread(target=self._pulse, name="jobnb-pulse", daemon=True)
        self._thread.start()

    # --- the runs of this process -----------------------------------------------------------------

    def attend(self, token: str, run_id: str, on_stop: OnStop) -> None:
        """From now on this process works on an attempt; it hears when the run must end."""
        self._attended[token] = (run_id, on_stop)
        if self._is_idle:
            # Whoever cancels before the run is claimed is seen by the claim.
            self._next_look = time.monotonic() + self.settings.cancel_poll
            self._wake.set()

    def own(self, token: str) -> None:
        """The attempt has its run now; it hears as well when the run is taken from it."""
        self._owned.add(token)

    def leave(self, token: str) -> None:
        """The attempt is over."""
        with self._idle:
            self._owned.discard(token)
            self._attended.pop(token, None)
            self._idle.notify_all()

    def attends(self, token: str) -> bool:
        """Whether this process works on the attempt, or has its end still to write."""
        return token in self._attended or self.does(("end", token))

    def end_later(self, token: str, write: Callable[[], object]) -> None:
        """Writes the end of an attempt as soon as the database lets it: tried at every beat."""
        name = ("end", token)

        def chore() -> None:
            write()
            self.drop_chore(name)

        self.add_chore(name, chore)

    def stop_runs(
        self, run_ids: Collection[str], reason: Reason, sentence: str, timeout: float
    ) -> bool:
        """Ends those of the runs that work here; False if some outlast ``timeout`` seconds."""

        def attended() -> list[OnStop]:
            return [stop for run, stop in tuple(self._attended.values()) if run in run_ids]

        for on_stop in attended():
            on_stop(reason, sentence)
        with self._idle:
            return self._idle.wait_for(lambda: not attended(), timeout)

    def look_now(self) -> None:
        """Asks for cancel flags at once: somebody in this process has just set one."""
        self._next_look = 0.0
        self._wake.set()

    # --- its own life -----------------------------------------------------------------------------

    def add_chore(self, name: object, chore: Callable[[], object]) -> bool:
        """Does ``chore`` at every beat, on a thread for it; False if one of the name is done."""
        return self._chores.add(name, chore)

    def wake_in(self, seconds: float) -> None:
        """Does the chores after so long as well, and not only at the next beat."""
        self._chores.wake_in(seconds)

    def does(self, name: object) -> bool:
        """Whether there is a chore of the name."""
        return name in self._chores

    def drop_chore(self, name: object) -> None:
        """Does it no more."""
        self._chores.drop(name)

    def is_present_in(self, database: Database) -> bool:
        """Whether others see it there; not in a copy that has taken the place of the file."""
        return not self._closed and database is self._database

    def release(self, holder: object) -> bool:
        """Lets go of it; True if that has closed it, because nobody else holds it."""
        with _present_lock:
            self._holders.discard(id(holder))
            if self._holders:
                return False
            if _present.get(self._database.uuid) is self:
                del _present[self._database.uuid]
        self.close()
        return True

    def close(self) -> None:
        """Says that this process has gone by its own will, and ends the thread."""
        if self._closed or os.getpid() != self.process.pid:
            return
        self._closed = self._diligence.is_quiet = True
        self._wake.set()
        self._chores.close()
        if self._thread is not threading.current_thread():
            self._thread.join(timeout=5.0)
        with contextlib.suppress(StoreError):
            self._workers.ended(self.worker_id)
        NURSERY.close()
        self.workplaces.close()
        self._lock.release()

    def _pulse(self) -> None:
        next_beat = time.monotonic() + self.settings.beat_interval
        while not self._closed:
            self._rest(next_beat)
            now = time.monotonic()
            if now >= self._next_look:
                self._next_look = now + self.settings.cancel_poll
                # Who had no answer asks again, also when nothing is left to stop: it is over then.
                if self._attended or self._diligence.is_troubled(_ASKING):
                    # Without this thread no run here could be stopped: nothing may end it.
                    self._diligence.do(_ASKING, self._deliver_stops)
            if now >= next_beat:
                next_beat = now + self.settings.beat_interval
                self._diligence.do("beat", lambda: self._workers.beat(self.worker_id))

    def _rest(self, next_beat: float) -> None:
        """Waits until something is due, or somebody wakes this thread."""
        self._is_idle = True  # first, so that a run which comes now wakes this thread
        self._is_idle = not self._attended
        due = next_beat if self._is_idle else min(next_beat, self._next_look)
        self._wake.wait(max(0.0, due - time.monotonic()))
        self._wake.clear()

    def _deliver_stops(self) -> None:
        # What is owned comes first: the run of an attempt that begins later is in the answer.
        owned, attended = frozenset(self._owned), tuple(self._attended.items())
        try:
            held = self._results.attempts.held_by(self.worker_id)
        except StoreVanished as error:
            # Nothing of them can be kept, and nobody could stop them in any other way.
            for _, (_, on_stop) in attended:
                on_stop(Reason.SUPERVISOR_ERROR, str(error))
            raise
        for token, (_, on_stop) in attended:
            if held.get(token) is not None:
                on_stop(Reason.CANCELLED, f"Cancelled by {held[token]}.")
            elif token in owned and token not in held:
                on_stop(Reason.FENCED, "The run was taken from this worker.")


def care_of(settings: Settings, policy: RunPolicy | None = None) -> Care:
    """How the templates of this process are kept.

    Args:
        settings: Of this process.
        policy: Of the run that may come from one; None: it is about no run.
    """
    policy = policy or RunPolicy()
    return Care(
        most=settings.templates if policy.fork else 0,
        idle=settings.template_idle,
        import_limit=settings.describe_time_limit,
        is_weighed=policy.limits.memory_limit > 0,
    )


_present: dict[str, Presence] = {}
_present_lock = threading.Lock()


def hold_presence(
    database: Database, make_settings: Callable[[], Settings], name: str, holder: object
) -> Presence:
    """The presence of this process in that database, made by whoever asks first.

    Args:
        database: Where it is present.
        make_settings: Asked if it must be made.
        name: What it is called, if it must be made.
        holder: Who keeps it until ``release``.
    """
    with _present_lock:
        found = _present.get(database.uuid)
        if found is None or not found.is_present_in(database):
            found = _present[database.uuid] = Presence(database, make_settings(), name)
        found._holders.add(id(holder))  # noqa: SLF001 - under the lock that release() takes
        return found


def _be_somebody_else() -> None:
    """In a forked process: its parent's presence, lock and pulse are its parent's."""
    global _present_lock  # noqa: PLW0603 - the thread that may hold it was not taken along
    _present_lock = threading.Lock()
    _present.clear()


os.register_at_fork(after_in_child=_be_somebody_else)


def _workplaces(worker_id: str) -> Path:
    return Path(tempfile.gettempdir()) / f"jobnb-{worker_id}"


def is_gone(process: WorkerProcess) -> bool | None:
    """Whether a process is known to be over; None if this host cannot tell."""
    if process.boot_id != boot_id() or not process.boot_id:
        return None
    return is_free(Path(process.lock_path), process.lock_inode)


def clear_remains(process: WorkerProcess) -> None:
    """Removes the files of a process on this host that is known to be over."""
    shutil.rmtree(_workplaces(process.worker_id), ignore_errors=True)
    Path(process.lock_path).unlink(missing_ok=True)
