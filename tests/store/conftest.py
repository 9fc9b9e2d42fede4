"""Runs and processes in the states that the tests begin with."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, text

from jobnb.protocol import EntryKind
from jobnb.store.care.workers import Workers
from jobnb.store.database import Database
from jobnb.store.results import Results
from jobnb.store.tables.models import metadata
from jobnb.store.values import Claim, NewEntry, NewRun, WorkerProcess
from tests import runs
from tests.statements import reading_seen_by


@pytest.fixture
def postgres_database_url(postgres_database_url: str, request: pytest.FixtureRequest) -> str:
    """The same; without what earlier tests left of deleted rows and in statistics, for plans."""
    if "plans" in request.fixturenames:
        tables = ", ".join(t.name for t in metadata.sorted_tables if t.name != "jobnb_info")
        engine = create_engine(postgres_database_url, poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(text(f"TRUNCATE {tables}"))
            connection.execute(text("DELETE FROM pg_statistic"))
    return postgres_database_url


@pytest.fixture
def results(database: Database) -> Results:
    return Results(database)


@pytest.fixture
def worker(database: Database) -> WorkerProcess:
    """A registered process."""
    process = WorkerProcess(
        worker_id=str(uuid.uuid4()),
        name="tcp://10.0.0.1:4000",
        host="lab1",
        boot_id="boot",
        pid=4711,
        lock_path="/var/lock/one",
        lock_inode=2**40,
        version="0.1.0",
    )
    Workers(database).register(process)
    return process


@pytest.fixture
def new_run(worker: WorkerProcess) -> Callable[..., NewRun]:
    """Makes a run that is not written down yet."""
    return partial(runs.new_run, worker)


@pytest.fixture
def pending(results: Results, new_run: Callable[..., NewRun]) -> Callable[..., str]:
    """Makes a run that waits, and gives its id."""

    def make(**changes: Any) -> str:
        new = new_run(**changes)
        results.create(new)
        return new.run_id

    return make


@pytest.fixture
def started(
    results: Results, worker: WorkerProcess, pending: Callable[..., str]
) -> Callable[..., Claim]:
    """Makes a run that works, and gives the claim that started it."""

    def make(**changes: Any) -> Claim:
        run_id = pending(**changes)
        claim = claim_for(run_id, worker)
        assert results.claim(claim)
        return claim

    return make


@pytest.fixture
def make_claim(worker: WorkerProcess) -> Callable[..., Claim]:
    """Makes a claim with a new token."""

    def make(run_id: str, number: int = 1) -> Claim:
        return claim_for(run_id, worker, number)

    return make


@pytest.fixture
def line() -> Callable[..., NewEntry]:
    """Makes a log record."""

    def make(message: str = "hello", **changes: Any) -> NewEntry:
        values: dict[str, Any] = {
            "kind": EntryKind.LOG,
            "created": time.time(),
            "level": "INFO",
            "grouping": "run",
            "source": "hello",
        }
        return NewEntry(message=message, **(values | changes))

    return make


def claim_for(run_id: str, worker: WorkerProcess, number: int = 1) -> Claim:
    return Claim(run_id=run_id, token=str(uuid.uuid4()), number=number, worker_id=worker.worker_id)


@pytest.fixture
def race() -> Iterator[Callable[..., list[Any]]]:
    """Calls functions at the same moment, each in a thread, and gives what they returned."""
    with ThreadPoolExecutor(8) as threads:

        def start(*functions: Callable[[], Any]) -> list[Any]:
            barrier = threading.Barrier(len(functions), timeout=30)

            def run(function: Callable[[], Any]) -> Any:
                barrier.wait()
                return function()

            return list(threads.map(run, functions))

        yield start


@pytest.fixture
def plans(database):
    """Collects the plan of every query that is made from now on."""
    found = []
    explain = "EXPLAIN QUERY PLAN " if database.dialect == "sqlite" else "EXPLAIN "

    def collect(cursor, statement, parameters):
        if statement.startswith("SELECT"):
            with_plan = cursor.connection.cursor()
            with_plan.execute(explain + statement, parameters)
            found.append("\n".join(str(row[-1]) for row in with_plan.fetchall()))

    with database.read() as connection:
        if database.dialect == "postgresql":
            # A table of a few rows is always read whole, unless that is forbidden.
            name = connection.execute(text("SELECT current_database()")).scalar_one()
            for way in ("enable_seqscan", "enable_bitmapscan"):
                connection.execute(text(f"ALTER DATABASE {name} SET {way} = off"))
    database._reader.dispose()
    with reading_seen_by(database, collect):
        yield found
