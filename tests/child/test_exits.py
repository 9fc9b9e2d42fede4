from __future__ import annotations

import signal

import pytest

from jobnb.child.exits import describe_exit


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (3, "exit code 3"),
        (-signal.SIGSEGV, "killed by SIGSEGV (a crash in native code)"),
        (-signal.SIGKILL, "killed by SIGKILL (perhaps the system ran out of memory"),
        (-signal.SIGUSR1, "killed by SIGUSR1"),
        (-64, "SIGRTMAX"),
        (-77, "signal 77"),
    ],
)
def test_an_exit_is_said_by_name(code, words):
    assert words in describe_exit(code)
