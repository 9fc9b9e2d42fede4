"""The parent's side of a template: knocks at its door, and gets children that are its forks.

While a run works the template makes the next fork already, a spare one, which waits for its order;
one for each of the runs that work at the same time.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import sys
import threading
from collections import deque
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final
from weakref import WeakSet

from jobnb.child.pipes import Ends, open_pipes, refusal, tie
from jobnb.child.process import ChildProcess, open_notice
from jobnb.errors import ChildError
from jobnb.protocol import ChildOrder

ANSWERING: Final = 10.0
"""Seconds that a template may take to fork: it does nothing else, but the machine may be busy."""
MOST_SPARES: Final = os.cpu_count() or 1
"""Spare forks at once: more of them are not made any sooner."""
_LONGEST: Final = 4096
"""Bytes of an answer."""
_MOST_OVER: Final = 1000
"""Forks that one message names as over."""


class NotForked(Exception):
    """There is no fork; the text says why, and is empty if that is not worth a word."""


class TemplateUnfit(NotForked):
    """The template makes no forks any more."""


class JobUnknown(NotForked):
    """The template does not know the job."""


def can_fork() -> bool:
    """Whether forks are made on this system.

    Not on macOS: its own libraries do not survive a fork, so that Python itself does not fork there
    any more.
    """
    return sys.platform == "linux" and hasattr(os, "pidfd_open")


_doors: Final[WeakSet[Door]] = WeakSet()


class _Line:
    """The line to a template: messages there, and answers in the same order. One thread at a time.

    Attributes:
        over: Forks to be reaped whose exit code nobody needs; the next message names them. Any
            thread may add some.
        is_open: Whether the template answers.
    """

    def __init__(self) -> None:
        """Opens both ends.

        Raises:
            ChildError: The operating system refused.
        """
        try:
            self._socket, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        except OSError as error:
            raise ChildError(refusal(error)) from error
        self._socket.settimeout(ANSWERING)
        self.over: list[int] = []
        self.is_open = True

    def send(self, verb: str = "", what: object = "", descriptors: Sequence[int] = ()) -> None:
        """Asks for something, as ``templates.forking`` hears it.

        Raises:
            TemplateUnfit: The template is gone, or does not answer any more.
        """
        if not self.is_open:
            raise TemplateUnfit("its template has ended")
        over = self.over[:_MOST_OVER]
        del self.over[: len(over)]  # in one step each: others may add to it
        message = f"{verb}\n{' '.join(map(str, over))}\n{what}".encode()
        try:
            socket.send_fds(self._socket, [message], descriptors)
        except OSError as error:
            raise self._distrust(error) from error

    def receive(self) -> dict[str, Any]:
        """The answer to the oldest request that has none; raises as ``send``."""
        try:
            answer = self._socket.recv(_LONGEST)
        except OSError as error:
            raise self._distrust(error) from error
        if not answer:
            self.is_open = False
            raise TemplateUnfit("its template has ended")
        return {"pid": int(answer)} if answer.isdigit() else dict(json.loads(answer))

    def close(self) -> None:
        """The template hears that nobody will ask again."""
        self.is_open = False
        self._socket.close()
        self.theirs.close()

    def _distrust(self, error: OSError) -> TemplateUnfit:
        """Late answers belong to nobody: from here on nothing that it says can be trusted."""
        self.is_open = False
        return TemplateUnfit(f"its template does not answer ({error})")


class Door:
    """Where a template is asked for forks. Any thread may knock."""

    def __init__(self) -> None:
        """Opens both ends.

        Raises:
            ChildError: The operating system refused.
        """
        self._line = _Line()
        self._lock = threading.Lock()
        self._forks: dict[int, str] = {}
        """Those that have an order, and the job that each of them runs; none if it describes."""
        self._known: set[str] = set()
        """Jobs of which the template has made forks."""
        self._awaited: deque[tuple[Ends, Ends]] = deque()
        """Pipes of the spare forks that were asked for, in order; no answer was taken yet."""
        self._spares: deque[ChildProcess] = deque()
        _doors.add(self)

    def fileno(self) -> int:
        """The template's end, to be inherited by it."""
        return self._line.theirs.fileno()

    def give_away(self) -> None:
        """The template has its end now."""
        self._line.theirs.close()

    @property
    def is_open(self) -> bool:
        """Whether the template makes forks."""
        return self._line.is_open

    @property
    def is_idle(self) -> bool:
        """Whether none of its forks has an order."""
        return not self._forks

    def fork(self, order: ChildOrder, cwd: str | Path) -> ChildProcess:
        """A fork that has got its order; the next one is made meanwhile.

        Args:
            order: What it is to do.
            cwd: Its working directory.

        Raises:
            NotForked: The template makes none for this order, or none at all any more.
            ChildError: The operating system refused.
        """
        job = "" if order.run is None else order.run.class_path
        child = self._take_spare(job) or self._fork(job)
        self._forks[child.pid] = job
        child.send(order.to_json(workplace=str(cwd)).encode())
        if job:
            self._known.add(job)
            self._expect(job)
        return child

    def end_spares(self) -> None:
        """Ends the forks that wait for an order, and has those reaped that took their leave."""
        spares: deque[ChildProcess] = deque()
        with self._lock, contextlib.suppress(TemplateUnfit):
            self._catch_up()
            spares, self._spares = self._spares, spares
            if self._line.over:
                self._line.send()
        for spare in spares:
            spare.close()

    def close(self) -> None:
        """Nobody knocks any more; the template ends, and the forks that wait for an order."""
        with self._lock:
            spares, self._spares = self._spares, deque()
            self._shut()
        for spare in spares:
            spare.close()

    def leave_to_parent(self) -> None:
        """In a process forked from the parent: the template and its forks are the parent's."""
        self._spares.clear()
        self._shut()

    def reap(self, pid: int) -> int | None:
        """The exit code of a fork that is over; None if the template is gone."""
        self._forks.pop(pid, None)
        with contextlib.suppress(TemplateUnfit):
            code = self._ask("reap", pid)["code"]
            return None if code is None else int(code)
        return None

    def bury(self, pid: int) -> None:
        """Has a fork reaped that has taken its leave; nobody waits for that."""
        self._forks.pop(pid, None)
        self._line.over.append(pid)

    # --- forks ------------------------------------------------------------------------------------

    def _fork(self, job: str) -> ChildProcess:
        pipes = open_pipes()
        try:
            answer = self._ask("job", job, pipes[1].descriptors)
        except BaseException:
            for ends in pipes:
                ends.close()
            raise
        return self._lead(answer, *pipes)

    def _lead(self, answer: dict[str, Any], ours: Ends, theirs: Ends) -> ChildProcess:
        """The child of which the template tells."""
        try:
            leader = _ForkedLeader(self, _pid_in(answer))
            tie(theirs.lifeline, leader.pid)  # itself it may be stopped before it comes to that
            return ChildProcess(leader, ours)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()

    def _take_spare(self, job: str) -> ChildProcess | None:
        """A fork that waits for an order, if this job may have one and one lives."""
        if job not in self._known:
            return None
        while (spare := self._next_spare()) is not None:
            if not spare.has_exited():
                return spare
            spare.close()
        return None

    def _next_spare(self) -> ChildProcess | None:
        with self._lock:
            if self._awaited and not self._spares:
                self._hear_of_spare()
            return self._spares.popleft() if self._spares else None

    def _expect(self, job: str) -> None:
        """Lets the template make spare forks; nobody waits for its answers here."""
        with self._lock:
            # A list, in one step: those that end are taken out meanwhile.
            runs = sum(map(bool, list(self._forks.values())))
            wanted = min(runs, MOST_SPARES)
            # What is wrong here the next run will be told, if it still is.
            with contextlib.suppress(ChildError, TemplateUnfit):
                while self._line.is_open and len(self._spares) + len(self._awaited) < wanted:
                    self._awaited.append(open_pipes())
                    self._line.send("job", job, self._awaited[-1][1].descriptors)

    def _catch_up(self) -> None:
        """Takes the answers that tell of spare forks, under the lock."""
        while self._awaited:
            self._hear_of_spare()

    def _hear_of_spare(self) -> None:
        """Takes the next one of these answers."""
        pipes = self._awaited.popleft()
        try:
            answer = self._line.receive()
        except BaseException:
            for ends in pipes:
                ends.close()
            raise
        with contextlib.suppress(NotForked):
            self._spares.append(self._lead(answer, *pipes))

    def _ask(self, verb: str, what: object, descriptors: Sequence[int] = ()) -> dict[str, Any]:
        with self._lock:
            self._catch_up()
            self._line.send(verb, what, descriptors)
            return self._line.receive()

    def _shut(self) -> None:
        # A fork that nobody has taken ends with its pipes.
        awaited, self._awaited = self._awaited, deque()
        for ends in chain.from_iterable(awaited):
            ends.close()
        self._line.close()


