"""How a process ended, in words."""

from __future__ import annotations

import re
import signal
from typing import Final

_LIKELY_CAUSE: Final[dict[int, str]] = {
    signal.SIGSEGV: "a crash in native code",
    signal.SIGBUS: "a crash in native code",
    signal.SIGILL: "a crash in native code",
    signal.SIGABRT: "native code called abort()",
    signal.SIGFPE: "a crash in native arithmetic",
    signal.SIGKILL: "perhaps the system ran out of memory, or somebody killed it",
    signal.SIGTERM: "somebody asked it to end",
}


_FAULT: Final = re.compile(
    r"^Fatal Python error: .*?^Current thread [^\n]*\n(?P<frames>(?:  [^\n]*\n)*)",
    re.DOTALL | re.MULTILINE,
)
_FRAME: Final = re.compile(r'  File "(?P<file>[^"]*)", line (?P<line>\d+) in (?P<function>[^\n]*)')


def place_of_crash(errors: str) -> str:
    """Where the last words of Python's fault handler say that it crashed; empty if they do not.

    Args:
        errors: What the process has written to its descriptor 2.
    """
    fault = _FAULT.search(errors)
    frame = _FRAME.search(fault["frames"]) if fault else None
    return f" at {frame['file']}:{frame['line']} in {frame['function']}()" if frame else ""


def name_exit(code: int | None) -> str:
    """``exit code 3``, or the signal by name; None if nobody knows."""
    if code is None:
        return "exit code unknown, as the process it was forked from was gone by then"
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


def describe_exit(code: int | None) -> str:
    """The same with the likely cause of a signal that nobody here has sent."""
    cause = None if code is None else _LIKELY_CAUSE.get(-code)
    return f"{name_exit(code)} ({cause})" if cause else name_exit(code)
