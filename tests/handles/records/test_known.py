"""Known jobs, out of catalogs that a test makes; what finds the real ones has its own tests."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jobnb.catalogs.files.snapshots import manifest_digest
from jobnb.catalogs.registry import Catalog
from jobnb.catalogs.source import Found
from jobnb.handles.records.known import KnownJobs
from jobnb.handles.records.recorded import RecordedCatalog
from jobnb.protocol import Origin, Snapshot, SnapshotFile, SourceKind


class Places:
    """Finds what a test says, as ``JobsCatalog`` does; somebody may look while it is asked."""

    def __init__(self, root, *found: Found) -> None:
        self.root = root
        self.found = found
        self.on_carried = lambda: None

    def current(self, wanted=None, pinned=None) -> Catalog:
        return Catalog(self.root, self.found)

    def carried(self, job) -> None:
        self.on_carried()

    def read_file(self, job, file) -> bytes:
        return b""


def snapshot(content: str) -> Snapshot:
    files = (SnapshotFile(path="a.py", digest=content * 64, size=1),)
    return Snapshot(digest=manifest_digest(files), files=files)


@pytest.fixture
def places(tmp_path, make_job):
    job = make_job()
    other = replace(
        job,
        name="Other",
        class_path="b.Other",
        class_name="Other",
        origin=Origin(kind=SourceKind.APP, name="acme"),
    )
    folder = Found(origin=job.origin, snapshot=snapshot("0"), jobs=(job,))
    app = Found(origin=other.origin, snapshot=snapshot("1"), jobs=(other,))
    return Places(tmp_path, folder, app)


@pytest.fixture
def known(bench, places):
    recorded = RecordedCatalog(bench.settings, lambda: places, bench.database)
    return KnownJobs(recorded, lambda: places, "ada")


def test_a_job_has_its_own_source_although_another_thread_looks_meanwhile(known, places):
    folder, app = places.found
    known.find("Import")

    def look() -> None:
        # The folder was edited, and has not been described since: it is not in that catalog.
        nothing = replace(folder, snapshot=snapshot("2"), jobs=(), is_part=True)
        places.found = (nothing, app)
        known.find("Other")

    places.on_carried = look
    job, source = known.find_to_run("Import")

    assert job.name == "Import"
    assert source.snapshot == folder.snapshot
