"""``sys.stdout`` and ``sys.stderr`` of a running job: prints keep their place in the log."""

from __future__ import annotations

import codecs
import io
import threading
import time
from collections.abc import Callable
from typing import Any

from jobnb.protocol import ConsoleEvent


class ConsoleStream(io.TextIOBase):
    """A text stream whose every write is an event, on the same pipe as the log.

    Nothing is buffered, so a process that dies loses nothing that it printed.
    """

    def __init__(self, name: str, descriptor: int, emit: Callable[[ConsoleEvent], None]) -> None:
        self._name = name
        self._descriptor = descriptor
        self._emit = emit
        self._buffer = ConsoleBuffer(self)

    @property
    def name(self) -> str:
        """``<stdout>`` or ``<stderr>``, as Python's own streams call themselves."""
        return f"<{self._name}>"

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """What a job may rely on, whatever the locale of the worker is."""
        return "utf-8"

    @property
    def errors(self) -> str:  # type: ignore[override]
        """Nothing that a job prints makes it fail."""
        return "backslashreplace"

    @property
    def buffer(self) -> io.BufferedIOBase:
        """For code that writes bytes; they are taken as UTF-8."""
        return self._buffer

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        """The real descriptor, for programs that the job starts."""
        return self._descriptor

    def reconfigure(self, **_options: Any) -> None:
        """Accepts what libraries ask of a real stream; there is nothing to set."""

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if text:
            self._emit(ConsoleEvent(time.time(), self._name, text, threading.get_ident()))
        return len(text)


class ConsoleBuffer(io.BufferedIOBase):
    """The ``buffer`` of a console stream: bytes that end in the same events."""

    def __init__(self, stream: ConsoleStream) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._stream.fileno()

    def write(self, data: Any) -> int:
        content = bytes(data)
        self._stream.write(self._decoder.decode(content))
        return len(content)
