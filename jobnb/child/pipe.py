"""The child's ends of its pipes: frames out, orders in, and the guard that keeps frames whole."""

from __future__ import annotations

import os
import threading
from collections import deque
from types import TracebackType
from typing import Final

from jobnb.protocol import PIECE, Frame, FrameReader


class SignalGuard:
    """Holds back exceptions of signal handlers while the main thread writes a frame.

    A handler that raises inside ``os.write`` would leave half a frame in the pipe. So a handler
    calls ``stop()``: inside the guard that only marks, and the exception is raised on leaving it.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._pending: BaseException | None = None

    def stop(self, error: BaseException) -> None:
        """Raises ``error`` in the main thread: now, or as soon as the guard is left."""
        if self._depth:
            self._pending = error
            return
        raise error

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            self._depth += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        self._depth -= 1
        if not self._depth and self._pending is not None:
            pending, self._pending = self._pending, None
            raise pending


class FrameWriter:
    """Writes frames whole and in order, from any thread, on the one pipe to the parent."""

    def __init__(self, descriptor: int, guard: SignalGuard) -> None:
        self._descriptor = descriptor
        self._guard = guard
        self._lock = threading.Lock()
        self.is_open = True

    def write(self, *frames: bytes) -> None:
        """Writes the frames next to each other; blocks while the parent is behind."""
        with self._guard, self._lock:
            for frame in frames:
                view = memoryview(frame)
                while view and self.is_open:
                    view = view[os.write(self._descriptor, view) :]

    def abandon(self) -> None:
        """In a forked process: this pipe belongs to the parent process alone, never write here."""
        self._lock = threading.Lock()
        self.is_open = False
        os.close(self._descriptor)


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
