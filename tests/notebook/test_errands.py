from __future__ import annotations

import threading

import pytest

from jobnb.notebook.errands import Errands
from tests.processes import eventually


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "jobnb-test"]


def test_they_are_done_in_order_and_the_newest_of_a_name_wins():
    errands, gate, done = Errands("jobnb-test"), threading.Event(), []
    errands.put("gate", gate.wait)
    eventually(lambda: not errands._waiting)
    for name, value in (("check", 1), ("start", 2), ("check", 3)):
        errands.put(name, lambda value=value: done.append(value))
    gate.set()

    eventually(lambda: len(done) == 2)
    assert done == [2, 3]


def test_the_thread_ends_with_the_last_and_another_follows():
    errands, done = Errands("jobnb-test"), []
    for _ in range(2):
        errands.put("x", lambda: done.append(1))
        eventually(lambda: not threads())

    assert done == [1, 1]


def test_one_that_raises_leaves_the_others_alone(caplog: pytest.LogCaptureFixture):
    errands, done = Errands("jobnb-test"), []
    errands.put("broken", lambda: 1 / 0)
    errands.put("whole", lambda: done.append(1))

    eventually(lambda: done)
    assert "left something undone" in caplog.text
