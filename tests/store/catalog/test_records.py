from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, update

from jobnb.errors import EditConflict, JobNotFound
from jobnb.protocol import JobDescription
from jobnb.store.catalog.jobs import JobEdit
from jobnb.store.catalog.records import JobRecords
from jobnb.store.tables.clock import now
from jobnb.store.tables.models import job, job_place


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


def _sync(records, described, *, enable_new=True, place="ada"):
    records.sync(described, enable_new=enable_new, place=place)


@pytest.mark.parametrize("enable_new", [True, False])
def test_a_new_job_is_enabled_as_told(records, enable_new):
    _sync(records, [_described("One")], enable_new=enable_new)
    record = records.get("jobs.One")

    assert (record.enabled, record.installed) == (enable_new, True)
    assert (record.name, record.grouping, record.overrides) == ("One", "Examples", {})


def test_a_known_job_stays_as_somebody_set_it(records):
    _sync(records, [_described("One")], enable_new=False)
    records.edit("jobs.One", JobEdit(changes={"enabled": True}, user="ada"))
    _sync(records, [_described("One", title="First", grouping="New")], enable_new=False)
    record = records.get("jobs.One")

    assert (record.enabled, record.name, record.grouping) == (True, "First", "New")


def test_a_job_that_is_gone_is_not_installed_and_can_come_back(records):
    both = [_described("One"), _described("Two")]
    _sync(records, both, enable_new=True)
    _sync(records, both[:1], enable_new=True)
    gone = records.get("jobs.Two")
    _sync(records, both, enable_new=False)

    assert (gone.installed, gone.enabled) == (False, True)
    assert records.get("jobs.Two").installed
    assert [record.class_path for record in records.all()] == ["jobs.One", "jobs.Two"]


def test_nothing_is_written_when_nothing_changed(database, records):
    _sync(records, [_described("One")], enable_new=True)
    _sync(records, [], enable_new=True)
    began = []
    event.listen(database._writer, "before_cursor_execute", lambda *_: began.append(_))
    read_only = [_sync(records, [], enable_new=True) for _ in range(3)]

    statements = [statement for _, _, statement, *_ in began if "SELECT" not in statement]
    assert statements == []
    assert read_only == [None] * 3


def test_last_seen_is_renewed_once_it_is_old(database, records):
    _sync(records, [_described("One")], enable_new=True)
    with database.write() as connection:
        for table in (job, job_place):
            connection.execute(update(table).values(last_seen=now() - timedelta(days=1)))
    _sync(records, [_described("One")], enable_new=True)

    assert now() - records.get("jobs.One").last_seen < timedelta(minutes=1)


def test_two_that_see_a_new_job_at_once_agree(records, race):
    jobs = [_described(f"Job{number}") for number in range(20)]
    race(*[lambda: _sync(records, jobs, enable_new=True)] * 4)

    assert len(records.all()) == 20


def test_a_job_that_was_never_seen_has_no_record(records):
    assert records.get("jobs.One") is None


def test_a_job_without_a_record_cannot_be_edited(records):
    _sync(records, [_described("Hello")], enable_new=True)

    with pytest.raises(JobNotFound, match=r"Did you mean 'jobs.Hello'"):
        records.edit("jobs.Helo", JobEdit(changes={"enabled": True}, user="ada"))


def test_overrides_are_kept_and_survive_the_next_look_at_the_catalog(records):
    _sync(records, [_described("Hello")], enable_new=True)
    records.edit("jobs.Hello", JobEdit(changes={"time_limit": 5}, user="ada"))
    _sync(records, [_described("Hello", title="Other")], enable_new=True)

    assert records.get("jobs.Hello").overrides == {"time_limit": 5}


def test_a_job_stays_installed_as_long_as_another_place_has_it(records):
    _sync(records, [_described("Hers")], place="ada")
    _sync(records, [_described("His")], place="bob")
    both = {record.class_path: record.installed for record in records.all()}
    _sync(records, [], place="ada")

    assert both == {"jobs.Hers": True, "jobs.His": True}
    assert not records.get("jobs.Hers").installed
    assert records.get("jobs.His").installed


def test_a_place_where_nobody_looks_any_more_keeps_no_job_installed(database, records):
    _sync(records, [_described("One")], place="ada")
    with database.write() as connection:
        connection.execute(update(job_place).values(last_seen=now() - timedelta(days=31)))
    _sync(records, [], place="bob")

    assert not records.get("jobs.One").installed


def test_an_edit_changes_what_it_names_and_says_who_did_it(records):
    _sync(records, [_described("One")])
    records.edit("jobs.One", JobEdit(changes={"time_limit": 5, "hidden": True}, user="ada"))
    edited = records.edit(
        "jobs.One", JobEdit(changes={"time_limit": None, "enabled": False}, user="bob")
    )

    assert (edited.enabled, edited.overrides) == (False, {"hidden": True})
    assert (edited.edited_by, edited.edited is not None) == ("bob", True)
    assert records.get("jobs.One") == edited


def test_two_who_change_the_same_are_told_and_the_second_changes_nothing(records):
    _sync(records, [_described("One")])
    seen = {"time_limit": None, "hidden": None}
    records.edit("jobs.One", JobEdit(changes={"time_limit": 5}, user="ada", before=seen))

    with pytest.raises(EditConflict, match="by ada meanwhile: time_limit is 5 now, and was the"):
        records.edit(
            "jobs.One",
            JobEdit(changes={"time_limit": 9, "hidden": True}, user="bob", before=seen),
        )
    assert records.get("jobs.One").overrides == {"time_limit": 5}


@pytest.mark.parametrize("changes", [{"hidden": True}, {"time_limit": 5}])
def test_two_who_change_different_things_or_the_same_way_do_not_meet(records, changes):
    _sync(records, [_described("One")])
    seen = {"time_limit": None, "hidden": None}
    for edit in ({"time_limit": 5}, changes):
        records.edit("jobs.One", JobEdit(changes=edit, user="ada", before=seen))

    assert records.get("jobs.One").overrides == {"time_limit": 5, **changes}


def test_edits_at_once_are_all_kept(records, race):
    _sync(records, [_described("One")])
    names = ["time_limit", "hidden", "max_retries", "memory_limit"]
    race(
        *(
            lambda name=name: records.edit("jobs.One", JobEdit(changes={name: 1}, user="ada"))
            for name in names
        )
    )

    assert records.get("jobs.One").overrides == dict.fromkeys(names, 1)
