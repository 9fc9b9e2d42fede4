from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import func, select

from jobnb.errors import SnapshotError
from jobnb.protocol import PIECE, Snapshot, SnapshotFile
from jobnb.store.content.snapshots import Snapshots
from jobnb.store.tables.models import blob

_SOURCE = {
    "B.py": b"x = 1\n",
    "a.py": b"",
    "data/big.bin": bytes(range(256)) * (PIECE // 128),
    "grüße.py": b"x = 1\n",
}


@pytest.fixture
def snapshots(database):
    return Snapshots(database)


def _snapshot(source):
    files = tuple(
        SnapshotFile(path=path, digest=hashlib.sha256(content).hexdigest(), size=len(content))
        for path, content in sorted(source.items())
    )
    digest = hashlib.sha256(repr(files).encode()).hexdigest()
    return Snapshot(digest=digest, files=files, root="/home/ada/jobs")


def _reader(source, calls=None):
    def read(item):
        if calls is not None:
            calls.append(item.path)
        return source[item.path]

    return read


def test_a_snapshot_comes_back_as_it_was(snapshots):
    snapshot = _snapshot(_SOURCE)
    snapshots.save(snapshot, _reader(_SOURCE))

    assert snapshots.load(snapshot.digest) == snapshot
    assert {item.path: snapshots.blob(item.digest) for item in snapshot.files} == _SOURCE


def test_a_snapshot_that_is_stored_is_not_read_again(snapshots):
    snapshot, calls = _snapshot(_SOURCE), []
    snapshots.save(snapshot, _reader(_SOURCE))
    snapshots.save(snapshot, _reader(_SOURCE, calls))

    assert calls == []


def test_only_content_that_is_new_is_read_and_stored(database, snapshots):
    snapshots.save(_snapshot(_SOURCE), _reader(_SOURCE))
    edited, calls = {**_SOURCE, "a.py": b"edited"}, []
    snapshots.save(_snapshot(edited), _reader(edited, calls))
    with database.read() as connection:
        blobs = connection.execute(select(func.count()).select_from(blob)).scalar_one()

    assert calls == ["a.py"]
    assert blobs == len(set(_SOURCE.values())) + 1


def test_content_that_does_not_match_its_digest_is_refused_and_nothing_kept(snapshots):
    snapshot = _snapshot(_SOURCE)

    with pytest.raises(SnapshotError, match=r"'B.py' changed while"):
        snapshots.save(snapshot, lambda item: _SOURCE[item.path] + b"!")
    with pytest.raises(SnapshotError):
        snapshots.load(snapshot.digest)


def test_several_may_save_overlapping_snapshots_at_once(snapshots, race):
    contents = [bytes([n]) * 10 for n in range(40)]
    sources = [
        {f"{n:02}-{i // 4}.py": content for n, content in enumerate(contents[:: 1 - 2 * (i % 2)])}
        for i in range(8)
    ]
    found = [_snapshot(source) for source in sources]
    race(
        *(
            lambda snapshot=snapshot, source=source: snapshots.save(snapshot, _reader(source))
            for snapshot, source in zip(found, sources, strict=True)
        )
    )

    assert [snapshots.load(one.digest) for one in found] == found


@pytest.mark.parametrize("ask", ["load", "blob"])
def test_what_is_not_stored_is_refused_by_name(snapshots, ask):
    with pytest.raises(SnapshotError, match="feedfeedfeed is not in the database"):
        getattr(snapshots, ask)("feed" * 16)