def _pid_in(answer: dict[str, Any]) -> int:
    """The process id of a fork, if the template has made one."""
    if "unknown" in answer:
        raise JobUnknown
    if "refused" in answer:
        raise NotForked(answer["refused"])
    return int(answer["pid"])


class _ForkedLeader:
    """A process that a template has forked; only that can reap it."""

    def __init__(self, door: Door, pid: int) -> None:
        self._door = door
        self.pid = pid
        self.notice = open_notice(pid)
        self.is_reaped = False
        self.exit_code: int | None = None

    def has_exited(self) -> bool:
        return self.is_reaped or self._is_over(0)

    def reap(self, timeout: float) -> bool:
        if not self.is_reaped:
            if not self._is_over(timeout):
                return False
            self.exit_code = self._door.reap(self.pid)
            self.is_reaped = True
        return True

    def bury(self) -> None:
        if not self.is_reaped:
            self._door.bury(self.pid)
            self.is_reaped = True

    def let_go(self) -> None:
        if self.notice is not None:
            os.close(self.notice)
            self.notice = None

    def _is_over(self, timeout: float) -> bool:
        if self.notice is None:  # it was over, and reaped by others, before we could look
            return True
        waiting = select.poll()
        waiting.register(self.notice, select.POLLIN)
        return bool(waiting.poll(timeout * 1000))


def _leave_to_parent() -> None:
    """In a process forked from the parent: the templates are its parent's."""
    for door in tuple(_doors):
        door.leave_to_parent()


os.register_at_fork(after_in_child=_leave_to_parent)
