"""Repositories as a source of jobs: each at its pin, and each on its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jobnb.catalogs.git.gitrepos import Mirror
from jobnb.catalogs.git.pulling import Pulled, pull
from jobnb.catalogs.git.remotes import read_remote
from jobnb.catalogs.sources.repositories import RepositorySource
from jobnb.errors import CatalogError, SnapshotError
from jobnb.protocol import Snapshot
from jobnb.protocol.repositories import Repository
from jobnb.settings import Settings, child_environment
from jobnb.store.tables.clock import now
from tests.gitserver import Origin
from tests.processes import SECONDS


class PinsInMemory:
    """What the database has of repositories."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pulled: dict[str, Pulled] = {}

    def pin(self, name: str, origin: Origin) -> None:
        remote = read_remote(str(origin.folder), None)
        mirror = Mirror(remote, self._settings.cache_dir, child_environment(), SECONDS)
        self._pulled[name] = pull(mirror, name, self._settings)

    def forget(self, name: str) -> None:
        del self._pulled[name]

    def lose_files(self, name: str) -> None:
        self.lost = self._pulled[name].snapshot.digest

    lost = ""

    def repositories(self) -> list[Repository]:
        return [
            Repository(
                name=name,
                url="/somewhere",
                ref=None,
                token=None,
                commit=pulled.commit,
                snapshot=pulled.snapshot.digest,
                problems=pulled.problems,
                synced=now(),
                synced_by="me",
            )
            for name, pulled in sorted(self._pulled.items())
        ]

    def load(self, digest: str) -> Snapshot:
        if digest == self.lost:
            raise SnapshotError("Snapshot is not in the database.")
        return next(
            item.snapshot for item in self._pulled.values() if item.snapshot.digest == digest
        )

    def blob(self, digest: str) -> bytes:
        return next(
            item.contents[digest] for item in self._pulled.values() if digest in item.contents
        )


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    made = Origin(tmp_path / "origin")
    made.commit_job("Sync")
    return made


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(cache_dir=tmp_path / "cache", describe_time_limit=SECONDS)


@pytest.fixture
def pins(settings: Settings) -> PinsInMemory:
    return PinsInMemory(settings)


@pytest.fixture
def source(pins: PinsInMemory, settings: Settings) -> Iterator[RepositorySource]:
    made = RepositorySource(pins, settings, child_environment)
    yield made
    made.close()


def test_a_module_without_a_package_file_around_it_is_found(source, pins, origin) -> None:
    pins.pin("lab_jobs", origin)

    (found,) = source.find()

    assert [job.class_path for job in found.jobs] == ["lab_jobs.jobs.Sync"]
    assert found.problems == ()
    assert source.expert(found.origin).clean(found.jobs[0], {}).inputs == {}


def test_nothing_is_described_again_until_the_pin_moves(source, pins, origin) -> None:
    pins.pin("lab_jobs", origin)
    first, second = source.find()[0], source.find()[0]
    origin.commit_job("Better")
    third = source.find()[0]
    pins.pin("lab_jobs", origin)
    fourth = source.find()[0]

    assert first is second is third
    assert [job.class_name for job in fourth.jobs] == ["Better"]
    assert fourth.origin != first.origin


def test_one_that_cannot_be_had_takes_no_other_along(source, pins, origin, tmp_path) -> None:
    other = Origin(tmp_path / "other")
    other.commit_job("Other")
    pins.pin("lab_jobs", origin)
    pins.pin("lost", other)
    pins.lose_files("lost")

    whole, lost = source.find()

    assert [job.class_name for job in whole.jobs] == ["Sync"]
    assert [problem.file for problem in lost.problems] == ["lost"]
    assert source.find()[1] is lost


def test_a_file_that_breaks_at_its_import_is_named_in_its_package(source, pins, origin) -> None:
    origin.write("jobs.py", "import no_such_thing")
    origin.commit()
    pins.pin("lab_jobs", origin)

    (problem,) = source.find()[0].problems

    assert problem.file == "lab_jobs/jobs.py"
    assert problem.message.startswith("line 1: ModuleNotFoundError")
    assert "git:" in problem.traceback


def test_a_removed_one_is_gone(source, pins, origin) -> None:
    pins.pin("lab_jobs", origin)
    (found,) = source.find()
    pins.forget("lab_jobs")

    assert source.find() == ()
    with pytest.raises(CatalogError, match="There is no lab_jobs @"):
        source.expert(found.origin)
