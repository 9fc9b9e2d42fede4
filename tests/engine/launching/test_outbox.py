"""The outbox while somebody interrupts its threads, with a client that only notes what it is given.

What goes through an outbox to Dask is in ``test_tasks.py``.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from jobnb.engine.launching.tasks import Outbox, Task
from jobnb.protocol import RunOrder


class NotingClient:
    """Takes tasks and callbacks; Ctrl-C comes in the middle of one call, if a test says so."""

    def __init__(self) -> None:
        self.loop = self
        self.calls_until_interrupt = -1
        self.keys: list[str] = []
        self.later: list = []

    def map(self, _function, codes, _payloads, *, key, **_options) -> list:
        self._be_interrupted()
        self.keys += key
        return [SimpleNamespace(done=lambda: False) for _ in codes]

    def add_callback(self, call_later, rest, callback) -> None:
        self._be_interrupted()
        call_later(rest, callback)

    def call_later(self, _rest, callback) -> None:
        self.later.append(callback)

    def _be_interrupted(self) -> None:
        self.calls_until_interrupt -= 1
        if self.calls_until_interrupt == 0:
            raise KeyboardInterrupt


@pytest.fixture
def client():
    return NotingClient()


@pytest.fixture
def busy():
    """Seconds for which the workers have enough to do."""
    return [1.0]


@pytest.fixture
def outbox(client, busy):
    return Outbox(client, lambda: busy[0], outlives=False)


def make_task(name: str, **order) -> Task:
    run = RunOrder(run_id=name, attempt=1, database_uuid="u", database_url="x", **order)
    return Task(run, "Hello", 1)


def test_an_interrupt_while_orders_are_sent_loses_none_of_others(outbox, client):
    task = make_task("of-another-thread")
    outbox.post(task)
    client.calls_until_interrupt = 1
    with pytest.raises(KeyboardInterrupt):
        outbox.send()
    [send] = client.later
    send()

    assert client.keys == [task.key]
    assert task.future is not None


def test_what_was_sent_before_an_interrupt_is_not_sent_again(outbox, client):
    first, second = make_task("first"), make_task("second", queue="gpu")
    outbox.post(first)
    outbox.post(second)
    client.calls_until_interrupt = 2
    with pytest.raises(KeyboardInterrupt):
        outbox.send()
    outbox.send()

    assert client.keys == [first.key, second.key]


def test_who_is_interrupted_leaves_no_order_behind(outbox, client, busy):
    busy[0] = 0.0
    mine, other = make_task("mine"), make_task("other")
    client.calls_until_interrupt = 1
    with pytest.raises(KeyboardInterrupt):
        outbox.post(mine)
    outbox.post(other)

    assert client.keys == [other.key]


def test_an_interrupt_before_a_rest_does_not_keep_later_orders_back(outbox, client):
    client.calls_until_interrupt = 1
    with pytest.raises(KeyboardInterrupt):
        outbox.post(make_task("mine"))
    other = make_task("other")
    outbox.post(other)
    [send] = client.later
    send()

    assert client.keys == [other.key]
