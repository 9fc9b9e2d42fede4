"""A template's own end of its door: whoever knocks gets a fork of this process, or a reason.

Messages are JSON texts on a socket that keeps them apart. The order of a fork does not come this
way: it waits for it on its own pipe, so a fork that nobody has heard of never runs anything.
"""

from __future__ import annotations

import gc
import json
import os
import socket
from collections.abc import Callable
from typing import Any, Final

from jobnb.child.pipes import Ends

LONGEST: Final = 64 * 1024
"""Bytes of a message."""

Refuses = Callable[[str], dict[str, Any] | None]
"""Says why no fork is made for a job; None if one is."""


def wait_for_forks(door: socket.socket, refuses: Refuses, fork: Callable[[], int]) -> Ends | None:
    """Forks whenever it is asked to. Returns in each fork, and here when nobody will ask again.

    Args:
        door: Where the parent knocks.
        refuses: Asked with the class path of a job before each fork for it.
        fork: Forks this process as ``os.fork`` does.

    Returns:
        In a fork its ends of the pipes; None in this process.
    """
    gc.collect()
    gc.freeze()  # or each fork would copy all these pages at its first collection
    while True:
        message, descriptors, _, _ = socket.recv_fds(door, LONGEST, 5)
        if not message:
            return None
        request = json.loads(message)
        if "reap" in request:
            answer: dict[str, Any] = {"code": _reap(request["reap"])}
        elif (refused := refuses(request["job"])) is not None:
            answer = refused
        else:
            answer = _begin(fork)
            if answer["pid"] == 0:
                door.close()
                return Ends.of(descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        door.send(json.dumps(answer).encode())


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


def _reap(pid: int) -> int | None:
    try:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    except ChildProcessError:
        return None
