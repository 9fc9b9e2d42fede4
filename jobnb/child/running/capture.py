"""Capture: what a job says and does in a process that is not its own, and everything put back."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from jobnb.authoring.joblog import captured_logging
from jobnb.child.running.console import ConsoleStream
from jobnb.protocol import ConsoleEvent, RunEvent


@contextmanager
def captured(
    emit: Callable[[RunEvent], object], loggers: Iterable[str], workplace: Path
) -> Iterator[None]:
    """Within the block, this thread and those that it starts speak as events of a run.

    What is printed appears in its usual place as well, so that a debugger can be talked to. Threads
    that were there before (a kernel has several) are none of the run's business. Streams, logging
    and the working directory are as before afterwards, whatever the job has done with them.

    Args:
        emit: Takes the events, on the thread that speaks.
        loggers: Names of the job's loggers, which pass everything from DEBUG on.
        workplace: The working directory meanwhile.
    """
    # The threads themselves: the number of one that ends may be given to one of the job's.
    strangers = {*threading.enumerate()} - {threading.current_thread()}

    def take(event: RunEvent) -> None:
        if threading.current_thread() not in strangers:
            emit(event)

    streams, before = (sys.stdout, sys.stderr), _working_directory()
    root = logging.getLogger()
    handlers = root.handlers[:]
    os.chdir(workplace)
    sys.stdout = _tee("stdout", 1, streams[0], take)
    sys.stderr = _tee("stderr", 2, streams[1], take)
    try:
        with captured_logging(take, loggers):
            yield
    finally:
        sys.stdout, sys.stderr = streams
        root.handlers[:] = handlers
        os.chdir(before)


def _tee(
    name: str, descriptor: int, original: TextIO, take: Callable[[RunEvent], None]
) -> ConsoleStream:
    def write(event: ConsoleEvent) -> None:
        original.write(event.text)
        original.flush()
        take(event)

    return ConsoleStream(name, descriptor, write)


def _working_directory() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:  # somebody has removed it
        return Path("/")
