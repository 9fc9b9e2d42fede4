"""Frames go out whole, in order and once, whatever a signal handler of the job does meanwhile."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from jobnb.child.running import pipe
from jobnb.child.running.pipe import FrameWriter

FIRST, SECOND, INNER = b'["first"]\n', b'["second"]\n', b'["inner"]\n'
FILLER = b"x" * 4096
LARGE = b'["' + b"x" * 300_000 + b'"]\n'
"""More than a pipe takes at once."""
SOON = 0.05
"""Seconds after which a write to a full pipe certainly waits for a reader."""

Handle = Callable[[Callable[[], object], float, float], None]


class Pipe:
    """A writer, and all that has come over its pipe."""

    def __init__(self) -> None:
        self._ours, self._theirs = os.pipe()
        self.writer = FrameWriter(self._theirs)
        self._came = bytearray()
        self._reader = threading.Thread(target=self._read, daemon=True)

    def fill(self) -> None:
        """Until nothing more goes in."""
        os.set_blocking(self._theirs, False)
        with suppress(BlockingIOError):
            while True:
                os.write(self._theirs, FILLER)
        os.set_blocking(self._theirs, True)

    def listen(self) -> None:
        self._reader.start()

    def came(self) -> bytes:
        """Everything, once nothing can come any more, but what has filled the pipe."""
        os.close(self._theirs)
        if self._reader.ident is None:
            self.listen()
        self._reader.join()
        os.close(self._ours)
        return bytes(self._came).lstrip(b"x")

    def _read(self) -> None:
        while data := os.read(self._ours, 65536):
            self._came += data


@pytest.fixture
def handle() -> Iterator[Handle]:
    """From now on SIGALRM does something: after so many seconds, and again after each so many."""
    before = signal.getsignal(signal.SIGALRM)

    def begin(act: Callable[[], object], after: float, every: float) -> None:
        signal.signal(signal.SIGALRM, lambda *_: act())
        signal.setitimer(signal.ITIMER_REAL, after, every)

    yield begin
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def _too_long() -> None:
    raise TimeoutError("this step took too long")  # which is an OSError


def test_a_handler_that_raises_while_the_pipe_is_looked_at_loses_neither_error_nor_frame(
    monkeypatch,
):
    ours = Pipe()
    with monkeypatch.context() as patched:
        patched.setattr(pipe.fcntl, "fcntl", lambda *_: _too_long())
        patched.setattr(pipe.os, "fstat", lambda *_: _too_long())
        with pytest.raises(TimeoutError, match="this step"):
            ours.writer.write(FIRST)
    ours.writer.write(SECOND)

    assert ours.came() == FIRST + SECOND


def test_the_rest_of_a_frame_in_which_a_handler_has_raised_goes_out_before_the_next(
    handle: Handle,
):
    ours = Pipe()
    handle(_too_long, SOON, 0)
    with pytest.raises(TimeoutError):
        ours.writer.write(LARGE)
    ours.listen()
    ours.writer.write(SECOND)

    assert ours.came() == LARGE + SECOND


def test_what_a_handler_says_while_a_frame_waits_goes_out_first_and_both_once(handle: Handle):
    ours = Pipe()
    ours.fill()
    handle(lambda: (ours.listen(), ours.writer.write(INNER)), SOON, 0)
    ours.writer.write(FIRST)

    assert ours.came() == INNER + FIRST


def test_what_a_handler_says_in_the_midst_of_a_frame_follows_it(handle: Handle):
    ours = Pipe()
    handle(lambda: (ours.writer.write(INNER), ours.listen()), SOON, 0)
    ours.writer.write(LARGE)

    assert ours.came() == LARGE + INNER


def test_all_that_a_busy_handler_says_arrives_once(handle: Handle):
    ours, inner = Pipe(), []

    def say() -> None:
        inner.append(b"[%d]" % -len(inner))
        ours.writer.write(inner[-1] + b"\n")

    ours.listen()
    handle(say, 0.0003, 0.0003)
    for number in range(1, 30_001):
        ours.writer.write(b"[%d]\n" % number)
    signal.setitimer(signal.ITIMER_REAL, 0)
    lines = ours.came().split()

    assert Counter(lines) == Counter([*inner, *(b"[%d]" % number for number in range(1, 30_001))])
    assert len(inner) > 10
