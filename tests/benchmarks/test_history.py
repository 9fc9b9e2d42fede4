"""What the history costs does not grow with it; counted in what a database does, not in seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from sqlalchemy import event

from jobnb.store.database import open_database, upgrade_database
from tests.benchmarks.databases import POSTGRESQL, SQLITE, two_databases
from tests.benchmarks.history import fill
from tests.benchmarks.history_bench import QUESTIONS, History
from tests.statements import reading_seen_by

FEW, MANY = 700, 7000


@contextmanager
def steps_of_sqlite(database) -> Iterator[Callable[[], int]]:
    """Counts the steps of its machine."""
    taken = 0

    def step():
        nonlocal taken
        taken += 1

    def watch(connection):
        connection.connection.driver_connection.set_progress_handler(step, 1)

    event.listen(database._reader, "begin", watch)
    yield lambda: taken
    event.remove(database._reader, "begin", watch)


@contextmanager
def pages_of_postgresql(database) -> Iterator[Callable[[], int]]:
    """Counts the pages that it looks at."""
    read = 0

    def explain(cursor, statement, parameters):
        nonlocal read
        with cursor.connection.cursor() as again:
            again.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters)
            [[[plan]]] = again.fetchall()
        read += plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]

    with reading_seen_by(database, explain):
        yield lambda: read


COUNTERS = {SQLITE: steps_of_sqlite, POSTGRESQL: pages_of_postgresql}


@pytest.fixture(
    scope="module",
    params=[SQLITE, pytest.param(POSTGRESQL, marks=pytest.mark.cluster)],
)
def costs(request):
    """What a question costs, with few runs and with many."""
    server = None
    if request.param == POSTGRESQL:
        url = request.getfixturevalue("postgres_server")
        # It reads a small table whole, which costs less than an index, and then grows by more.
        url = url.update_query_dict({"options": "-c enable_seqscan=off"})
        server = url.render_as_string(hide_password=False)
    with two_databases(server) as urls:
        for url in urls:
            upgrade_database(url)
        databases = [open_database(url) for url in urls]
        histories = []
        for database, runs in zip(databases, (FEW, MANY), strict=True):
            fill(database, runs, 5)
            histories.append(History(database, runs))

        def count(database, ask):
            with COUNTERS[request.param](database) as counted:
                ask()
                return counted()

        yield lambda ask: [
            count(database, partial(ask, history))
            for database, history in zip(databases, histories, strict=True)
        ]
        for database in databases:
            database.close()


@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS)
def test_a_question_costs_the_same_with_ten_times_as_many_runs(costs, ask):
    few, many = costs(ask)

    assert 0 < many < 2 * few
