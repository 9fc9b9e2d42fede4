from __future__ import annotations

import pytest

from jobnb.engine.hosts import manifests as manifests_module
from jobnb.engine.hosts.manifests import Manifests
from jobnb.errors import SnapshotError
from jobnb.store.content.snapshots import Snapshots
from tests.runs import store_source


@pytest.fixture
def snapshots(database):
    return Snapshots(database)


def test_a_manifest_is_read_once(database, snapshots, monkeypatch):
    digest = store_source(database, {"a.py": "1"})
    known = Manifests(snapshots)
    first = known.load(digest)
    monkeypatch.setattr(snapshots, "load", None)

    assert known.load(digest) is first
    assert [file.path for file in first.files] == ["a.py"]


def test_only_those_used_last_are_remembered(database, snapshots, monkeypatch):
    monkeypatch.setattr(manifests_module, "KEPT", 2)
    one, two, three = (store_source(database, {"a.py": text}) for text in "123")
    known = Manifests(snapshots)
    for digest in (one, two, one, three):
        known.load(digest)

    assert list(known._known) == [one, three]


def test_one_that_is_not_stored_is_said_to_be_missing(snapshots):
    with pytest.raises(SnapshotError, match="not in the database"):
        Manifests(snapshots).load("0" * 64)
