"""The parent's side of a template: knocks at its door, and gets children that are its forks."""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from weakref import WeakSet

from jobnb.child.pipes import open_pipes, tie
from jobnb.child.process import ChildProcess, open_notice
from jobnb.protocol import ChildOrder

ANSWERING: Final = 10.0
"""Seconds that a template may take to fork: it does nothing else, but the machine may be busy."""
_LONGEST: Final = 4096
"""Bytes of an answer."""


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


class Door:
    """Where a template is asked for forks. Any thread may knock."""

    def __init__(self) -> None:
        """Opens both ends."""
        self._socket, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(ANSWERING)
        self._lock = threading.Lock()
        self._forks: set[int] = set()
        self.is_open = True
        _doors.add(self)

    def fileno(self) -> int:
        """The template's end, to be inherited by it."""
        return self._theirs.fileno()

    def give_away(self) -> None:
        """The template has its end now."""
        self._theirs.close()

    @property
    def is_idle(self) -> bool:
        """Whether none of its forks lives."""
        return not self._forks

    def fork(self, order: ChildOrder, cwd: Path) -> ChildProcess:
        """A fork that has got its order.

        Args:
            order: What it is to do.
            cwd: Its working directory.

        Raises:
            NotForked: The template makes none for this order, or none at all any more.
            ChildError: The operating system refused.
        """
        ours, theirs = open_pipes()
        job = "" if order.run is None else order.run.class_path
        try:
            answer = self._ask({"job": job, "folder": str(cwd)}, theirs.descriptors)
            leader = self._lead(answer)
            tie(theirs.lifeline, leader.pid)
            child = ChildProcess(leader, ours)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        child.send(order.to_json().encode())
        return child

    def close(self) -> None:
        """Nobody knocks any more; the template ends."""
        self.is_open = False
        self._socket.close()
        self._theirs.close()

    def reap(self, pid: int) -> int | None:
        """The exit code of a fork that is over; None if the template is gone."""
        self._forks.discard(pid)
        with contextlib.suppress(TemplateUnfit):
            code = self._ask({"reap": pid})["code"]
            return None if code is None else int(code)
        return None

    def _lead(self, answer: dict[str, Any]) -> _ForkedLeader:
        if "unknown" in answer:
            raise JobUnknown
        if "refused" in answer:
            raise NotForked(answer["refused"])
        leader = _ForkedLeader(self, answer["pid"])
        self._forks.add(leader.pid)
        return leader

    def _ask(self, request: dict[str, Any], descriptors: Sequence[int] = ()) -> dict[str, Any]:
        with self._lock:
            if not self.is_open:
                raise TemplateUnfit("its template has ended")
            try:
                socket.send_fds(self._socket, [json.dumps(request).encode()], descriptors)
                answer = self._socket.recv(_LONGEST)
            except OSError as error:
                # Late answers belong to nobody: from here on nothing that it says can be trusted.
                self.is_open = False
                raise TemplateUnfit(f"its template does not answer ({error})") from error
            if not answer:
                self.is_open = False
                raise TemplateUnfit("its template has ended")
            return dict(json.loads(answer))


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
        door.close()


os.register_at_fork(after_in_child=_leave_to_parent)
