"""A template's own end of its door: whoever knocks gets a fork of this process, or a reason.

Messages go over a socket that keeps them apart. Each has three lines: what is wanted, the forks
that have taken their leave meanwhile, and of what it is wanted; one that wants nothing is not
answered. They are no JSON, nor is the usual answer: after a fork this process copies each page that
it touches. The order of a fork does not come this way: it waits for it on its own pipe, so a fork
that nobody has heard of never runs anything.
"""

from __future__ import annotations

import gc
import json
import os
import socket
import struct
from collections.abc import Callable, Sequence
from typing import Any, Final

LONGEST: Final = 16 * 1024
"""Bytes of a message."""
_detach: Final = socket.SocketType.detach  # not by way of Python's own class around it
_FIVE: Final = struct.Struct("5i")
_ROOM: Final = socket.CMSG_SPACE(_FIVE.size)
"""Bytes that the descriptors of a fork take beside it, as C's integers."""

Refuses = Callable[[str], dict[str, Any] | None]
"""Says why no fork is made for a job; None if one is."""


def wait_for_forks(
    door: socket.socket,
    refuses: Refuses,
    fork: Callable[[], int],
    rehearse: Callable[[], None],
) -> Sequence[int] | None:
    """Forks whenever it is asked to. Returns in each fork, and here when nobody will ask again.

    Args:
        door: Where the parent knocks.
        refuses: Asked with the class path of a job before each fork for it.
        fork: Forks this process as ``os.fork`` does.
        rehearse: Called when there is a fork for a job: nobody waits for this process then, and
            more of them are likely.

    Returns:
        In a fork its ends of the pipes, in the order of ``Ends``; None in this process.
    """
    _settle()
    leavers, is_rehearsed = _Leavers(), False
    message = bytearray(LONGEST)
    while True:
        length, beside, _, _ = door.recvmsg_into([message], _ROOM)
        if not length:
            return None
        verb, over, what = message[:length].decode().split("\n", 2)
        leavers.reap(over.split(), waits=not verb)
        answer = _answer(verb, what, refuses, fork)
        descriptors = _integers(beside[0][2]) if beside else ()
        if answer == 0:
            os.close(_detach(door))
            return descriptors
        for descriptor in descriptors:
            os.close(descriptor)
        if answer is not None:
            door.send((str(answer) if type(answer) is int else json.dumps(answer)).encode())
        if what and type(answer) is int and not is_rehearsed:
            rehearse()
            _settle()
            is_rehearsed = True


def _settle() -> None:
    gc.collect()
    gc.freeze()  # or each fork would copy all these pages at its first collection


def _integers(data: bytes) -> Sequence[int]:
    """C's integers; there are fewer of them if this process may not have so many files open."""
    return _FIVE.unpack(data) if len(data) == _FIVE.size else memoryview(data).cast("i").tolist()


def _answer(
    verb: str, what: str, refuses: Refuses, fork: Callable[[], int]
) -> dict[str, Any] | int | None:
    """What is said to a request: the id of a fork, and 0 in that itself; None if nothing is."""
    if verb == "reap":
        return {"code": _reap(int(what))}
    if verb == "job":
        return refuses(what) or _begin(fork)
    return None


def _begin(fork: Callable[[], int]) -> dict[str, Any] | int:
    """The id of a fork that has a session of its own already; 0 in the fork."""
    waiting, ready = os.pipe()
    try:
        pid = fork()
    except OSError as error:
        os.close(waiting)
        os.close(ready)
        return {"refused": f"the system did not fork it: {error.strerror}"}
    if pid == 0:
        os.setsid()
        os.close(waiting)
        os.close(ready)
    else:
        os.close(ready)
        os.read(waiting, 1)  # end of file, also if it died
        os.close(waiting)
    return pid


class _Leavers:
    """Forks that have taken their leave: they are over, or will be in a moment."""

    def __init__(self) -> None:
        self._pids: list[int] = []

    def reap(self, pids: list[str], *, waits: bool) -> None:
        """Reaps these and the earlier ones, each as soon as it is over.

        Args:
            pids: They have left as well.
            waits: Whether to wait for that.
        """
        self._pids += map(int, pids)
        for pid in self._pids[:]:
            if _is_reaped(pid, waits=waits):
                self._pids.remove(pid)


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
