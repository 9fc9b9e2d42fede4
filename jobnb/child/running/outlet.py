"""The outlet: where a child's words go, and what its job files said when they were imported."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from jobnb.authoring.joblog import capture_logging
from jobnb.child.running.console import ConsoleStream
from jobnb.errors import SoftTimeLimitExceeded
from jobnb.protocol import ConsoleEvent, LogEvent, RunEvent

LONGEST_PREFACE: Final = 1000
"""Events at an import that are kept to be said again in each run."""


class Outlet:
    """Takes what is printed and logged in this process, whoever has got hold of it and when.

    Before a run there is nobody to tell: what a file says at its import is kept, for each run of
    its jobs begins with it. A job file may keep ``sys.stdout`` for later, or give it to a handler
    of ``logging``: it goes to the same place then.
    """

    def __init__(self) -> None:
        self._emit: Callable[[RunEvent], object] = say_plainly
        self._prefaces: dict[str, list[RunEvent]] = defaultdict(list)
        self._kept: list[RunEvent] = []
        """The preface of the unit that is just being imported."""

    def install(self, loggers: Iterable[str]) -> None:
        """From now on takes ``sys.stdout``, ``sys.stderr`` and all that is logged.

        Args:
            loggers: Names of the loggers of job files.
        """
        sys.stdout = ConsoleStream("stdout", 1, self.take)
        sys.stderr = ConsoleStream("stderr", 2, self.take)
        capture_logging(self.take, loggers)
        _let_limits_pass()

    def take(self, event: RunEvent) -> None:
        """Takes one event; may be called on any thread."""
        self._emit(event)

    @contextmanager
    def listening(self, unit: str) -> Iterator[None]:
        """Within the block everything is kept as the preface of ``unit``, and said plainly too."""
        kept = self._kept = self._prefaces[unit]

        def keep(event: RunEvent) -> None:
            if len(kept) <= LONGEST_PREFACE:
                kept.append(event)
            say_plainly(event)

        self._emit = keep
        try:
            yield
        finally:
            self._emit = say_plainly

    def count_kept(self) -> int:
        """How much of the unit that is just being imported is kept so far."""
        return len(self._kept)

    def kept_since(self, count: int) -> list[RunEvent]:
        """What is kept of it since there was so much."""
        return self._kept[count:]

    def keep_also(self, events: Iterable[RunEvent]) -> None:
        """Keeps what a file has said that the unit imports, when another one imported it."""
        self._kept += events

    def is_too_long(self, unit: str) -> bool:
        """Whether a unit said more at its import than is kept."""
        return len(self._prefaces[unit]) > LONGEST_PREFACE

    def open(self, emit: Callable[[RunEvent], object]) -> None:
        """From now on sends everything to a run."""
        self._emit = emit

    def close(self) -> None:
        """From now on says everything plainly, as before a run."""
        self._emit = say_plainly

    def repeat(self, unit: str) -> None:
        """Says once more what a unit said at its import."""
        self.say(self._prefaces.get(unit, ()))

    def say(self, events: Iterable[RunEvent]) -> None:
        """Says something once more, now."""
        for event in events:
            if isinstance(event, LogEvent):
                self._emit(event._replace(created=time.time()))
            elif isinstance(event, ConsoleEvent):
                self._emit(replace(event, created=time.time()))
            else:
                self._emit(event)


def _let_limits_pass() -> None:
    """Has every handler of ``logging`` pass on that the job is late.

    Whatever is raised while one writes, it tells ``handleError()``, and goes on: a job that logs
    much, with a handler of its own, would never hear of its soft limit.
    """
    told = logging.Handler.handleError

    def handle_error(self: logging.Handler, record: logging.LogRecord) -> None:
        if isinstance(sys.exception(), SoftTimeLimitExceeded):
            raise  # noqa: PLE0704 - called where it was caught
        told(self, record)

    logging.Handler.handleError = handle_error  # type: ignore[method-assign]


def say_plainly(event: RunEvent) -> None:
    """Writes on the plain descriptors, to which the parent listens as well."""
    match event:
        case ConsoleEvent(stream="stdout", text=text):
            _write(1, text)
        case ConsoleEvent(text=text):
            _write(2, text)
        case LogEvent(level=level, message=message):
            _write(2, f"{level} {message}\n")


def _write(descriptor: int, text: str) -> None:
    data = memoryview(text.encode("utf-8", "backslashreplace"))
    while data:
        data = data[os.write(descriptor, data) :]
