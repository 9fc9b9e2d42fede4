"""What went wrong in an import, in words: where in the author's files, and how to see it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from traceback import StackSummary, TracebackException

from jobnb.authoring.failure import LONGEST_TRACEBACK, ExceptionInfo, one_line, shorten
from jobnb.child.importing.lookalikes import missing_sentence
from jobnb.child.stack import is_machinery
from jobnb.errors import JobnbError


@dataclass(frozen=True, kw_only=True)
class ImportFault:
    """An exception that ended an import."""

    file: str
    """Path below JOBS_ROOT where it belongs."""
    message: str
    """One sentence, with the line if it is known."""
    traceback: str
    """Only frames of the author and of libraries."""
    exc_type: str
    exc_message: str


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the files of a snapshot are."""

    folder: str
    """Where they are unpacked."""
    root: str
    """Where their author has them, as tracebacks name it."""

    def as_authors(self, text: str) -> str:
        """A text of Python itself, which may name the files where they are unpacked."""
        return text.replace(f"{self.folder}{os.sep}", f"{self.root}{os.sep}")


def explain(
    error: BaseException, place: Place, files: Collection[str], default: str
) -> ImportFault:
    """The fault behind an exception that came out of an import.

    Args:
        error: What was raised.
        place: Where the files are.
        files: The files that are imported, below the root: it belongs to the innermost of them.
        default: The file that it belongs to if it was raised in none of them.
    """
    info = ExceptionInfo.of(error, hidden=__file__)
    report = TracebackException(type(error), error, error.__traceback__, compact=True)
    for part in _chain(report):
        part.stack = StackSummary.from_list(
            [frame for frame in part.stack if not is_machinery(frame.filename)]
        )
    places = [
        (os.path.relpath(name, place.root), line)
        for name, line in _places(report, error)
        if name.startswith(place.root + os.sep)
    ]
    file, line = next((found for found in reversed(places) if found[0] in files), (default, None))
    sentence = place.as_authors(_sentence(error, info))
    return ImportFault(
        file=file,
        message=one_line(sentence if line is None else f"line {line}: {sentence}"),
        traceback=shorten(place.as_authors("".join(report.format())), LONGEST_TRACEBACK),
        exc_type=info.type_name,
        exc_message=place.as_authors(info.message),
    )


def _chain(report: TracebackException | None) -> Iterator[TracebackException]:
    """The exception and all that led to it."""
    while report is not None:
        yield report
        report = report.__cause__ or report.__context__


def _places(report: TracebackException, error: BaseException) -> Iterator[tuple[str, int | None]]:
    """File and line of every step towards the error, the innermost last."""
    yield from ((frame.filename, frame.lineno) for frame in report.stack)
    if isinstance(error, SyntaxError) and error.filename:
        yield error.filename, error.lineno


def _sentence(error: BaseException, info: ExceptionInfo) -> str:
    match error:
        case SyntaxError(text=str(text)):
            return f"{error.msg}: {text.strip()}"
        case SystemExit(code=code):
            return f"calls sys.exit({'' if code is None else repr(code)}) at import"
        case JobnbError():
            return info.message
        case ModuleNotFoundError(name=str(name)) if sentence := missing_sentence(name):
            return f"{info.type_name}: {sentence}"
    return info.sentence
