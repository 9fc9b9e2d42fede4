from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import delete, func, insert, select, update

from jobnb.errors import SnapshotError
from jobnb.protocol import Snapshot, SnapshotFile, Status
from jobnb.store.care import retention as retention_module
from jobnb.store.care.retention import OldRuns, Removed, Retention
from jobnb.store.content.blobs import add_blob, digest_of, known_blobs
from jobnb.store.content.environments import Environment
from jobnb.store.content.snapshots import Snapshots
from jobnb.store.database import open_database
from jobnb.store.tables.clock import now
from jobnb.store.tables.models import blob, entry, environment, job_result, snapshot
from jobnb.store.tables.models import worker as worker_table
from jobnb.store.values import EndOfRun

LONG_AGO = timedelta(days=100)
OLD = timedelta(days=90)


@pytest.fixture
def retention(database):
    return Retention(database)


@pytest.fixture
def ended(database, results, started, line):
    """Makes a run that ended, with three entries and a file."""

    def make(ago=LONG_AGO, *, status=Status.SUCCESS, content=b"some bytes", **changes):
        claim = started(**changes)
        results.append(claim.run_id, claim.token, [line(), line(), line()])
        results.add_file(claim.run_id, claim.token, "a.txt", content, 1.0)
        results.end(claim.run_id, claim.token, EndOfRun(status=status))
        with database.write() as connection:
            connection.execute(
                update(job_result)
                .where(job_result.c.run_id == claim.run_id)
                .values(ended=now() - ago)
            )
        return claim.run_id

    return make


@pytest.fixture
def source(database):
    """Stores a snapshot of one file, long ago."""

    def make(content=b"import jobnb"):
        digest = digest_of(content)
        item = SnapshotFile(path="a.py", digest=digest, size=len(content))
        made = Snapshot(digest=digest[::-1], files=(item,), root="/jobs")
        Snapshots(database).save(made, lambda file: content)
        grow_old(database)
        return made

    return make


def grow_old(database):
    """Everything that is stored now was stored long ago."""
    with database.write() as connection:
        connection.execute(update(blob).values(stored=now() - LONG_AGO))
        connection.execute(update(snapshot).values(created=now() - LONG_AGO))


def clean(retention, **filters) -> Removed:
    before = now() - OLD
    total = Removed()
    for step in retention.remove_runs(OldRuns(before=before, **filters)):
        total += step
    for step in retention.remove_unused(before):
        total += step
    return total


def beside(work, sweep):
    """The work, and another that sweeps until the first has ended."""
    is_done = Event()

    def until_done():
        while not is_done.is_set():
            sweep()

    def to_the_end():
        try:
            work()
        finally:
            is_done.set()

    return to_the_end, until_done


def remove_all_runs(database):
    with database.write() as connection:
        connection.execute(delete(job_result))


def count(database, table):
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(table))


def run_ids(results):
    return {record.run_id for record in results.find()}


def test_runs_that_ended_long_ago_go_with_all_they_left(database, retention, results, ended):
    ended()
    young = ended(timedelta(days=89), content=b"other")
    grow_old(database)
    removed = clean(retention)

    assert (removed.runs, removed.entries, removed.files) == (1, 3, 1)
    assert (removed.blobs, removed.blob_bytes) == (1, len(b"some bytes"))
    assert run_ids(results) == {young}
    assert count(database, entry) == 3


def test_a_run_that_works_or_waits_stays_however_old_it_is(
    database, retention, results, started, pending
):
    kept = {started().run_id, pending()}
    with database.write() as connection:
        connection.execute(update(job_result).values(created=now() - LONG_AGO))

    assert clean(retention).runs == 0
    assert run_ids(results) == kept


@pytest.mark.parametrize(
    "filters", [{"job_name": "Hello World"}, {"statuses": frozenset({Status.FAILURE})}]
)
def test_filters_keep_what_they_do_not_name(retention, results, ended, filters):
    ended(status=Status.FAILURE)
    kept = ended(job_name="Other")

    assert clean(retention, **filters).runs == 1
    assert run_ids(results) == {kept}


def test_a_survey_counts_what_would_go_and_removes_nothing(retention, results, ended):
    run_id = ended()
    found = retention.survey(OldRuns(before=now() - OLD))

    assert found == Removed(runs=1, entries=3, files=1)
    assert run_ids(results) == {run_id}


def test_a_log_longer_than_a_step_is_removed_from_its_end(retention, results, ended, monkeypatch):
    monkeypatch.setattr(retention_module, "BATCH_ENTRIES", 2)
    run_id = ended()
    steps = retention.remove_runs(OldRuns(before=now() - OLD))

    assert next(steps) == Removed(entries=2)
    assert results.state(run_id).last_entry == len(results.entries.read(run_id)) == 1
    assert next(steps) == Removed(runs=1, entries=1, files=1)


def test_many_runs_go_in_steps(retention, ended, monkeypatch):
    monkeypatch.setattr(retention_module, "BATCH_ENTRIES", 7)
    for _ in range(3):
        ended()
    steps = retention.remove_runs(OldRuns(before=now() - OLD))

    assert [step.runs for step in steps] == [2, 1]


