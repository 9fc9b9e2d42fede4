from __future__ import annotations

import subprocess
import sys

import pytest

from tests.processes import SECONDS

CHILD = """
import os, signal, sys, time, _thread
from functools import partial
from multiprocessing import get_context
from jobnb.child.running import signals
from jobnb.child.running.border import Border

# In C, so that the next hook in Python hears it.
trip = partial(_thread.interrupt_main, signal.SIGTERM)

def take_border():
    (_, frames), (lifeline, theirs), (orders, _) = (os.pipe() for _ in range(3))
    border = Border(frames, lifeline, orders)
    signals.install(border.writer, lambda number: InterruptedError(signal.Signals(number).name))
    return theirs

def run():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    time.sleep(20)

def exit_code(pid):
    for _ in range(500):
        if (ended := os.waitpid(pid, os.WNOHANG))[0]:
            return os.waitstatus_to_exitcode(ended[1])
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
"""


def run_child(program: str) -> list[str]:
    """What a process says that has taken its border and its signals as a child does."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD + program],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        start_new_session=True,  # the end of the lifeline kills the whole group
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_sigterm_ends_a_forked_process_however_early_it_comes():
    said = run_child("""
kept = take_border()
for _ in range(20):
    if not (pid := os.fork()):
        time.sleep(20)
    os.kill(pid, signal.SIGTERM)
    print(exit_code(pid), flush=True)
""")

    assert said == ["-15"] * 20


@pytest.mark.parametrize(
    "program",
    [
        "kept = take_border(); os.register_at_fork(before=trip)",
        "os.register_at_fork(after_in_parent=trip); kept = take_border()",
    ],
    ids=["before", "after"],
)
def test_a_signal_that_comes_in_the_middle_of_a_fork_reaches_the_job_after_it(program):
    said = run_child(f"""
{program}
try:
    run()
except InterruptedError as error:
    print(error, flush=True)
""")

    assert said == ["SIGTERM"]


def test_a_process_forked_after_the_end_of_the_job_can_be_ended_as_well():
    said = run_child("""
kept = take_border()
signals.ignore()
os.kill(os.getpid(), signal.SIGTERM)
if not (pid := os.fork()):
    time.sleep(20)
os.kill(pid, signal.SIGTERM)
print(exit_code(pid), flush=True)
program = os.posix_spawn("/bin/sleep", ["sleep", "20"], os.environ)
os.kill(program, signal.SIGTERM)
print(exit_code(program), flush=True)
""")

    assert said == ["-15", "-15"]


def test_a_fork_leaves_the_signals_that_a_job_blocks_as_they_are():
    said = run_child("""
kept = take_border()
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
if not (pid := os.fork()):
    os._exit(signal.pthread_sigmask(signal.SIG_BLOCK, []) != {signal.SIGUSR1})
print(exit_code(pid), *(item.name for item in signal.pthread_sigmask(signal.SIG_BLOCK, [])))
""")

    assert said == ["0", "SIGUSR1"]
