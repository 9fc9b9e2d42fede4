"""The child's ends of its pipes: frames out, whole and in order whatever interrupts, orders in."""

from __future__ import annotations

import errno
import os
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from jobnb.protocol import PIECE, Frame, FrameReader


@dataclass(slots=True)
class _Part:
    """A frame on its way, and how much of it has gone."""

    view: memoryview
    counts: list[int] = field(default_factory=list)
    """Bytes of each write so far."""

    @property
    def rest(self) -> memoryview:
        return self.view[sum(self.counts) :]


class FrameWriter:
    """Writes frames whole and in order, from any thread, on the one pipe to the parent.

    A signal handler may raise in the middle of a frame. Ours do not: ``stop()`` only marks then,
    and the exception comes when the frame is out. A job's own handlers do (the usual way to a time
    limit for a step): what is left of the frame is kept, and goes out before the next one.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._pipe = _identity(descriptor)
        self._lock = threading.RLock()
        self._parts: deque[_Part] = deque()
        self._pending: BaseException | None = None
        self.has_raised = False
        """Whether ``stop()`` has reached the job."""
        self.is_open = True

    def write(self, *frames: bytes) -> None:
        """Writes the frames next to each other; blocks while the parent is behind."""
        parts = [_Part(memoryview(frame)) for frame in frames]
        try:
            with self._lock:
                self._parts.extend(parts)
                self._push()
        finally:
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
        while self._parts and self.is_open:
            part = self._parts[0]
            if not (rest := part.rest):
                self._parts.popleft()
            elif self._is_ours():
                # No handler runs between the write and the note of what it has written: both are
                # done inside of one call.
                part.counts.extend(map(os.write, (self._descriptor,), (rest,)))

    def _is_ours(self) -> bool:
        """A job that closes all descriptors, or reuses their numbers, loses only the pipe."""
        if self.is_open and _identity(self._descriptor) != self._pipe:
            self.is_open = False
        return self.is_open

    def _raise_pending(self) -> None:
        if self._pending is None or threading.current_thread() is not threading.main_thread():
            return
        pending, self._pending = self._pending, None
        self.has_raised = True
        raise pending


def _identity(descriptor: int) -> tuple[int, int] | None:
    try:
        status = os.fstat(descriptor)
    except OSError as error:
        if error.errno != errno.EBADF:
            raise  # a TimeoutError, say, that a signal handler of the job has raised just here
        return None
    return status.st_dev, status.st_ino


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
