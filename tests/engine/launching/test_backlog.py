from __future__ import annotations

import pytest

from jobnb.engine.launching.backlog import Backlog
from jobnb.protocol import RunOrder


class Handed:
    """A task that counts how often it is looked at."""

    def __init__(self, number: int) -> None:
        self.order = RunOrder(
            run_id=f"run-{number}", attempt=1, database_uuid="none", database_url="none"
        )
        self.has_ended = False
        self.looks = 0

    @property
    def is_done(self) -> bool:
        self.looks += 1
        return self.has_ended


@pytest.fixture
def tasks():
    return [Handed(number) for number in range(10)]


@pytest.fixture
def backlog(tasks):
    backlog = Backlog()
    for task in tasks:
        backlog.add(task)
    return backlog


def test_what_waits_is_counted_and_not_looked_at(backlog, tasks):
    assert backlog.count(2) == 10
    assert [task.looks for task in tasks] == [1, 1, *[0] * 8]


def test_what_has_ended_is_neither_counted_nor_looked_at_again(backlog, tasks):
    for task in tasks[:7]:
        task.has_ended = True

    assert backlog.count(2) == 3
    assert backlog.count(2) == 3
    assert [task.looks for task in tasks] == [*[1] * 7, 2, 2, 0]


def test_one_that_takes_long_hides_no_end_behind_it(backlog, tasks):
    for task in tasks[1:]:
        task.has_ended = True

    assert backlog.count(2) == 1


def test_a_cluster_without_anything_to_do_has_none(backlog, tasks):
    for task in tasks:
        task.has_ended = True

    assert backlog.count(2) == 0
    assert Backlog().count(2) == 0


def test_what_was_withdrawn_is_not_counted(backlog, tasks):
    backlog.remove(tasks[3])
    backlog.remove(tasks[3])

    assert backlog.count(2) == 9


def test_another_try_at_a_run_takes_the_place_of_the_first(backlog, tasks):
    again = Handed(3)
    backlog.add(again)
    backlog.remove(tasks[3])
    assert backlog.count(2) == 10
    backlog.remove(again)

    assert backlog.count(2) == 9
