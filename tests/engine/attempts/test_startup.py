from __future__ import annotations

import signal
import time

import pytest

from jobnb.engine.attempts.startup import TELLING, Startup
from jobnb.protocol import WHERE_SIGNAL, Reason, Step


class Child:
    def __init__(self):
        self.signals = []

    def kill(self, number=signal.SIGKILL):
        self.signals.append(number)


@pytest.fixture
def child():
    return Child()


@pytest.fixture
def startup():
    return Startup({Step.LOADING: 90, Step.RESTORING: 10})


def test_a_child_that_is_late_tells_where_it_is_and_is_killed(startup, child):
    startup.begin(Step.RESTORING)
    due = startup.due
    startup.look(due, child)
    startup.hears(b'  File "jobs/a.py", line 7 in make_session\n')
    startup.look(due + TELLING, child)
    end = startup.verdict(-9)

    assert child.signals == [WHERE_SIGNAL, signal.SIGKILL]
    assert (end.reason, end.traceback) == (
        Reason.NOT_PREPARED,
        'File "jobs/a.py", line 7 in make_session',
    )
    assert end.detail.startswith("Checking the inputs did not come to an end within 10 s")


def test_loading_has_a_limit_from_the_first_moment(startup, child):
    startup.look(time.monotonic() + 91, child)

    assert startup.verdict(-9).detail.startswith("Loading the job did not come to an end")


@pytest.mark.parametrize("step", [Step.STARTING, Step.RUNNING])
def test_code_of_the_job_itself_may_take_as_long_as_it_likes(startup, child, step):
    startup.begin(step)
    startup.look(time.monotonic() + 1e6, child)

    assert (startup.due, child.signals, startup.verdict(0)) == (None, [], None)
    assert not startup.hears(b"text")


def test_a_run_that_is_told_to_end_has_no_deadline_any_more(startup):
    startup.end()

    assert startup.due is None


def test_what_a_late_child_says_afterwards_does_not_help_it(startup, child):
    startup.look(startup.due, child)
    startup.begin(Step.RUNNING)
    startup.end()

    assert startup.due is not None
