"""How a process ended, in words."""

from __future__ import annotations

import signal
from typing import Final

_LIKELY_CAUSE: Final = {
    signal.SIGSEGV: "a crash in native code",
    signal.SIGBUS: "a crash in native code",
    signal.SIGILL: "a crash in native code",
    signal.SIGABRT: "native code called abort()",
    signal.SIGFPE: "a crash in native arithmetic",
    signal.SIGKILL: "perhaps the system ran out of memory, or somebody killed it",
    signal.SIGTERM: "somebody asked it to end",
}


def describe_exit(code: int) -> str:
    """``exit code 3``, or the signal by name with its likely cause."""
    if code >= 0:
        return f"exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
    cause = _LIKELY_CAUSE.get(signal.Signals(-code))
    return f"killed by {name} ({cause})" if cause else f"killed by {name}"
