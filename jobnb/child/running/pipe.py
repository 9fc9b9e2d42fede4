"""The child's ends of its pipes: frames out, whole and in order whatever interrupts, orders in."""

from __future__ import annotations

import errno
import fcntl
import os
import select
import signal
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Any, Final

from jobnb.protocol import FrameReader

_SET_MARK: Final = getattr(fcntl, "F_SETSIG", None)
_GET_MARK: Final = getattr(fcntl, "F_GETSIG", 0)
_MARK: Final = int(signal.SIGURG)
"""See ``_recognizer``; nothing ever sends it for a pipe."""
_ROOM: Final = 16 * 1024
"""Bytes; more than most orders have."""


_Part = list[Any]
"""A frame on its way, and then the bytes of each write so far."""


class FrameWriter:
    """Writes frames whole and in order, from any thread, on the one pipe to the parent.

    A signal handler may raise in the middle of a frame. Ours do not: ``stop()`` only marks then,
    and the exception comes when the frame is out. A job's own handlers do (the usual way to a time
    limit for a step): what is left of the frame is kept, and goes out before the next one.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._is_ours = _recognizer(descriptor)
        self._lock = threading.RLock()
        self._parts: deque[_Part] = deque()
        self._pending: BaseException | None = None
        self.is_open = True

    def write(self, frame: bytes) -> bool:
        """Writes a frame; blocks while the parent is behind.

        Returns:
            Whether there still is a way to the parent; else the frame is lost.
        """
        return self._send(([frame],))

    def write_together(self, frames: Iterable[bytes]) -> None:
        """Writes several frames with nothing in between."""
        self._send([[frame] for frame in frames])

    def stop(self, error: BaseException) -> None:
        """In a signal handler: raises ``error`` in the main thread, now or after its frame."""
        if self._is_busy_here():
            self._pending = error
            return
        raise error

    def abandon(self) -> None:
        """In a forked process: this pipe belongs to the parent process alone, never write here."""
        self._lock = threading.RLock()
        self._parts.clear()
        if self._is_ours():
            os.close(self._descriptor)
        self.is_open = False

    def move(self, descriptor: int) -> None:
        """In a fork: from now on writes to its own pipe, under the number of the shared one."""
        os.dup2(descriptor, self._descriptor, inheritable=False)
        os.close(descriptor)
        self._is_ours = _recognizer(self._descriptor)

    def _is_busy_here(self) -> bool:
        """Whether this very thread is in the midst of ``write``: its signal handler asks.

        A private name of Python's own lock, which Condition needs as well. A counter of ours could
        be left wrong by an exception between two steps.
        """
        return self._lock._is_owned()  # type: ignore[attr-defined,no-any-return]  # noqa: SLF001

    def _send(self, parts: Collection[_Part]) -> bool:
        if self._is_busy_here():
            self._cut_in(parts)
            return self.is_open
        try:
            with self._lock:
                self._parts += parts  # all of them or none
                self._push(self._parts)
                return self.is_open
        finally:
            if self._pending is not None:
                self._raise_pending()

    def _cut_in(self, parts: Collection[_Part]) -> None:
        """Writes what a signal handler of the job says before the frame that it has interrupted.

        That one may be in a system call already, which would write it a second time. Only if a
        part of it is out it comes first, when the handler has returned.
        """
        first = self._parts[0] if self._parts else [b""]
        if 0 < sum(first[1:]) < len(first[0]):
            self._parts += parts
            return
        cutting_in = deque(parts)
        try:
            self._push(cutting_in)
        finally:
            self._parts.extendleft(reversed(cutting_in))

    def _push(self, parts: deque[_Part]) -> None:
        """Every step either has happened or has not, wherever an exception comes between."""
        while parts and self.is_open:
            part = parts[0]
            rest = part[0] if len(part) == 1 else memoryview(part[0])[sum(part[1:]) :]
            if not rest:
                parts.popleft()
            elif self._is_ours():
                # No handler runs between the write and the note of what it has written: both are
                # done inside of one call.
                part.extend(map(os.write, (self._descriptor,), (rest,)))
                if part[-1] == len(rest):
                    parts.popleft()
            else:
                # A job that closes all descriptors, or reuses their numbers, loses only the pipe.
                self.is_open = False

    def _raise_pending(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        pending, self._pending = self._pending, None
        if pending is not None:
            raise pending


def _recognizer(descriptor: int) -> Callable[[], bool]:
    """What says whether the number still means the pipe that it means now.

    It is asked before each write. Linux lets one mark an open file by the signal that it would give
    if it gave signals, which is read ten times as fast as what tells files apart elsewhere.
    """
    if _SET_MARK is not None:
        try:
            fcntl.fcntl(descriptor, _SET_MARK, _MARK)
        except OSError:
            pass
        else:
            return partial(_has_mark, descriptor)
    identity = _identity(descriptor)
    return lambda: identity is not None and _identity(descriptor) == identity


def _has_mark(descriptor: int) -> bool:
    try:
        return fcntl.fcntl(descriptor, _GET_MARK) == _MARK
    except OSError as error:
        _pass_on(error)
        return False


def _identity(descriptor: int) -> tuple[int, int] | None:
    try:
        status = os.fstat(descriptor)
    except OSError as error:
        _pass_on(error)
        return None
    return status.st_dev, status.st_ino


def _pass_on(error: OSError) -> None:
    """Raises it unless it says that a descriptor is closed.

    A signal handler of the job may have raised it just here: a ``TimeoutError`` is an ``OSError``.
    """
    if error.errno != errno.EBADF:
        raise error


class OrderReader:
    """Reads the frames that the parent sends; one thread at a time."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor: Final = descriptor
        self._frames = FrameReader()
        self._ready: deque[bytes] = deque()

    def receive(self) -> bytes | None:
        """The next JSON text; None once the parent has closed the pipe, or died."""
        while not self._ready:
            data = os.read(self.descriptor, _ROOM)
            if not data:
                return None
            for _, lines in self._frames.feed(data):
                self._ready.extend(lines.splitlines())
        return self._ready.popleft()

    def has_more(self) -> bool:
        """Whether ``receive`` has something to give at once; false if the pipe is closed here."""
        if self._ready:
            return True
        waiting = select.poll()
        waiting.register(self.descriptor, select.POLLIN)
        return any(event & (select.POLLIN | select.POLLHUP) for _, event in waiting.poll(0))
