from __future__ import annotations

import signal

import pytest

from jobnb.child.exits import describe_exit, name_exit, place_of_crash


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


def test_a_signal_that_we_have_sent_needs_no_cause():
    assert name_exit(-signal.SIGTERM) == "killed by SIGTERM"
    assert name_exit(0) == "exit code 0"


CRASH = """printed before
Fatal Python error: Segmentation fault

Thread 0x00007f0000000001 (most recent call first):
  File "/lib/threading.py", line 1 in wait

Current thread 0x00007f0000000002 (most recent call first):
  File "/jobs/disk.py", line 12 in read
  File "/jobs/disk.py", line 30 in run

Extension modules: a (total: 1)
"""


def test_the_fault_handler_says_where_it_crashed():
    assert place_of_crash(CRASH) == " at /jobs/disk.py:12 in read()"


@pytest.mark.parametrize("errors", ["", "Traceback ...", CRASH.replace("Current", "Other")])
def test_without_its_last_words_nobody_knows_where(errors):
    assert place_of_crash(errors) == ""
