"""The child's ends of its pipes: frames out, whole and in order whatever interrupts, orders in."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final

from jobnb.protocol import PIECE, Frame, FrameReader

_SET_MARK: Final = getattr(fcntl, "F_SETSIG", None)
_GET_MARK: Final = getattr(fcntl, "F_GETSIG", 0)
_MARK: Final = int(signal.SIGURG)
"""See ``_recognizer``; nothing ever sends it for a pipe."""


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
        self._parts: deque[list[Any]] = deque()
        """Frames on their way: each, and then the bytes of each write so far."""
        self._pending: BaseException | None = None
        self.has_raised = False
        """Whether ``stop()`` has reached the job."""
        self.is_open = True

    def write(self, *frames: bytes) -> None:
        """Writes the frames next to each other; blocks while the parent is behind."""
        try:
            with self._lock:
                self._parts.extend(map(list, zip(frames, strict=True)))  # in one step
                self._push()
        finally:
            if self._pending is not None:
                self._raise_pending()

    def stop(self, error: BaseException) -> None:
        """In a signal handler: raises ``error`` in the main thread, now or after its frame."""
        # A private name of Python's own lock, which Condition needs as well: whether this thread
        # holds it. A counter of ours could be left wrong by an exception between two steps.
        if self._lock._is_owned():  # type: ignore[attr-defined]  # noqa: SLF001
            self._pending = error
            return
        self.has_raised = True
        raise error

    def abandon(self) -> None:
        """In a forked process: this pipe belongs to the parent process alone, never write here."""
        self._lock = threading.RLock()
        self._parts.clear()
        if self._is_ours():
            os.close(self._descriptor)
        self.is_open = False

    def _push(self) -> None:
        """Every step either has happened or has not, wherever an exception comes between."""
        parts = self._parts
        while parts and self.is_open:
            part = parts[0]
            frame, done = part[0], sum(part[1:])
            if done == len(frame):
                parts.popleft()
                continue
            rest = memoryview(frame)[done:] if done else frame
            if self._is_ours():
                # No handler runs between the write and the note of what it has written: both are
                # done inside of one call.
                part.extend(map(os.write, (self._descriptor,), (rest,)))
            else:
                # A job that closes all descriptors, or reuses their numbers, loses only the pipe.
                self.is_open = False

    def _raise_pending(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        pending, self._pending = self._pending, None
        if pending is not None:
            self.has_raised = True
            raise pending


def _recognizer(descriptor: int) -> Callable[[], bool]:
    """What says whether the number still means the pipe that it means now.

    It is asked before each write. Linux lets one mark an open file by the signal that it would give
    if it gave signals, which is read ten times as fast as what tells files apart elsewhere.
    """
    if _SET_MARK is not None:
        with suppress(OSError):
            fcntl.fcntl(descriptor, _SET_MARK, _MARK)
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
        """The payload of the next frame; None once the parent has closed the pipe, or died."""
        while not self._ready:
            data = os.read(self.descriptor, PIECE)
            if not data:
                return None
            self._ready.extend(
                payload for kind, payload in self._frames.feed(data) if kind is Frame.EVENT
            )
        return self._ready.popleft()
