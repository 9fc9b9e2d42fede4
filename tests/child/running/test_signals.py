from __future__ import annotations

import faulthandler
import signal
import subprocess
import sys
from typing import Any

import pytest

from jobnb.child.running.run import _give_up_signal
from jobnb.protocol import WHERE_SIGNAL
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


HEARER = """
from threading import Thread
from jobnb.child.running.run import _Canceller, _Report

def hear():
    (_, frames), (lifeline, theirs), (orders, words) = (os.pipe() for _ in range(3))
    border = Border(frames, lifeline, orders)
    canceller = _Canceller(border.orders, border.writer, _Report(border.writer))
    signals.install(border.writer, canceller.error)
    return theirs, words, canceller

def wait_until(job):
    try:
        job()
        time.sleep(20)
    except BaseException as error:
        print(type(error).__name__, error, flush=True)
"""
"""A process that hears words as a run does."""


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


@pytest.fixture(params=["kernel", "thread"])
def announces(request) -> str:
    """What chooses the way in which a process learns that there is a word for it."""
    return HEARER + ("" if request.param == "kernel" else "signals._CHOOSE_SIGNAL = None")


def test_a_word_of_the_parent_interrupts_a_job_that_waits(announces):
    said = run_child(f"""{announces}
kept, words, canceller = hear()
canceller.start()
wait_until(Thread(target=os.write, args=(words, b'{{"cancel": "Enough."}}\\n')).start)
wait_until(Thread(target=os.write, args=(words, b'{{"late": "Too-slow."}}\\n')).start)
""")

    assert said == ["RunCancelled", "Enough.", "SoftTimeLimitExceeded", "Too-slow."]


def test_a_word_that_came_before_anybody_heard_is_heard(announces):
    said = run_child(f"""{announces}
kept, words, canceller = hear()
os.write(words, b'{{"cancel": "Enough."}}\\n')
wait_until(canceller.start)
""")

    assert said == ["RunCancelled", "Enough."]


def test_a_nudge_says_nothing_to_a_job_that_has_heard(announces):
    said = run_child(f"""{announces}
kept, words, canceller = hear()
canceller.start()
wait_until(partial(os.write, words, b'{{"cancel": "Enough."}}\\n'))
os.write(words, b"{{}}\\n")
signals.interrupt_main()
print(canceller.error(signals.STOP_SIGNAL), canceller._orders.has_more(), flush=True)
""")

    assert said == ["RunCancelled", "Enough.", "None", "False"]


def test_a_nudge_wakes_a_job_whose_first_signal_was_for_nothing(announces):
    said = run_child(f"""{announces}
kept, words, canceller = hear()
os.write(words, b'{{"cancel": "Enough."}}\\n')
signals.announce(canceller._orders.descriptor)
wait_until(partial(os.write, words, b"{{}}\\n"))
""")

    assert said == ["RunCancelled", "Enough."]


def test_a_process_whose_parent_is_gone_ends(announces):
    said = run_child(f"""{announces}
kept, words, canceller = hear()
canceller.start()
print("begins", flush=True)
os.close(words)
time.sleep(20)
print("goes on", flush=True)
""")

    assert said == ["begins"]


@pytest.mark.parametrize("handler", [signal.SIG_DFL, signal.SIG_IGN, print])
def test_a_job_has_the_signal_that_asks_where_it_is_as_its_file_left_it(handler: Any) -> None:
    before = signal.signal(WHERE_SIGNAL, handler)
    try:
        faulthandler.register(WHERE_SIGNAL)
        _give_up_signal()
        assert signal.getsignal(WHERE_SIGNAL) is handler
    finally:
        signal.signal(WHERE_SIGNAL, before)
