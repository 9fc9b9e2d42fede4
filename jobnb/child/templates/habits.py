"""Habits: what Python code sets for its whole process, as values that can be read and set again.

Only what can be put back exactly is here. What a job file does to modules (a function that it
replaces, a list that it adds to) is not seen.
"""

from __future__ import annotations

import _locale
import _signal  # type: ignore[import-not-found]  # the public one makes words of all numbers, at ten times the price
import atexit
import gc
import logging
import os
import socket
import sys
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final


@dataclass(frozen=True)
class Habit:
    """One of them."""

    read: Callable[[], Any]
    """Gives a value that does not change any more and can be compared."""
    write: Callable[[Any], object]
    """Sets it; of a mapping only what is given, with None for what is not to be there."""


def read_all() -> list[Any]:
    """What all of them are now, in the order of ``HABITS``."""
    return [habit.read() for habit in HABITS]


# --- logging --------------------------------------------------------------------------------------


def _loggers() -> dict[str, tuple[Any, ...]]:
    """What is set at each logger; those at which nothing is set are as if they were not there."""
    root = logging.getLogger()
    known = {"": root, **root.manager.loggerDict}
    found = {name: _settings(item) for name, item in known.items() if _is_logger(item)}
    return {name: settings for name, settings in found.items() if settings != _PLAIN}


def _set_loggers(wanted: dict[str, tuple[Any, ...] | None]) -> None:
    for name, settings in wanted.items():
        logger = logging.getLogger(name)
        level, logger.disabled, logger.propagate, handlers, filters = settings or _PLAIN
        logger.handlers[:] = [handler for handler, *_ in handlers]
        logger.filters[:] = filters
        logger.setLevel(level)
        for handler, own_level, own_filters, formatter in handlers:
            handler.level, handler.formatter = own_level, formatter
            handler.filters[:] = own_filters


def _is_logger(item: object) -> bool:
    return isinstance(item, logging.Logger)


def _settings(logger: Any) -> tuple[Any, ...]:
    handlers = tuple(
        (handler, handler.level, tuple(handler.filters), handler.formatter)
        for handler in logger.handlers
    )
    return logger.level, logger.disabled, logger.propagate, handlers, tuple(logger.filters)


_PLAIN: Final = _settings(logging.Logger(""))  # noqa: LOG001 - to see what is set at a new one


# --- warnings -------------------------------------------------------------------------------------

_GIVEN: Final = tuple(warnings.filters)
"""Python's own filters."""


def _sweeping_filters() -> tuple[Any, ...]:
    """Those for whatever text and module, as job files set them; libraries are more careful."""
    ahead = takewhile(lambda item: item not in _GIVEN, warnings.filters)
    return tuple(item for item in ahead if item[1:4:2] == (None, None) and _is_common(item[2]))


def _is_common(category: Any) -> bool:
    """Whether it is one of Python's own, and not one that a library has for itself."""
    return getattr(category, "__module__", "builtins") == "builtins"


def _set_sweeping_filters(wanted: tuple[Any, ...]) -> None:
    now = _sweeping_filters()
    warnings.filters[:] = [*wanted, *(item for item in warnings.filters if item not in now)]  # type: ignore[index]
    with warnings.catch_warnings():
        pass  # which lets Python know that they have changed


# --- the process ----------------------------------------------------------------------------------


_SIGNALS: Final = tuple(map(int, _signal.valid_signals()))


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _handlers() -> dict[int, Any]:
    handlers = {number: _signal.getsignal(number) for number in _SIGNALS}
    return {number: handler for number, handler in handlers.items() if handler is not None}


def _set_handlers(wanted: dict[int, Any]) -> None:
    for number, handler in wanted.items():
        _signal.signal(number, handler)


def _blocked() -> Any:
    return _signal.pthread_sigmask(_signal.SIG_BLOCK, ())


def _block(wanted: set[int]) -> None:
    _signal.pthread_sigmask(_signal.SIG_SETMASK, wanted)


