"""The log of a job: seven levels, and every record of every logger and thread as an event."""

from __future__ import annotations

import logging
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from math import isfinite
from typing import Any, Final, TextIO

from jobnb.errors import SoftTimeLimitExceeded
from jobnb.protocol import LEVELS, LogEvent, RunEvent, WorkerLogEvent, level_name, make_tuple

Emit = Callable[[RunEvent], bool | None]
"""Sends an event to the parent; False in a forked process, which has no way to it."""

SUCCESS: Final = LEVELS["SUCCESS"]
FAILURE: Final = LEVELS["FAILURE"]
logging.addLevelName(SUCCESS, "SUCCESS")
logging.addLevelName(FAILURE, "FAILURE")

_SOURCE: Final = logging.info.__code__.co_filename
"""What the frames of ``logging`` have as their file."""
_MAKE_RECORD: Final = logging.Logger.makeRecord
_CALL_HANDLERS: Final = logging.Logger.callHandlers
"""What some libraries replace in the class, and others in a logger, to see every record."""
_LABELS: Final = frozenset({"grouping", "object"})
_OWN_CALL, _CALL_OF_WRAPPER = 1, 2
"""Values of ``stacklevel``."""


class JobLogger(logging.Logger):
    """A logger with Nautobot's two additional levels.

    While a run is captured it cannot be silenced: a job, or a library, that configures logging
    removes handlers and disables loggers that it has never heard of.
    """

    def success(self, msg: object, *args: object, **more: Any) -> None:
        """Logs what went well, between INFO and WARNING."""
        self.log(SUCCESS, msg, *args, **one_level_up(more))

    def failure(self, msg: object, *args: object, **more: Any) -> None:
        """Logs what went wrong without an error in the code, between WARNING and ERROR."""
        self.log(FAILURE, msg, *args, **one_level_up(more))

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - logging's name
        """Whether a record of that level is wanted, also if somebody has disabled the logger."""
        if _captures and self.disabled:
            return self.manager.disable < level >= self.getEffectiveLevel()
        return logging.Logger.isEnabledFor(self, level)

    def handle(self, record: logging.LogRecord) -> None:
        """Gives the record to the handlers, and to the capture if none of them is it."""
        if not _captures:
            super().handle(record)
        elif self.filter(record):
            if self.disabled or not self._reaches(_captures[-1]):
                _captures[-1].handle(record)
            if not self.disabled and self.hasHandlers():
                self.callHandlers(record)

    def _log(  # noqa: PLR0913, PLR0917 - logging's signature
        self,
        level: int,
        msg: object,
        args: Any,
        exc_info: Any = None,
        extra: Mapping[str, object] | None = None,
        stack_info: bool = False,  # noqa: FBT001, FBT002 - logging's signature
        stacklevel: int = _OWN_CALL,
    ) -> None:
        """Without a record, as long as nobody but the capture could see it: four times as fast."""
        has_labels = type(extra) is dict and extra.keys() <= _LABELS
        is_plain = not exc_info and not stack_info and (not extra or has_labels)
        if is_plain and _OWN_CALL <= stacklevel <= _CALL_OF_WRAPPER and self._has_no_listener():
            _captures[-1].say(self.name, level, msg, args, extra or {}, _function(stacklevel))
        else:
            super()._log(level, msg, args, exc_info, extra, stack_info, stacklevel + 1)

    def _has_no_listener(self) -> bool:
        """Whether a record would reach the capture, once and as it is, and nothing else."""
        if not _captures or self.disabled or self.filters or type(self) is not JobLogger:
            return False
        if JobLogger.makeRecord is not _MAKE_RECORD or JobLogger.callHandlers is not _CALL_HANDLERS:
            return False
        own = vars(self)
        if "makeRecord" in own or "handle" in own or "callHandlers" in own:
            return False
        if logging.getLogRecordFactory() is not logging.LogRecord:
            return False
        logger: logging.Logger = self
        while not logger.handlers and logger.propagate and logger.parent is not None:
            logger = logger.parent
        capture = _captures[-1]
        is_last = logger.parent is None and logger.handlers == [capture]
        return is_last and not capture.filters and not capture.level

    def _reaches(self, handler: logging.Handler) -> bool:
        logger: logging.Logger | None = self
        while logger is not None:
            if handler in logger.handlers:
                return True
            logger = logger.parent if logger.propagate else None
        return False


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
    except SoftTimeLimitExceeded:
        raise
    except Exception:  # noqa: BLE001 - str() and % run the job's own code
        return f"{safe_text(record.msg)} {_safe_repr(record.args)} (arguments do not fit the text)"


def readable_message(msg: object, args: tuple[object, ...]) -> str:
    """The message that a log call with these arguments gives."""
    return readable(logging.LogRecord("", 0, "", 0, msg, args, None))


