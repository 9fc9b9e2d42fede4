from __future__ import annotations

from contextlib import ExitStack

import psycopg
import pytest
from sqlalchemy import Engine, text

from jobnb.store.opening import connections
from jobnb.store.opening.engines import make_engines, parse_url

pytestmark = pytest.mark.cluster


@pytest.fixture
def engine(new_postgres_database_url):
    engine, _ = make_engines(parse_url(new_postgres_database_url))
    yield engine
    engine.dispose()


def use_at_once(engine: Engine, count: int) -> set[int]:
    """The processes of the server that so many threads have at the same moment."""
    with ExitStack() as stack:
        held = [stack.enter_context(engine.connect()) for _ in range(count)]
        return {one.scalar(text("SELECT pg_backend_pid()")) for one in held}


def test_the_connections_of_a_busy_process_are_kept(engine):
    first = use_at_once(engine, 6)

    assert use_at_once(engine, 6) == first


def test_a_process_that_has_become_calm_lets_all_but_two_go(engine, monkeypatch):
    first = use_at_once(engine, 6)
    monkeypatch.setattr(connections, "CALM", 0.0)
    for _ in range(6):
        use_at_once(engine, 1)
    kept = use_at_once(engine, 2)

    assert engine.pool.checkedin() == 2
    assert kept <= first


def test_a_connection_that_broke_while_it_rested_is_replaced(
    engine, new_postgres_database_url, monkeypatch
):
    monkeypatch.setattr(connections, "_RESTED", -1.0)
    (broken,) = use_at_once(engine, 1)
    with psycopg.connect(new_postgres_database_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [broken])

    assert broken not in use_at_once(engine, 1)
