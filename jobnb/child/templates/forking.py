"""A template's own end of its door: whoever knocks gets a fork of this process, or a reason.

Messages are JSON texts on a socket that keeps them apart. Each names the forks that have taken
their leave meanwhile; one that says nothing else is not answered. The order of a fork does not come
this way: it waits for it on its own pipe, so a fork that nobody has heard of never runs anything.
"""

from __future__ import annotations

import gc
import json
import os
import socket
from collections.abc import Callable
from typing import Any, Final

LONGEST: Final = 64 * 1024
"""Bytes of a message."""

Refuses = Callable[[str], dict[str, Any] | None]
"""Says why no fork is made for a job; None if one is."""


def wait_for_forks(
    door: socket.socket, refuses: Refuses, fork: Callable[[], int]
) -> list[int] | None:
    """Forks whenever it is asked to. Returns in each fork, and here when nobody will ask again.

    Args:
        door: Where the parent knocks.
        refuses: Asked with the class path of a job before each fork for it.
        fork: Forks this process as ``os.fork`` does.

    Returns:
        In a fork its ends of the pipes, in the order of ``Ends``; None in this process.
    """
    gc.collect()
    gc.freeze()  # or each fork would copy all these pages at its first collection
    leavers = _Leavers()
    while True:
        message, descriptors, _, _ = socket.recv_fds(door, LONGEST, 5)
        if not message:
            return None
        request = json.loads(message)
        leavers.reap(request["over"], waits=len(request) == 1)
        answer = _answer(request, refuses, fork)
        if answer.get("pid") == 0:
            os.close(door.detach())
            return descriptors
        for descriptor in descriptors:
            os.close(descriptor)
        if answer:
            door.send(json.dumps(answer).encode())


def _answer(request: dict[str, Any], refuses: Refuses, fork: Callable[[], int]) -> dict[str, Any]:
    """What is said to a request, in this process and in the fork that it may have led to."""
    if "reap" in request:
        return {"code": _reap(request["reap"])}
    if "job" in request:
        return refuses(request["job"]) or _begin(fork)
    return {}


def _begin(fork: Callable[[], int]) -> dict[str, Any]:
    """The id of a fork that has a session of its own already; 0 in the fork."""
    waiting, ready = os.pipe()
    try:
        pid = fork()
    except OSError as error:
        os.close(waiting)
        os.close(ready)
        return {"pid": None, "refused": f"the system did not fork it: {error.strerror}"}
    if pid == 0:
        os.setsid()
        os.close(waiting)
        os.close(ready)
    else:
        os.close(ready)
        os.read(waiting, 1)  # end of file, also if it died
        os.close(waiting)
    return {"pid": pid}


class _Leavers:
    """Forks that have taken their leave: they are over, or will be in a moment."""

    def __init__(self) -> None:
        self._pids: list[int] = []

    def reap(self, pids: list[int], *, waits: bool) -> None:
        """Reaps these and the earlier ones, each as soon as it is over.

        Args:
            pids: They have left as well.
            waits: Whether to wait for that.
        """
        self._pids = [pid for pid in [*self._pids, *pids] if not _is_reaped(pid, waits=waits)]


def _is_reaped(pid: int, *, waits: bool) -> bool:
    try:
        return os.waitpid(pid, 0 if waits else os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def _reap(pid: int) -> int | None:
    try:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    except ChildProcessError:
        return None
