from __future__ import annotations

import json
import os
import subprocess
import time
from types import SimpleNamespace

import pytest

from jobnb.child.memory import resident_memory
from jobnb.engine.attempts import guard as guard_module
from jobnb.engine.attempts.guard import HEARING, Guard
from jobnb.engine.recording.loglimit import LogLimit
from jobnb.protocol import Limits, Reason, Status
from jobnb.store.values import NewEntry


class Watched:
    """The child and the recorder of a guard: they keep what they are told."""

    pid = os.getpid()

    def __init__(self, limits):
        self.sent, self.notes = [], []
        self.log_limit = LogLimit(limits)

    def send(self, message):
        self.sent.append(json.loads(message))

    def nudge(self):
        self.sent.append("nudge")

    def note(self, _level, message):
        self.notes.append(message)

    def log(self, event):
        self.notes.append(event.message)


@pytest.fixture(autouse=True)
def _no_kills_are_known():
    guard_module._kills_at.cache_clear()


def guarded(**limits):
    watched = Watched(Limits(**limits))
    guard = Guard(Limits(**limits), watched, watched, grace=5.0)
    return SimpleNamespace(guard=guard, watched=watched, began=time.monotonic())


def test_without_limits_there_is_nothing_to_look_at():
    case = guarded()
    case.guard.begin()

    assert case.guard.next_due is None
    assert case.guard.look(case.began + 1e9) is None


def test_the_soft_limit_counts_from_the_first_line_of_the_job():
    case = guarded(soft_time_limit=10)
    assert case.guard.look(case.began + 100) is None
    case.guard.begin()

    assert case.guard.look(time.monotonic() + 9) is None
    assert case.watched.sent == []
    case.guard.look(time.monotonic() + 11)
    assert case.watched.sent == [{"late": "The job took longer than its soft time limit of 10 s."}]


def test_a_job_that_hears_of_the_soft_limit_is_not_complained_about():
    case = guarded(soft_time_limit=10)
    case.guard.begin()
    case.guard.look(case.began + 11)
    case.guard.heard()
    case.guard.look(case.began + 12 + HEARING)

    assert len(case.watched.notes) == 1


def test_a_job_that_does_not_hear_of_it_at_once_is_nudged():
    case = guarded(soft_time_limit=10)
    case.guard.begin()
    case.guard.look(time.monotonic() + 11)
    case.guard.look(case.guard.next_due)
    case.guard.heard()

    assert case.watched.sent[1:] == ["nudge"]
    assert case.guard.next_due is None


@pytest.mark.parametrize(("hard", "words"), [(0, "it has no time limit"), (60, "of 60 s ends it")])
def test_a_job_that_does_not_hear_of_it_is_and_the_log_says_what_comes(hard, words):
    case = guarded(soft_time_limit=10, time_limit=hard)
    case.guard.begin()
    case.guard.look(case.began + 11)
    case.guard.look(case.began + 12 + HEARING)

    assert "has not heard of it" in case.watched.notes[-1]
    assert words in case.watched.notes[-1]


def test_the_hard_limit_counts_from_the_first_line_of_the_job():
    case = guarded(time_limit=10)
    assert case.guard.look(case.began + 11) is None
    case.guard.begin()

    assert case.guard.look(case.began + 11).reason is Reason.TIME_LIMIT


def test_the_hard_limit_is_not_gentle_and_the_last_word():
    case = guarded(time_limit=10)
    case.guard.begin()
    stop = case.guard.look(case.began + 11)

    assert (stop.reason, stop.status, stop.is_gentle) == (
        Reason.TIME_LIMIT,
        Status.FAILURE,
        False,
    )
    assert case.guard.next_due is None


def test_a_job_that_has_ended_has_no_limits_any_more():
    case = guarded(soft_time_limit=10, time_limit=20, memory_limit=1)
    case.guard.begin()
    case.guard.end()

    assert case.guard.look(case.began + 100) is None


def test_a_full_log_stops_a_job_that_wants_it_without_waking_the_pump():
    case = guarded(max_entries=1, on_log_limit="fail")
    assert case.guard.look(case.began) is None
    case.watched.log_limit.admit([NewEntry.by_supervisor("INFO", "x")] * 2)

    assert case.guard.next_due is None
    assert case.guard.look(case.began).reason is Reason.LOG_LIMIT


def test_kills_of_the_system_meanwhile_are_a_clue(monkeypatch):
    kills = iter([3, 3, 4])
    monkeypatch.setattr(guard_module, "count_kills", lambda: next(kills))
    case = guarded()

    assert case.guard.clues().memory == ""
    assert "for lack of memory" in case.guard.clues().memory


def test_runs_that_begin_together_count_the_kills_once(monkeypatch):
    counted = []
    monkeypatch.setattr(guard_module, "count_kills", lambda: counted.append(3) or 3)
    monkeypatch.setattr(time, "monotonic", lambda: 7.9)
    guarded()
    guarded()
    monkeypatch.setattr(time, "monotonic", lambda: 8.0)
    guarded()

    assert counted == [3, 3]


def test_a_look_at_the_dead_does_not_hide_how_much_memory_they_had():
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as child:
        case = guarded(memory_limit=int(resident_memory(child.pid) * 1.1))
        case.watched.pid = child.pid
        case.guard.look(case.began + 1e9)
        child.kill()
        child.wait()
        case.guard.look(case.began + 1e9)

    assert "near its limit" in case.guard.clues().memory


def test_a_machine_that_does_not_count_its_kills_gives_no_clue(monkeypatch):
    monkeypatch.setattr(guard_module, "count_kills", lambda: None)

    assert guarded().guard.clues().memory == ""
