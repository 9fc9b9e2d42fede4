"""An exception of a job in words: its type, its message, and the traceback from the author's code.

Exceptions are foreign code: their ``str()`` may fail or have a megabyte.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from traceback import StackSummary, TracebackException
from typing import Final, Self

from jobnb.authoring.joblog import safe_text

_FUNCTIONS: Final = str(Path(__file__).with_name("functions.py"))
"""Calls the functions that are jobs."""
_CHILD: Final = str(Path(__file__).parents[1] / "child") + os.sep
"""Raises what tells a job to stop."""

LONGEST_DETAIL: Final = 500
"""Characters of the sentence for people."""
LONGEST_MESSAGE: Final = 100_000
"""Characters of the exception's own text."""
LONGEST_TRACEBACK: Final = 1_000_000
"""Characters; beyond it the middle is left out."""


@dataclass(frozen=True, kw_only=True)
class ExceptionInfo:
    """What hooks get as ``einfo``; its text is the traceback."""

    exception: BaseException
    type: type[BaseException]
    message: str
    traceback: str

    @classmethod
    def of(cls, error: BaseException, *, hidden: str) -> Self:
        """The words for ``error``.

        Args:
            error: What was raised.
            hidden: File whose frames are left out at the outer end of the stack.
        """
        message = safe_text(error)
        return cls(
            exception=error,
            type=type(error),
            message=shorten(message, LONGEST_MESSAGE),
            traceback=shorten(_traceback(error, hidden), LONGEST_TRACEBACK),
        )

    @property
    def type_name(self) -> str:
        """Name of the type, with its module unless that is Python's own."""
        module, name = self.type.__module__, self.type.__qualname__
        return name if module == "builtins" else f"{module}.{name}"

    @property
    def sentence(self) -> str:
        """Type and message in one line."""
        words = f"{self.type_name}: {self.message}" if self.message else self.type_name
        return one_line(words)

    def __str__(self) -> str:
        return self.traceback


def one_line(text: str) -> str:
    """The text without line ends, cut to what fits beside a status."""
    return shorten(" ".join(text.split()), LONGEST_DETAIL)


def shorten(text: str, longest: int) -> str:
    """The text; if it is longer, its beginning and its end."""
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]} [... {len(text) - 2 * half} characters left out ...] {text[-half:]}"


def _traceback(error: BaseException, hidden: str) -> str:
    try:
        report = TracebackException(type(error), error, error.__traceback__, compact=True)
        for part in _chain(report):
            part.stack = _from_author(part.stack, hidden)
        return "".join(report.format())
    except Exception as problem:  # noqa: BLE001 - the exception's own attributes take part in it
        return f"{type(error).__name__} (its traceback cannot be shown: {type(problem).__name__})\n"


def _chain(report: TracebackException | None) -> Iterator[TracebackException]:
    """The exception and all that led to it."""
    while report is not None:
        yield report
        report = report.__cause__ or report.__context__


def _from_author(stack: StackSummary, hidden: str) -> StackSummary:
    """The stack without the frames at its outer end that lie in ``hidden``, or lead to a job.

    Nor those at its inner end in which a signal of ours became the exception.
    """
    passed = {hidden, _FUNCTIONS}
    frames = list(stack)
    while frames and frames[-1].filename.startswith(_CHILD):
        frames.pop()
    ours = next((n for n, frame in enumerate(frames) if frame.filename not in passed), len(frames))
    return StackSummary.from_list(frames[ours:])
