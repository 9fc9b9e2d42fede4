"""A database of the first release is upgraded with everything in it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from jobnb.protocol import EntryKind, Status
from jobnb.store.care.retention import Retention
from jobnb.store.content.snapshots import Snapshots
from jobnb.store.database import open_database, upgrade_database
from jobnb.store.results import Results
from jobnb.store.tables.models import REVISION
from tests.processes import SECONDS

MOMENT = "2026-10-01 12:00:00.000000"
DATA = """
INSERT INTO jobnb_job VALUES ('hello.Hello', 'Hello', 'Examples', true, true, '{}', :m);
INSERT INTO jobnb_worker
    VALUES ('w-1', 'tcp://1', 'lab1', 'boot', 7, '/x', 8, '0.1.0', 3, :m, NULL);
INSERT INTO jobnb_blob VALUES ('d1', 5);
INSERT INTO jobnb_blob_piece VALUES ('d1', 0, :bytes);
INSERT INTO jobnb_snapshot VALUES ('s1', '/jobs', :m);
INSERT INTO jobnb_snapshot_file VALUES ('s1', 'hello.py', 'd1');
INSERT INTO jobnb_job_result (
    id, run_id, class_path, job_name, grouping, status, attempt, last_entry, debug_count,
    info_count, success_count, warning_count, failure_count, error_count, critical_count,
    created, started, ended, "user", host, owner_id, scheduler_id, embedded, snapshot,
    source_root, source_file, inputs, options, detail, value)
    VALUES (1, 'run-0001', 'hello.Hello', 'Hello', 'Examples', 'SUCCESS', 't-1', 2, 0,
    1, 0, 0, 0, 0, 0, :m, :m, :m, 'ada', 'lab1', 'w-1', 'Scheduler-1', false, 's1',
    '/jobs', 'hello.py', '{"who": "x"}', '{}', '', '42');
INSERT INTO jobnb_attempt VALUES ('t-1', 1, 1, 'w-1', 99, :m, :m, NULL, 0);
INSERT INTO jobnb_entry VALUES (1, 1, 1, 'log', 1.5, 'INFO', 'run', NULL, 'x', false, 'hi');
INSERT INTO jobnb_entry
    VALUES (1, 2, 1, 'console', 1.6, NULL, NULL, NULL, 'stdout', false, 'out');
INSERT INTO jobnb_file VALUES (1, 'a.txt', 'd1', :m)
"""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.cluster)])
def old_url(request, tmp_path):
    """URL of a database as the first migration makes it, with a run in it."""
    url = f"sqlite:///{tmp_path / 'old.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("empty_postgres_url")
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    config = Config()
    config.set_main_option("script_location", "jobnb.store:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in DATA.split(";"):
            connection.execute(text(statement), {"m": MOMENT, "bytes": b"x = 1"})
    engine.dispose()
    return url


@pytest.fixture
def upgraded(old_url):
    upgrade_database(old_url)
    database = open_database(old_url)
    yield database
    database.close()


def test_the_upgrade_says_from_where_it_came(old_url):
    assert "from schema revision 1 to" in upgrade_database(old_url)
    assert "needs no upgrade" in upgrade_database(old_url)


def test_a_run_of_the_first_release_is_as_it_was(upgraded):
    results = Results(upgraded)
    record = results.get("run-0001")

    assert (record.status, record.value, record.inputs) == (Status.SUCCESS, "42", {"who": "x"})
    assert [entry.kind for entry in results.entries.read("run-0001")] == [
        EntryKind.LOG,
        EntryKind.CONSOLE,
    ]
    assert results.files.read("run-0001", "a.txt") == b"x = 1"
    assert [attempt.pid for attempt in results.attempts.of("run-0001")] == [99]
    assert Snapshots(upgraded).load("s1").files[0].path == "hello.py"


def test_what_an_upgraded_run_refers_to_survives_a_cleanup(upgraded):
    [last] = Retention(upgraded).remove_unused(Results(upgraded).get("run-0001").created)

    assert (last.blobs, last.snapshots, last.processes) == (0, 0, 0)


@pytest.mark.cluster
def test_two_processes_upgrade_at_once(old_url):
    code = "import sys; from jobnb.store.database import *; print(upgrade_database(sys.argv[1]))"
    both = [
        subprocess.Popen([sys.executable, "-c", code, old_url], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = sorted(process.communicate(timeout=SECONDS)[0] for process in both)

    assert [process.returncode for process in both] == [0, 0]
    assert f"has schema revision {REVISION}" in said[0]
    assert f"from schema revision 1 to {REVISION}" in said[1]
