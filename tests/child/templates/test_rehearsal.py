from __future__ import annotations

import subprocess
import sys

from tests.processes import SECONDS

PROGRAM = """
import logging, os, signal, sys, threading
from jobnb.authoring.job import Job
from jobnb.authoring.registration import registered_jobs
from jobnb.child.running import signals
from jobnb.child.running.outlet import Outlet
from jobnb.child.templates.rehearsal import rehearse

outlet = Outlet()
outlet.install(["jobs"])

def own(_number, _frame):
    print("own", flush=True)

signal.signal(signal.SIGTERM, own)

def state():
    handlers = [signal.getsignal(number) for number in signal.valid_signals()]
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    names = sorted(logging.getLogger().manager.loggerDict)
    return (
        sorted(os.listdir("/proc/self/fd"))[:-1], handlers, mask, names, os.getcwd(), sys.path[:],
        threading.active_count(), registered_jobs(), dict(signals._installed), outlet._emit,
        logging.getLogger().handlers[:], threading.enumerate(), threading.main_thread(),
        logging._lock.acquire(blocking=False) and logging._lock.release(),
    )

called = []

def hook(*_words):
    called.append(_words)

Job.__init__ = Job.before_start = Job.on_success = Job.after_return = hook
before = state()
rehearse(outlet)
assert state() == before, (state(), before)
assert not called, "what a job file may have put into Job"
print("said", flush=True)
os.kill(os.getpid(), signal.SIGTERM)
"""


STRANGERS = """
import logging, threading
from jobnb.child.running.outlet import Outlet
from jobnb.child.templates.rehearsal import rehearse

class Odd(logging.Handler):
    def _at_fork_reinit(self):
        called.append(self)
        raise OSError

called = []
odd = Odd()
outlet = Outlet()
outlet.install(["jobs"])
rehearse(outlet)
print(bool(called))
called.clear()
end = threading.Event()
thread = threading.Thread(target=end.wait)
thread.start()
rehearse(outlet)
print(thread.is_alive(), thread in threading.enumerate(), called)
end.set()
thread.join()
"""


def run(program):
    words = [sys.executable, "-c", program]
    return subprocess.run(words, capture_output=True, text=True, timeout=SECONDS, check=False)


def test_a_rehearsal_lives_with_odd_handlers_and_spares_the_locks_of_other_threads():
    done = run(STRANGERS)

    assert done.stdout == "True\nTrue True []\n", done.stderr


def test_a_rehearsal_says_nothing_and_leaves_the_process_as_it_was():
    done = run(PROGRAM)

    assert (done.stdout, done.stderr) == ("said\nown\n", "")
