"""What the history costs does not grow with it; counted in steps of SQLite, not in seconds."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import event

from jobnb.store.database import open_database
from tests.benchmarks.history import fill
from tests.benchmarks.history_bench import QUESTIONS, History

FEW, MANY = 700, 7000


@pytest.fixture(scope="module")
def steps(tmp_path_factory):
    """Counts the steps that the database takes for a question, with few runs and with many."""
    folder = tmp_path_factory.mktemp("histories")
    databases = [open_database(f"sqlite:///{folder / name}") for name in ("few.db", "many.db")]
    histories = []
    for database, runs in zip(databases, (FEW, MANY), strict=True):
        fill(database, runs, 20)
        histories.append(History(database, runs))

    def count(database, ask):
        taken = 0

        def step():
            nonlocal taken
            taken += 1

        def watch(connection):
            connection.connection.driver_connection.set_progress_handler(step, 1)

        event.listen(database._reader, "begin", watch)
        ask()
        event.remove(database._reader, "begin", watch)
        return taken

    yield lambda ask: [
        count(database, partial(ask, history))
        for database, history in zip(databases, histories, strict=True)
    ]
    for database in databases:
        database.close()


@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS)
def test_a_question_costs_the_same_with_ten_times_as_many_runs(steps, ask):
    few, many = steps(ask)

    assert 0 < many < 2 * few