def test_content_that_another_run_has_as_well_stays(database, retention, ended):
    ended()
    ended(timedelta(0))
    grow_old(database)

    assert clean(retention).blobs == 0


def test_content_that_was_stored_lately_waits_for_whoever_will_refer_to_it(database, retention):
    with database.write() as connection:
        digest = add_blob(connection, b"an upload")

    assert clean(retention).blobs == 0
    grow_old(database)
    with database.write() as connection:
        add_blob(connection, b"an upload")
    assert clean(retention).blobs == 0
    with database.read() as connection:
        assert known_blobs(connection, [digest])


def test_content_of_an_older_jobnb_counts_as_old(database, retention):
    with database.write() as connection:
        add_blob(connection, b"old")
        connection.execute(update(blob).values(stored=None))

    assert clean(retention).blobs == 1


def test_a_source_goes_with_its_last_run(database, retention, pending, ended, source):
    ended(snapshot=source(b"one").digest)
    pending(snapshot=source(b"two").digest)
    grow_old(database)
    removed = clean(retention)

    assert (removed.snapshots, count(database, snapshot)) == (1, 1)


def test_a_run_whose_source_was_just_removed_is_refused_by_name(retention, pending, ended, source):
    digest = source().digest
    clean(retention)

    with pytest.raises(SnapshotError, match="is not stored"):
        pending(snapshot=digest)


def test_a_source_is_stored_again_after_it_was_removed(database, retention, pending, source):
    made = source()
    clean(retention)
    Snapshots(database).save(made, lambda file: b"import jobnb")
    pending(snapshot=made.digest)

    assert Snapshots(database).load(made.digest) == made


def test_a_process_is_forgotten_when_it_is_gone_and_has_no_run(
    database, retention, results, worker, ended
):
    ended()
    with database.write() as connection:
        old = {**vars(worker), "seen": now() - LONG_AGO, "ended": None}
        connection.execute(insert(worker_table).values(**old | {"worker_id": "gone"}))
        connection.execute(update(worker_table).values(seen=now() - LONG_AGO))
        connection.execute(
            insert(worker_table).values(**old | {"worker_id": "here", "seen": now()})
        )

    assert clean(retention).processes == 2
    assert count(database, worker_table) == 1


def test_two_who_clean_up_at_once_remove_each_run_once(database, ended, race):
    for _ in range(20):
        ended()
    grow_old(database)
    first, second = race(*[lambda: clean(Retention(database))] * 2)

    assert (first + second).runs == 20
    assert (first + second).blobs == 1


def test_files_and_cleanup_at_once_lose_nothing(database, retention, results, started, race):
    """The same content is orphaned and wanted again, again and again."""
    claim = started()

    def want():
        for number in range(100):
            name = f"{number}.txt"
            assert results.add_file(claim.run_id, claim.token, name, b"x%d" % (number % 5), number)

    def sweep():
        for _ in range(20):
            grow_old(database)
            clean(retention)

    race(want, sweep)
    for made in results.files.of(claim.run_id):
        assert digest_of(results.files.read(claim.run_id, made.name)) == made.digest


def test_sources_and_cleanup_at_once_lose_nothing(
    database, retention, results, pending, source, race
):
    """The same source is unused and wanted again, again and again."""
    made = source()

    def want():
        for number in range(60):
            if number % 6 == 0:
                remove_all_runs(database)
            try:
                pending(snapshot=made.digest)
            except SnapshotError:
                with suppress(SnapshotError):  # it may go again while it comes
                    source()

    race(*beside(want, lambda: list(retention.remove_unused(now()))))
    kept = {record.snapshot for record in results.find()} - {None}
    assert all(Snapshots(database).load(digest) for digest in kept)


def test_claims_and_cleanup_at_once_lose_no_environment(
    database, retention, results, pending, make_claim, race
):
    facts = {"python": "3.11.7"}

    def work():
        for number in range(60):
            if number % 3 == 0:
                remove_all_runs(database)
            claim = make_claim(pending())
            assert results.claim(claim, Environment.of(facts)) is not None
            assert results.attempts.environment(claim.run_id) == facts

    race(*beside(work, lambda: list(retention.remove_unused(now()))))


def test_a_sqlite_file_becomes_smaller(tmp_path):
    path = tmp_path / "jobnb.sqlite3"
    database = open_database(f"sqlite:///{path}")
    with database.write() as connection:
        add_blob(connection, bytes(8_000_000))
    grow_old(database)
    clean(Retention(database))
    left = Retention(database).shrink()
    database.close()

    assert left == 0
    assert path.stat().st_size < 1_000_000


def test_an_environment_goes_with_the_last_run_that_worked_in_it(
    database, results, pending, make_claim
):
    claim = make_claim(pending())
    results.claim(claim, Environment.of({"python": "3.11.7"}))
    list(Retention(database).remove_unused(now()))
    assert results.attempts.environment(claim.run_id) == {"python": "3.11.7"}
    with database.write() as connection:
        connection.execute(delete(job_result))
    list(Retention(database).remove_unused(now()))

    with database.read() as connection:
        assert connection.execute(select(environment)).all() == []
