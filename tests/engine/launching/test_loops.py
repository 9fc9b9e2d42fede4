from __future__ import annotations

import logging

import pytest
from distributed import Client, LocalCluster

from jobnb.engine.launching.loops import keep_quiet


@pytest.fixture
def said():
    """What goes to the terminal of Dask's and of asyncio's complaints."""
    texts: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: texts.append(record.getMessage())
    for name in ("distributed", "asyncio"):
        logging.getLogger(name).addHandler(handler)
    yield texts
    for name in ("distributed", "asyncio"):
        logging.getLogger(name).removeHandler(handler)


@pytest.fixture
def cluster():
    with LocalCluster(
        processes=False, n_workers=0, memory_limit=0, dashboard_address="127.0.0.1:0"
    ) as made:
        yield made


@pytest.fixture
def client(cluster):
    with Client(cluster, set_as_default=False) as made:
        keep_quiet(made)
        yield made


def leave_behind(loop, error):
    """Something on that loop has failed, and nobody will ever ask."""
    loop.create_future().set_exception(error)


def test_a_wait_that_ran_out_when_its_loop_had_ended_is_not_told(cluster, client, said):
    loop = client.loop.asyncio_loop
    client.close()
    cluster.close()
    leave_behind(loop, TimeoutError("Timeout"))

    assert loop.is_closed()
    assert said == []


def test_an_error_that_nobody_expects_is_told_also_when_the_loop_has_ended(cluster, client, said):
    loop = client.loop.asyncio_loop
    client.close()
    cluster.close()
    leave_behind(loop, ZeroDivisionError("a bug"))

    assert "ZeroDivisionError('a bug')" in said[0]


def test_what_fails_on_a_loop_that_runs_is_told(client, said):
    async def fail():
        leave_behind(client.loop.asyncio_loop, TimeoutError("too slow"))

    client.sync(fail)

    assert "too slow" in said[0]


@pytest.mark.parametrize("ends", [False, True])
def test_what_dask_logs_is_told_unless_the_client_is_at_its_end(cluster, client, said, ends):
    async def complain():
        logging.getLogger("distributed.worker").error("no heartbeat")

    if ends:
        client.close()
    cluster.sync(complain)

    assert said == ([] if ends else ["no heartbeat"])


def test_what_dask_logs_on_a_loop_of_the_user_is_told_at_its_end_as_well(cluster, client, said):
    async def complain():
        logging.getLogger("distributed.worker").error("no heartbeat")

    with LocalCluster(
        processes=False, n_workers=0, memory_limit=0, dashboard_address="127.0.0.1:0"
    ) as other:
        client.close()
        other.sync(complain)

    assert said == ["no heartbeat"]
