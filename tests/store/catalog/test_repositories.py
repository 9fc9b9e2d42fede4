from __future__ import annotations

from dataclasses import replace

import pytest

from jobnb.errors import RepositoryError, SnapshotError
from jobnb.protocol import FileProblem, Snapshot
from jobnb.protocol.repositories import Commit, Repository
from jobnb.store.care.retention import Retention
from jobnb.store.catalog.repositories import Repositories
from jobnb.store.content.snapshots import Snapshots
from jobnb.store.tables.clock import now
from jobnb.store.tables.models import snapshot

FILES = Snapshot(digest="d" * 64, files=())


@pytest.fixture
def repositories(database):
    Snapshots(database).save(FILES, lambda _file: b"")
    return Repositories(database)


def _repository(name="tools", **more):
    values = {
        "url": "https://host/tools",
        "ref": "main",
        "token": "env:T",
        "commit": Commit(id="c" * 40, subject="Begin", committed=now()),
        "snapshot": FILES.digest,
        "problems": (FileProblem(file="tools/x", message="is a link"),),
        "synced": now(),
        "synced_by": "me",
    }
    return Repository(name=name, **(values | more))


def test_a_repository_comes_back_as_it_was_pinned(repositories):
    tools, other = _repository(), _repository("another")
    repositories.pin(tools)
    repositories.pin(other)

    assert repositories.all() == [other, tools]


def test_pinning_again_moves_the_commit_and_forgets_a_failure(repositories):
    repositories.pin(_repository())
    repositories.note_failure("tools", "no network")
    failed = repositories.all()[0]
    moved = _repository(commit=Commit(id="e" * 40, subject="Go on", committed=None))
    repositories.pin(moved)

    assert (failed.failure, failed.commit.id) == ("no network", "c" * 40)
    assert failed.failed is not None
    assert repositories.all() == [moved]


def test_a_snapshot_that_is_not_stored_is_refused(repositories):
    with pytest.raises(SnapshotError, match="is not stored"):
        repositories.pin(_repository(snapshot="0" * 64))


def test_a_removed_one_is_gone_and_an_unknown_one_is_named(repositories):
    repositories.pin(_repository())
    repositories.remove("tools")

    assert repositories.all() == []
    with pytest.raises(RepositoryError, match=r"no repository 'tools'\. None"):
        repositories.remove("tools")


def test_a_cleanup_leaves_the_files_of_a_repository_alone(repositories, database):
    repositories.pin(_repository())
    with database.write() as connection:
        connection.execute(snapshot.update().values(created=now().replace(year=2020)))
    list(Retention(database).remove_unused(now()))

    assert replace(Snapshots(database).load(FILES.digest)) == FILES


def test_it_is_written_without_credentials_and_with_its_commit(repositories):
    assert str(_repository()) == "tools @ cccccccccccc from https://host/tools (main)"
