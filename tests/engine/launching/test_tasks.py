"""The way of orders to Dask: at once, or together with others."""

from __future__ import annotations

import pytest
from distributed import Client, LocalCluster

from jobnb.engine.launching.tasks import Outbox, Task
from jobnb.protocol import RunOrder
from tests.processes import eventually

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def client():
    with (
        LocalCluster(
            processes=False,
            n_workers=1,
            threads_per_worker=1,
            memory_limit=0,
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address="127.0.0.1:0",
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture
def count_graphs(client):
    """How many graphs Dask was given since the test began."""

    def count() -> int:
        events = client.get_events("scheduler")
        return sum(event.get("action") == "update-graph" for _, event in events)

    before = count()
    return lambda: count() - before


def make_task(number: int, **order) -> Task:
    """One whose order every worker refuses at once."""
    run = RunOrder(
        run_id=f"run-{number}",
        attempt=1,
        database_uuid="none",
        database_url="none",
        python="2.7",
        submitted=float(number),
        **order,
    )
    return Task(run, "Hello", 1)


def finish(*tasks: Task) -> None:
    eventually(lambda: all(task.is_done for task in tasks))


def test_an_order_goes_at_once_where_a_worker_may_have_nothing_to_do(client, count_graphs):
    outbox = Outbox(client, lambda: 0.0, outlives=False)
    first, second = make_task(1), make_task(2)
    outbox.post(first)
    outbox.post(second)
    assert first.future is not None
    finish(first, second)

    assert count_graphs() == 2
    assert "submitter has 2.7" in first.refusal().detail


def test_orders_that_come_while_the_workers_are_busy_go_together(client, count_graphs):
    outbox = Outbox(client, lambda: 1.0, outlives=False)
    tasks = [make_task(number) for number in range(10, 20)]
    for task in tasks:
        outbox.post(task)
    assert not any(task.is_done for task in tasks)
    finish(*tasks)

    assert count_graphs() == 1
    assert all(task.refusal() for task in tasks)


def test_orders_of_another_priority_go_for_themselves(client, count_graphs):
    outbox = Outbox(client, lambda: 1.0, outlives=False)
    tasks = [make_task(number, priority=number % 2) for number in range(20, 26)]
    for task in tasks:
        outbox.post(task)
    finish(*tasks)

    assert count_graphs() == 2


def test_what_is_taken_back_before_it_went_never_comes_to_dask(client, count_graphs):
    outbox = Outbox(client, lambda: 1.0, outlives=False)
    first, second = make_task(30), make_task(31)
    outbox.post(first)
    outbox.post(second)

    assert outbox.take_back(first)
    finish(second)
    assert count_graphs() == 1
    assert first.future is None
    assert not outbox.take_back(second)


def test_what_is_sent_by_force_waits_no_longer(client):
    outbox = Outbox(client, lambda: 1.0, outlives=False)
    task = make_task(40)
    outbox.post(task)
    assert task.future is None
    outbox.send()

    assert task.future is not None


def test_an_order_that_dask_does_not_take_says_so(client):
    with Client(client.cluster, set_as_default=False) as closed:
        pass
    outbox = Outbox(closed, lambda: 0.0, outlives=False)
    task = make_task(50)

    with pytest.raises(Exception, match="closed"):
        outbox.post(task)
    assert task.is_done
    assert task.refusal() is None
