"""Installed distributions with jobs: real ones, in a folder on the path."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobnb.catalogs.sources.apps import App, AppSource, apps_in
from jobnb.protocol import SourceKind
from jobnb.settings import Settings, child_environment
from tests.apps import install
from tests.processes import SECONDS


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages, for this process and its children."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return folder


@pytest.fixture
def source(tmp_path: Path) -> Iterator[AppSource]:
    settings = Settings(cache_dir=tmp_path / "cache", describe_time_limit=SECONDS)
    made = AppSource(settings, child_environment)
    yield made
    made.close()


def test_an_entry_point_makes_a_distribution_an_app(site: Path) -> None:
    install(site, "acme-jobs", "1.4")
    (site / "other-1.dist-info").mkdir()
    (site / "other-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: other\n")

    (app,) = apps_in(str(site))

    assert (app.origin.kind, app.origin.version) == (SourceKind.APP, "1.4")
    assert app.modules == ("acme_jobs.jobs",)


def test_its_jobs_are_found_with_their_version_and_their_files(site: Path, source) -> None:
    install(site, "acme-jobs", "1.4")
    (site / "acme_jobs" / "table.csv").write_text("a,b")
    (site / "unrelated.py").write_text("raise RuntimeError")

    (found,) = source.find()

    (job,) = found.jobs
    assert (job.class_path, job.file) == ("acme_jobs.jobs.Audit", "acme_jobs/jobs.py")
    assert str(job.origin) == "acme-jobs 1.4"
    assert [file.path for file in found.snapshot.files] == [
        "acme_jobs/__init__.py",
        "acme_jobs/jobs.py",
    ]
    assert found.problems == ()
    assert source.expert(job.origin).clean(job, {}).inputs == {}
    assert b"class Audit" in source.expert(job.origin).read_file(found.snapshot.files[1])


def test_nothing_is_looked_for_again_while_nothing_was_installed(
    site: Path, source, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(site, "acme-jobs", "1.4")
    first = source.find()
    monkeypatch.setattr("jobnb.catalogs.sources.apps.apps_in", None)

    second = source.find()

    assert second[0] is first[0]


def test_only_a_folder_that_has_changed_is_looked_into_again(
    site: Path, source, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(site, "acme-jobs", "1.4")
    source.find()
    looked_into = []

    def look(place: str) -> list[App]:
        looked_into.append(place)
        return apps_in(place)

    monkeypatch.setattr("jobnb.catalogs.sources.apps.apps_in", look)
    install(site, "other-jobs", "1.0")

    assert [item.origin.name for item in source.find()] == ["acme-jobs", "other-jobs"]
    assert looked_into == [str(site)]


def test_of_two_versions_that_which_comes_first_on_the_path_counts(
    site: Path, source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(site, "acme-jobs", "1.4")
    versions = [source.find()[0].origin.version]
    first = tmp_path / "first"
    first.mkdir()
    install(first, "acme-jobs", "2.0")
    monkeypatch.syspath_prepend(first)
    versions.append(source.find()[0].origin.version)
    sys.path.remove(str(first))
    sys.path.append(str(first))
    versions.append(source.find()[0].origin.version)

    assert versions == ["1.4", "2.0", "1.4"]


def test_an_upgrade_an_edit_and_a_removal_are_seen(site: Path, source) -> None:
    install(site, "acme-jobs", "1.4")
    versions = [source.find()[0].origin.version]
    shutil.rmtree(site / "acme_jobs-1.4.dist-info")
    install(site, "acme-jobs", "1.5")
    versions.append(source.find()[0].origin.version)
    path = site / "acme_jobs" / "jobs.py"
    edited = path.with_suffix(".new")
    edited.write_text(path.read_text().replace("Audit", "Check"))
    edited.replace(path)
    (job,) = source.find()[0].jobs
    shutil.rmtree(site / "acme_jobs-1.5.dist-info")

    assert versions == ["1.4", "1.5"]
    assert job.class_name == "Check"
    assert source.find() == ()


def test_an_app_that_cannot_be_imported_is_a_problem_of_its_own(site: Path, source) -> None:
    install(site, "broken", "1.0", "import no_such_thing\n")
    install(site, "gone", "1.0")
    shutil.rmtree(site / "gone")
    install(site, "whole", "1.0")

    found = {item.origin.name: item for item in source.find()}

    assert [job.class_path for job in found["whole"].jobs] == ["whole.jobs.Audit"]
    assert "No module named 'no_such_thing'" in found["broken"].problems[0].message
    assert "No module named 'gone'" in found["gone"].problems[0].message
