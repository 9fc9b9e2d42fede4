from __future__ import annotations

from jobnb.protocol import FileProblem, JobDescription, Snapshot
from jobnb.protocol.repositories import Commit, Repository
from jobnb.store.catalog.jobs import JobEdit
from jobnb.store.catalog.records import JobRecords
from jobnb.store.catalog.repositories import Repositories
from jobnb.store.catalog.standing import Standing, read_standing
from jobnb.store.content.snapshots import Snapshots
from jobnb.store.tables.clock import now

FILES = Snapshot(digest="d" * 64, files=())


def _repository(name, **more):
    return Repository(
        name=name,
        url=f"https://host/{name}",
        commit=Commit(id="c" * 40, subject="Begin", committed=now()),
        snapshot=FILES.digest,
        problems=(FileProblem(file="x", message="is a link"),),
        synced=now(),
        synced_by="me",
        **{"ref": None, "token": None, **more},
    )


def _described(name):
    return JobDescription(
        class_path=f"jobs.{name}",
        module="jobs",
        class_name=name,
        name=name,
        grouping="Examples",
        description="",
        file="jobs.py",
    )


def test_where_nobody_has_added_or_changed_anything_nothing_stands(database):
    JobRecords(database).sync([_described("One")], enable_new=True, place="ada")

    assert read_standing(database) == Standing(repositories=(), overrides={})


def test_repositories_and_overrides_are_as_they_were_left(database):
    Snapshots(database).save(FILES, lambda _file: b"")
    tools, another = _repository("tools", ref="main", token="env:T"), _repository("another")
    for item in (tools, another):
        Repositories(database).pin(item)
    records = JobRecords(database)
    records.sync([_described("One"), _described("Two")], enable_new=True, place="ada")
    records.edit("jobs.Two", JobEdit(changes={"time_limit": 5, "name": "Zwei"}, user="ada"))

    assert read_standing(database) == Standing(
        repositories=(another, tools), overrides={"jobs.Two": {"time_limit": 5, "name": "Zwei"}}
    )
