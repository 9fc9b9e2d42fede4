"""The log of a job: seven levels, and every record of every logger and thread as an event."""

from __future__ import annotations

import logging
import sys
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TextIO

from jobnb.protocol import LEVELS, LogEvent, RunEvent, WorkerLogEvent, level_name

Emit = Callable[[RunEvent], bool | None]
"""Sends an event to the parent; False in a forked process, which has no way to it."""

SUCCESS: Final = LEVELS["SUCCESS"]
FAILURE: Final = LEVELS["FAILURE"]
logging.addLevelName(SUCCESS, "SUCCESS")
logging.addLevelName(FAILURE, "FAILURE")


class JobLogger(logging.Logger):
    """A logger with Nautobot's two additional levels."""

    def success(self, msg: object, *args: object, **more: Any) -> None:
        """Logs what went well, between INFO and WARNING."""
        self.log(SUCCESS, msg, *args, **one_level_up(more))

    def failure(self, msg: object, *args: object, **more: Any) -> None:
        """Logs what went wrong without an error in the code, between WARNING and ERROR."""
        self.log(FAILURE, msg, *args, **one_level_up(more))


def get_task_logger(name: str) -> JobLogger:
    """The logger of that name, the one that ``logging.getLogger`` gives as well."""
    logger = logging.getLogger(name)
    if not isinstance(logger, JobLogger):
        logger.__class__ = JobLogger
    return logger  # type: ignore[return-value]  # it became one in the line before


def one_level_up(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a log call for a wrapper of it: the record names the wrapper's caller."""
    return {**arguments, "stacklevel": arguments.get("stacklevel", 1) + 1}


def readable(record: logging.LogRecord) -> str:
    """The message of a record, also if its arguments do not fit its text."""
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - str() and % run the job's own code
        return f"{safe_text(record.msg)} {_safe_repr(record.args)} (arguments do not fit the text)"


def readable_message(msg: object, args: tuple[object, ...]) -> str:
    """The message that a log call with these arguments gives."""
    return readable(logging.LogRecord("", 0, "", 0, msg, args, None))


def safe_text(value: object) -> str:
    """``str(value)``, or what can be said of an object whose ``str()`` fails."""
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - the object may be the job's own
        return f"<{type(value).__name__}: its str() failed>"


class JobLogHandler(logging.Handler):
    """Turns each log record into an event."""

    def __init__(self, emit: Emit) -> None:
        super().__init__()
        self._send = emit

    def createLock(self) -> None:  # noqa: N802 - logging's name
        """Needs no lock: frames are whole anyway, and a lock could be held across a fork."""
        self.lock = None

    def emit(self, record: logging.LogRecord) -> None:
        """Sends the record; whatever goes wrong here is shown on stderr, and not to the job."""
        try:
            event = _event(record)
            if self._send(event) is False:
                sys.stderr.write(f"{record.levelname} {event.message}\n")
        except RecursionError:
            # As in logging's own handlers: the job is at its end, and reporting needs more stack.
            raise
        except Exception:  # noqa: BLE001 - logging must never break what it reports on
            self.handleError(record)


@contextmanager
def captured_logging(emit: Emit, job_loggers: Iterable[str]) -> Iterator[None]:
    """Sends the records of every logger as events, within a ``with`` block.

    Python's warnings come as records of ``py.warnings``.

    Args:
        emit: Takes the events, on whatever thread logs.
        job_loggers: Loggers that pass everything from DEBUG on; all others pass INFO.
    """
    root = logging.getLogger()
    levels = {logging.getLogger(name): logging.DEBUG for name in job_loggers}
    levels[root] = logging.INFO
    before = [(logger, logger.level) for logger in levels]
    for logger, level in levels.items():
        logger.setLevel(level)
    handler = JobLogHandler(emit)
    root.addHandler(handler)
    try:
        with _captured_warnings():
            yield
    finally:
        root.removeHandler(handler)
        for logger, level in before:
            logger.setLevel(level)


@contextmanager
def _captured_warnings() -> Iterator[None]:
    show = warnings.showwarning
    warnings.showwarning = _log_warning
    try:
        yield
    finally:
        warnings.showwarning = show


def _log_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """As ``logging.captureWarnings`` does, but with a grouping that means something."""
    del file  # whatever stream it was meant for: a warning of a job belongs into its log
    text = warnings.formatwarning(message, category, filename, lineno, line).rstrip("\n")
    extra = {"grouping": "warnings"}
    logging.getLogger("py.warnings").warning("%s", text, extra=extra)


def _event(record: logging.LogRecord) -> LogEvent | WorkerLogEvent:
    message = "\n".join([readable(record), *_appendix(record)])
    if getattr(record, "skip_db_logging", False):
        return WorkerLogEvent(record.levelno, message)
    about = getattr(record, "object", None)
    return LogEvent(
        record.created,
        level_name(record.levelno),
        safe_text(getattr(record, "grouping", None) or record.funcName or "main"),
        message,
        object=None if about is None else safe_text(about),
        source=record.name,
        thread=record.thread or 0,
    )


def _appendix(record: logging.LogRecord) -> Iterator[str]:
    """What belongs below the message: the traceback of ``exception()``, the asked-for stack."""
    if record.exc_info and record.exc_info[1] is not None:
        yield "".join(traceback.format_exception(record.exc_info[1])).rstrip("\n")
    if record.stack_info:
        yield record.stack_info


def _safe_repr(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - the arguments may be the job's own objects
        return f"<{type(value).__name__}: its repr() failed>"