def safe_text(value: object) -> str:
    """``str(value)``, or what can be said of an object whose ``str()`` fails."""
    try:
        return str(value)
    except SoftTimeLimitExceeded:
        raise
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
            self._give(_event(record), record.levelno)
        except (RecursionError, SoftTimeLimitExceeded):
            # As in logging's own handlers: the job is at its end, and reporting needs more stack.
            # Or its time is: it logs just then.
            raise
        except Exception:  # noqa: BLE001 - logging must never break what it reports on
            self.handleError(record)

    def say(
        self,
        logger: str,
        level: int,
        msg: object,
        args: tuple[object, ...],
        labels: Mapping[str, object],
        function: str,
    ) -> None:
        """Sends what a plain log call says, as ``emit`` would its record.

        Args:
            logger: Name of the logger.
            level: Of the call.
            msg: Its text, or what is one as text.
            args: To be filled into it.
            labels: A ``grouping`` and an ``object``, if the call has them.
            function: Name of the function that logs.
        """
        try:
            grouping = labels.get("grouping") if labels else None
            about = labels.get("object") if labels else None
            fields = (
                time.time(),
                level_name(level),
                safe_text(grouping) if grouping else function,
                msg if type(msg) is str and not args else _filled(msg, args),
                None if about is None else safe_text(about),
                logger if type(logger) is str else safe_text(logger),
                threading.get_ident(),
            )
            self._give(make_tuple(LogEvent, fields), level)
        except (RecursionError, SoftTimeLimitExceeded):
            raise
        except Exception:  # noqa: BLE001 - as above
            self.handleError(logging.LogRecord(logger, level, "", 0, msg, args, None, function))

    def _give(self, event: LogEvent | WorkerLogEvent, level: int) -> None:
        if self._send(event) is False:
            sys.stderr.write(f"{logging.getLevelName(level)} {event.message}\n")


_captures: Final[list[JobLogHandler]] = []
"""The handlers that take everything now, the innermost last."""


def capture_logging(emit: Emit, job_loggers: Iterable[str]) -> None:
    """Sends the records of every logger as events, from now until the process ends.

    Python's warnings come as records of ``py.warnings``.

    Args:
        emit: Takes the events, on whatever thread logs.
        job_loggers: Loggers that pass everything from DEBUG on; all others pass INFO.
    """
    for name in job_loggers:
        logging.getLogger(name).setLevel(logging.DEBUG)
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    handler = JobLogHandler(emit)
    root.addHandler(handler)
    _captures.append(handler)
    warnings.showwarning = _log_warning


@contextmanager
def captured_logging(emit: Emit, job_loggers: Iterable[str]) -> Iterator[None]:
    """The same within a ``with`` block, for a process that does other things as well."""
    names = list(job_loggers)
    loggers = [logging.getLogger(), *map(logging.getLogger, names)]
    levels, show = [logger.level for logger in loggers], warnings.showwarning
    capture_logging(emit, names)
    try:
        yield
    finally:
        loggers[0].removeHandler(_captures.pop())
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
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
    message = readable(record)
    if record.exc_info or record.stack_info:
        message = "\n".join([message, *_appendix(record)])
    if getattr(record, "skip_db_logging", False):
        return WorkerLogEvent(record.levelno, message)
    about = getattr(record, "object", None)
    return LogEvent(
        float(record.created) if isfinite(record.created) else time.time(),
        level_name(record.levelno),
        safe_text(getattr(record, "grouping", None) or record.funcName or "main"),
        message,
        object=None if about is None else safe_text(about),
        source=safe_text(record.name),
        thread=record.thread or 0,
    )


def _filled(msg: object, args: tuple[object, ...]) -> str:
    """The message of a call, as a record would have it; a single mapping gives names."""
    try:
        text = str(msg)
        if not args:
            return text
        is_named = len(args) == 1 and isinstance(args[0], Mapping) and args[0]
        return text % (args[0] if is_named else args)
    except (RecursionError, SoftTimeLimitExceeded):
        raise
    except Exception:  # noqa: BLE001 - str() and % run the job's own code
        return readable_message(msg, args)


def _function(stacklevel: int) -> str:
    """The name of the function that logs, found as ``logging`` finds it, from its ``_log``."""
    frame = sys._getframe(1)  # noqa: SLF001 - so does logging
    while stacklevel and frame.f_back is not None:
        frame = frame.f_back
        if frame.f_code.co_filename != _SOURCE:
            stacklevel -= 1
    return frame.f_code.co_name


def _appendix(record: logging.LogRecord) -> Iterator[str]:
    """What belongs below the message: the traceback of ``exception()``, the asked-for stack."""
    if record.exc_info and record.exc_info[1] is not None:
        yield "".join(traceback.format_exception(record.exc_info[1])).rstrip("\n")
    if record.stack_info:
        yield record.stack_info


def _safe_repr(value: object) -> str:
    try:
        return repr(value)
    except SoftTimeLimitExceeded:
        raise
    except Exception:  # noqa: BLE001 - the arguments may be the job's own objects
        return f"<{type(value).__name__}: its repr() failed>"
