"""Several pieces of work at once."""

from __future__ import annotations

import threading

import pytest

from tests.jobs.examples import load

at_once = load("at_once").at_once

PATIENCE = 20


def test_results_come_in_the_order_of_the_items():
    assert list(at_once(lambda item: 2 * item, range(50), 8)) == [2 * n for n in range(50)]


def test_as_many_work_at_once_as_there_are_threads():
    together = threading.Barrier(4, timeout=PATIENCE)

    assert len(list(at_once(lambda _: together.wait(), range(8), 4))) == 8


def test_an_exception_comes_out_where_its_result_would_have():
    results = at_once(lambda item: 1 // item, [1, 0], 1)

    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_whoever_stops_listening_waits_for_nobody_and_nothing_more_begins():
    over, begun = threading.Event(), []

    def work(item: int) -> int:
        begun.append(item)
        if item:
            over.wait(PATIENCE)
        return item

    results = at_once(work, range(10), 2)
    next(results)
    results.close()
    over.set()
    for thread in threading.enumerate():
        if thread.name.startswith("at-once-"):
            thread.join(PATIENCE)

    assert len(begun) <= 3
