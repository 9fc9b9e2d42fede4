"""Rings on a worker that is reached over TCP, as others hear them."""

from __future__ import annotations

import queue

import pytest
from distributed import Client, LocalCluster, get_worker

from jobnb.engine.attempts.rings import rings_of
from jobnb.engine.doorbell import TOPICS
from tests.processes import eventually

pytestmark = pytest.mark.cluster


@pytest.fixture
def client():
    with (
        LocalCluster(
            processes=False,
            protocol="tcp://",
            n_workers=1,
            threads_per_worker=1,
            memory_limit=0,
            dashboard_address="127.0.0.1:0",
        ) as cluster,
        Client(cluster, set_as_default=False) as made,
    ):
        yield made


@pytest.fixture
def heard(client):
    """The runs for which it rang, in their order, and whether they had ended."""
    found: queue.SimpleQueue[tuple[str, bool]] = queue.SimpleQueue()
    for number in range(TOPICS):
        client.subscribe_topic(f"jobnb-{number}", lambda event: found.put(tuple(event[1])))
    return found


def ring_both(*, among_others: bool) -> None:
    """Says that its run ends, and then rings for another one that does not."""
    if among_others:
        eventually(lambda: get_worker().state.ready)
    rings = rings_of(get_worker())
    rings.ring_last("ends")
    rings.ring("goes on")


ENDS, GOES_ON = ("ends", True), ("goes on", False)


def first_two(heard) -> list[tuple[str, bool]]:
    return [heard.get(timeout=30) for _ in range(2)]


def test_an_end_rings_at_once_where_nothing_waits(client, heard):
    client.submit(ring_both, among_others=False).result(timeout=30)

    assert first_two(heard) == [ENDS, GOES_ON]


def test_an_end_rings_with_its_task_where_another_one_waits(client, heard):
    running = client.submit(ring_both, among_others=True)
    assert client.submit(int, 7).result(timeout=30) == 7

    assert running.result(timeout=30) is None
    assert first_two(heard) == [GOES_ON, ENDS]


def test_a_worker_has_its_rings_once(client):
    def known() -> list[int]:
        return [id(rings_of(get_worker())) for _ in range(2)]

    assert len({*client.submit(known).result(timeout=30)}) == 1
