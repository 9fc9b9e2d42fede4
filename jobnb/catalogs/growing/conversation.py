"""A conversation with one describing child: what it says, in time, and why it fell silent."""

from __future__ import annotations

import json
import os
import selectors
import tempfile
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from jobnb.child.exits import describe_exit
from jobnb.child.memory import resident_memory
from jobnb.child.process import ChildProcess
from jobnb.child.stack import without_machinery
from jobnb.errors import ChildError
from jobnb.protocol import NEW_PAGE, PIECE, WHERE_SIGNAL, FrameReader, parse_events

TICK: Final = 0.2
"""Seconds between two looks at a child that says nothing: does it live, does it grow?"""
WEIGHING: Final = 0.2
"""Seconds between two looks at its memory, and before the first one."""
LAST_WORDS: Final = 4000
"""Characters of the child's stderr that are kept."""
TELLING: Final = 0.5
"""Seconds that a child which is too slow has to tell where it is."""
LEAVING: Final = 1.0
"""Seconds that a child may live on after the end of its frames."""
PAUSE: Final = 0.05
"""Seconds without a word after which it has told all."""


class ChildLost(ChildError):
    """The child says nothing any more, and never will; the text is what it did.

    Attributes:
        last_words: The end of what it wrote to its stderr.
    """

    def __init__(self, deed: str, last_words: str = "") -> None:
        self.last_words = last_words
        super().__init__(deed, last_words)

    def __str__(self) -> str:
        return str(self.args[0])


class Conversation:
    """One describing child. One thread at a time; whoever opens it closes it."""

    def __init__(self, begin: Callable[[Path], ChildProcess]) -> None:
        """Begins with the child, in an empty folder that goes away with it.

        Args:
            begin: Gives the child, which works in that folder.

        Raises:
            ChildError: The operating system refused.
            NotForked: It was to be a fork, and is none.
        """
        self._workplace = tempfile.TemporaryDirectory(
            prefix="jobnb-describe-", ignore_cleanup_errors=True
        )
        try:
            self._child = begin(Path(self._workplace.name))
        except BaseException:
            self._workplace.cleanup()
            raise
        self._reader = FrameReader()
        self._events: deque[list[Any]] = deque()
        self._is_spoilt = False
        self._errors = bytearray()
        self._selector = selectors.DefaultSelector()
        for descriptor in (self._child.frames, self._child.output, self._child.errors):
            os.set_blocking(descriptor, False)
            self._selector.register(descriptor, selectors.EVENT_READ)
        if self._child.exit_notice is not None:
            self._selector.register(self._child.exit_notice, selectors.EVENT_READ)

    def is_over(self) -> bool:
        """Whether the child has ended."""
        return self._child.has_exited()

    def say(self, request: Mapping[str, Any]) -> None:
        """Sends one request."""
        self._child.send(json.dumps(request).encode("ascii"))

    def hear(self, limit: float, memory_limit: int = 0, begin: float | None = None) -> list[Any]:
        """The next event.

        Args:
            limit: Seconds that it may take.
            memory_limit: Bytes that the child may take meanwhile, with all that it starts; 0: any.
            begin: Since when they count, by the monotonic clock; None: since now.

        Raises:
            ChildLost: The child has ended, or takes longer or more, or sends something else.
        """
        deadline = (time.monotonic() if begin is None else begin) + limit
        weighing = time.monotonic() + WEIGHING
        while not self._events:
            if self._is_spoilt:  # only now: what came before was said by the child itself
                raise ChildLost("wrote into the pipe that belongs to jobnb")
            if memory_limit and time.monotonic() >= weighing:
                self._weigh(memory_limit)
                weighing = time.monotonic() + WEIGHING
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise ChildLost(f"did not come to an end within {limit:g} s", self._whereabouts())
            self._pump(remaining)
        return self._events.popleft()

    def kill(self) -> None:
        """Lets whoever listens hear that the child is gone. Any thread may call it."""
        self._child.kill()

    def close(self) -> None:
        """Ends the child with everything that it has started."""
        self._selector.close()
        self._child.close()
        self._workplace.cleanup()

    def _pump(self, wait: float) -> None:
        """Takes what is there on all pipes; waits for it if there is nothing."""
        self._selector.select(min(wait, TICK))
        self._take_output()
        is_over = self.is_over()  # asked first: what it has written by then is in the pipe
        data = _read(self._child.frames)
        if data == b"" or (data is None and is_over):
            raise self._farewell()
        try:
            for _, payload in self._reader.feed(data or b""):
                events, fault = parse_events(payload)
                self._events += events
                self._is_spoilt |= bool(fault)
        except ValueError:
            self._is_spoilt = True

    def _weigh(self, limit: int) -> None:
        """Looks at the memory of a child that takes its time."""
        if resident_memory(self._child.pid) > limit:
            what = f"took more than {limit / 1024**2:,.0f} MiB of memory"
            raise ChildLost(what, self._whereabouts())

    def _take_output(self) -> bool:
        """Drops stdout and keeps the end of stderr; whether there was anything to take."""
        has_taken = False
        for descriptor in (self._child.output, self._child.errors):
            data = _read(descriptor)
            if data == b"":
                self._forget(descriptor)
            elif data and descriptor == self._child.errors:
                self._errors += data
                del self._errors[:-LAST_WORDS]
            has_taken |= bool(data)
        return has_taken

    def _forget(self, descriptor: int) -> None:
        """A pipe at its end is readable for ever."""
        if descriptor in self._selector.get_map():
            self._selector.unregister(descriptor)

    def _farewell(self) -> ChildLost:
        self._forget(self._child.frames)
        deadline = time.monotonic() + LEAVING
        while not self.is_over() and time.monotonic() < deadline:
            self._selector.select(PAUSE)
            self._take_output()
        left_by_itself = self.is_over()
        code = self._child.end()
        self._take_output()
        if not left_by_itself:
            deed = "closed the pipe that belongs to jobnb"
        elif code is not None and code < 0:
            deed = f"was {describe_exit(code)}"
        else:
            deed = f"ended the process ({describe_exit(code)})"
        return ChildLost(deed, self._last_words())

    def _whereabouts(self) -> str:
        """Lets a child that hangs write the stack of its main thread."""
        self._child.kill(WHERE_SIGNAL)
        deadline = time.monotonic() + TELLING
        has_told = False
        while time.monotonic() < deadline:
            self._selector.select(PAUSE)
            has_taken = self._take_output()
            if has_told and not has_taken:
                break
            has_told |= has_taken
        return self._last_words()

    def _last_words(self) -> str:
        """What it wrote about the last file; of a native stack only the author's part."""
        page = self._errors.rpartition(NEW_PAGE)[2]
        text = page.decode("utf-8", "backslashreplace")
        return without_machinery(text).strip()


def _read(descriptor: int) -> bytes | None:
    """What a pipe has; empty at its end, None if there is nothing yet."""
    try:
        return os.read(descriptor, PIECE)
    except BlockingIOError:
        return None
