from __future__ import annotations

import threading
import time

import pytest

from jobnb.authoring.job import Job
from jobnb.authoring.progress import LONGEST_TEXT, MOST_BARS, Progress
from jobnb.protocol import ProgressEvent
from tests.processes import eventually


class Told:
    """Takes the events, and knows the newest one."""

    def __init__(self):
        self.events = []

    def __call__(self, event):
        self.events.append(event)

    @property
    def bars(self):
        return self.events[-1].bars


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def progress(told):
    made = Progress(told)
    yield made
    made.close()


def test_the_newest_word_is_told(progress, told):
    progress.set(1, 10, "first")
    progress.set(2, 10, "second")

    eventually(lambda: told.events and told.bars == [[2, 10, "second"]])


def test_however_often_it_is_said_it_is_told_ten_times_a_second(progress, told):
    begin = time.monotonic()
    for done in range(50_000):
        progress.set(done, 50_000, "")
    progress.close()

    assert len(told.events) <= 10 * (time.monotonic() - begin) + 3
    assert told.bars == [[49_999, 50_000, ""]]


def test_nothing_is_told_and_no_thread_begun_if_a_job_says_nothing(told):
    before = threading.active_count()
    Progress(told).close()

    assert (told.events, threading.active_count()) == ([], before)


def test_nothing_is_told_after_the_end(told):
    progress = Progress(told)
    progress.close()
    progress.set(1, 2, "")

    assert told.events == []


def test_what_is_tracked_moves_by_itself_and_stays_full(progress, told):
    assert list(progress.track(["a", "b"], None, "letters")) == ["a", "b"]

    eventually(lambda: told.events and told.bars == [[2, 2, "letters"]])


def test_what_has_no_length_is_counted(progress, told):
    for _ in progress.track(iter("abc"), None, ""):
        pass
    progress.close()

    assert told.bars == [[3, 3, ""]]


def test_of_what_has_no_length_the_total_can_be_said(progress):
    next(progress.track(iter("abc"), 3, ""))

    assert progress._snapshot() == [[0, 3, ""]]


def test_steps_within_steps_are_bars_within_bars_and_go_with_their_step(progress, told):
    for site in progress.track(["north", "south"], None, "sites"):
        for _device in progress.track(range(3), None, site):
            progress.set(1, 2, "ports")
            if site == "south":
                eventually(lambda: told.events and len(told.bars) == 3)
        assert progress._snapshot() == [[int(site == "south"), 2, "sites"]]
    progress.close()

    assert told.bars == [[2, 2, "sites"]]


def test_a_loop_that_is_left_early_stays_where_it_was(progress):
    for number in progress.track(range(10), None, ""):
        if number == 3:
            break

    assert progress._snapshot() == [[3, 10, ""]]


def test_one_loop_after_the_other_is_not_one_within_the_other(progress):
    list(progress.track("ab", None, "first"))
    list(progress.track("abc", None, "second"))

    assert progress._snapshot() == [[3, 3, "second"]]


def test_loops_in_two_threads_do_not_lose_each_other(progress):
    outer, inner = progress.track("abc", None, "one"), progress.track("abc", None, "two")
    next(outer), next(inner), next(outer), next(inner), next(inner)

    assert [text for *_, text in progress._snapshot()] == ["one", "two"]
    assert list(inner) == []
    assert [text for *_, text in progress._snapshot()] == ["one"]


def test_what_is_told_is_bounded(progress):
    loops = [progress.track("ab", None, "x" * 1000) for _ in range(2 * MOST_BARS)]
    for loop in loops:
        next(loop)

    bars = progress._snapshot()
    assert len(bars) == MOST_BARS
    assert {len(text) for *_, text in bars} == {LONGEST_TEXT}


@pytest.mark.parametrize(("done", "total"), [("3", 4), (3, "x"), (None, 3), ([], None)])
def test_what_is_no_number_is_refused(progress, done, total):
    if done == "3":
        done = "three"
    with pytest.raises(TypeError, match="wants numbers"):
        progress.set(done, total, "")


@pytest.mark.parametrize(
    ("done", "told_as"), [(0.5, 0.5), (2.0, 2), (float("nan"), 0), (float("inf"), 0)]
)
def test_numbers_of_any_kind_are_told_as_json(progress, done, told_as):
    progress.set(done, None, "")

    assert progress._snapshot() == [[told_as, None, ""]]


def test_a_job_says_how_far_it_is(run_job):
    class Works(Job):
        def run(self):
            for number in self.track(range(3), text="devices"):
                self.progress(number, 3, "ports")
            self.progress(0.5)

    outcome = run_job(Works)
    last = [event for event in outcome.events if isinstance(event, ProgressEvent)][-1]

    assert last.bars == [[3, 3, "devices"], [0.5, None, ""]]


def test_a_job_that_breaks_leaves_how_far_it_was(run_job):
    class Breaks(Job):
        def run(self):
            self.progress(45, 100)
            raise ValueError

    last = [event for event in run_job(Breaks).events if isinstance(event, ProgressEvent)][-1]

    assert last.bars == [[45, 100, ""]]
