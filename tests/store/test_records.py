from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, update

from jobnb.errors import JobNotFound
from jobnb.protocol import JobDescription
from jobnb.store.clock import now
from jobnb.store.models import job
from jobnb.store.records import JobRecords


@pytest.fixture
def records(database):
    return JobRecords(database)


def _described(name, *, title=None, grouping="Examples"):
    return JobDescription(
        class_path=f"jobs.{name}",
        module="jobs",
        class_name=name,
        name=title or name,
        grouping=grouping,
        description="",
        file="jobs.py",
    )


@pytest.mark.parametrize("enable_new", [True, False])
def test_a_new_job_is_enabled_as_told(records, enable_new):
    records.sync([_described("One")], enable_new=enable_new)
    record = records.get("jobs.One")

    assert (record.enabled, record.installed) == (enable_new, True)
    assert (record.name, record.grouping, record.overrides) == ("One", "Examples", {})


def test_a_known_job_stays_as_somebody_set_it(records):
    records.sync([_described("One")], enable_new=False)
    records.set_enabled("jobs.One", True)
    records.sync([_described("One", title="First", grouping="New")], enable_new=False)
    record = records.get("jobs.One")

    assert (record.enabled, record.name, record.grouping) == (True, "First", "New")


def test_a_job_that_is_gone_is_not_installed_and_can_come_back(records):
    both = [_described("One"), _described("Two")]
    records.sync(both, enable_new=True)
    records.sync(both[:1], enable_new=True)
    gone = records.get("jobs.Two")
    records.sync(both, enable_new=False)

    assert (gone.installed, gone.enabled) == (False, True)
    assert records.get("jobs.Two").installed
    assert [record.class_path for record in records.all()] == ["jobs.One", "jobs.Two"]


def test_nothing_is_written_when_nothing_changed(database, records):
    records.sync([_described("One")], enable_new=True)
    records.sync([], enable_new=True)
    began = []
    event.listen(database._writer, "before_cursor_execute", lambda *_: began.append(_))
    read_only = [records.sync([], enable_new=True) for _ in range(3)]

    statements = [statement for _, _, statement, *_ in began if "SELECT" not in statement]
    assert statements == []
    assert read_only == [None] * 3


def test_last_seen_is_renewed_once_it_is_old(database, records):
    records.sync([_described("One")], enable_new=True)
    with database.write() as connection:
        connection.execute(update(job).values(last_seen=now() - timedelta(days=1)))
    records.sync([_described("One")], enable_new=True)

    assert now() - records.get("jobs.One").last_seen < timedelta(minutes=1)


def test_two_that_see_a_new_job_at_once_agree(records, race):
    jobs = [_described(f"Job{number}") for number in range(20)]
    race(*[lambda: records.sync(jobs, enable_new=True)] * 4)

    assert len(records.all()) == 20


def test_a_job_that_was_never_seen_has_no_record(records):
    assert records.get("jobs.One") is None


def test_a_job_without_a_record_cannot_be_enabled(records):
    records.sync([_described("Hello")], enable_new=True)

    with pytest.raises(JobNotFound, match=r"Did you mean 'jobs.Hello'"):
        records.set_enabled("jobs.Helo", True)


def test_overrides_are_kept_and_survive_the_next_look_at_the_catalog(records):
    records.sync([_described("Hello")], enable_new=True)
    records.set_overrides("jobs.Hello", {"time_limit": 5})
    records.sync([_described("Hello", title="Other")], enable_new=True)

    assert records.get("jobs.Hello").overrides == {"time_limit": 5}
