"""The bell by which any thread tells the pump of an attempt that its job must end."""

from __future__ import annotations

import os
import threading

from jobnb.engine.attempts.verdict import Stop


class StopBell:
    """Keeps the first stop that is given, and wakes whoever listens. Any thread may give one.

    Attributes:
        descriptor: Becomes readable when there is a stop.
        stop: The one that counts; None as long as there is none.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_closed = False
        self.descriptor, self._write = os.pipe()
        self.stop: Stop | None = None

    def ring(self, stop: Stop) -> None:
        """Gives a stop; it is for nothing if there is one already, or if it is too late."""
        with self._lock:
            if self.stop is None and not self._is_closed:
                self.stop = stop
                os.write(self._write, b"!")

    def answer(self) -> Stop:
        """The stop, for whoever was woken; from now on the bell is silent."""
        os.read(self.descriptor, 1)
        assert self.stop is not None, "the bell has rung"
        return self.stop

    def close(self) -> None:
        """From now on it is too late."""
        with self._lock:
            self._is_closed = True
            for descriptor in (self.descriptor, self._write):
                os.close(descriptor)