def _precision() -> tuple[Any, ...]:
    """That of ``decimal``; empty as long as it is not imported."""
    decimal = sys.modules.get("decimal")
    if decimal is None:
        return ()
    now = decimal.getcontext()
    traps = tuple(kind for kind, is_set in now.traps.items() if is_set)
    return now.prec, now.rounding, now.Emin, now.Emax, now.capitals, now.clamp, traps


def _set_precision(wanted: tuple[Any, ...]) -> None:
    decimal = sys.modules.get("decimal")
    if decimal is None:
        return
    *numbers, traps = wanted or (None,)
    fresh = decimal.Context()
    if traps is not None:
        fresh = decimal.Context(*numbers, flags=[], traps=list(traps))
    decimal.setcontext(fresh)


def _start_method() -> str | None:
    """That of ``multiprocessing``, which a second file could not set."""
    multiprocessing: Any = sys.modules.get("multiprocessing")
    method: str | None = multiprocessing and multiprocessing.get_start_method(allow_none=True)
    return method


def _set_start_method(wanted: str | None) -> None:
    sys.modules["multiprocessing"].set_start_method(wanted, force=True)


# --- exit functions -------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _ExitFunction:
    function: Callable[..., object]
    arguments: tuple[Any, ...]
    names: dict[str, Any]


_exit_functions: Final[list[_ExitFunction]] = []
_register: Final = atexit.register


def note_exit_functions(root: str) -> None:
    """From now on knows what files below a folder give to ``atexit``."""

    def register(function: Callable[..., Any], /, *arguments: Any, **names: Any) -> Any:
        if sys._getframe(1).f_code.co_filename.startswith(root + os.sep):  # noqa: SLF001
            _exit_functions.append(_ExitFunction(function, arguments, names))
        return _register(function, *arguments, **names)

    atexit.register = register


def _set_exit_functions(wanted: tuple[_ExitFunction, ...]) -> None:
    for item in _exit_functions:
        atexit.unregister(item.function)
    for item in wanted:
        _register(item.function, *item.arguments, **item.names)
    _exit_functions[:] = wanted


def _attribute(owner: Any, name: str) -> Habit:
    return Habit(lambda: getattr(owner, name), lambda value: setattr(owner, name, value))


HABITS: Final = (
    Habit(lambda: logging.getLogger().manager.disable, logging.disable),
    Habit(_loggers, _set_loggers),
    Habit(logging.getLogRecordFactory, logging.setLogRecordFactory),
    Habit(logging.getLoggerClass, logging.setLoggerClass),
    _attribute(logging, "raiseExceptions"),
    Habit(_sweeping_filters, _set_sweeping_filters),
    _attribute(warnings, "showwarning"),
    *(_attribute(sys, name) for name in ("stdin", "stdout", "stderr")),
    *(_attribute(sys, name) for name in ("excepthook", "unraisablehook")),
    _attribute(threading, "excepthook"),
    Habit(sys.getrecursionlimit, sys.setrecursionlimit),
    Habit(sys.getswitchinterval, sys.setswitchinterval),
    Habit(sys.gettrace, sys.settrace),
    Habit(sys.getprofile, sys.setprofile),
    Habit(gc.isenabled, lambda wanted: gc.enable() if wanted else gc.disable()),
    Habit(gc.get_threshold, lambda wanted: gc.set_threshold(*wanted)),
    Habit(socket.getdefaulttimeout, socket.setdefaulttimeout),
    Habit(
        lambda: _locale.setlocale(_locale.LC_ALL, None),
        lambda wanted: _locale.setlocale(_locale.LC_ALL, wanted),
    ),
    Habit(_umask, os.umask),
    Habit(_handlers, _set_handlers),
    Habit(_blocked, _block),
    Habit(_precision, _set_precision),
    Habit(_start_method, _set_start_method),
    Habit(lambda: tuple(_exit_functions), _set_exit_functions),
)
