from __future__ import annotations

import sqlite3
import tempfile

import pytest

from jobnb.doctor import Level, diagnose
from jobnb.settings import load_settings
from jobnb.store.checking import checkup
from jobnb.terminal import PlainViewer
from jobnb.workbench import Workbench

pytestmark = pytest.mark.cluster


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "jobs").mkdir()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "jobnb.toml").touch()
    return tmp_path


@pytest.fixture
def look(project):
    """The findings, by level."""

    def diagnosed(**settings):
        bench = Workbench(load_settings(settings, folder=project), PlainViewer(colour=False))
        try:
            return [*diagnose(bench)]
        finally:
            bench.close()
            if bench._parts._database is not None:
                bench._parts._database.close()

    return diagnosed


def said(findings, level):
    return "\n".join(str(finding) for finding in findings if finding.level is level)


@pytest.fixture
def use(project):
    """Makes the database, as the first use does."""

    def used(**settings):
        bench = Workbench(load_settings(settings, folder=project), PlainViewer(colour=False))
        bench.database().close()
        bench.close()

    return used


def test_a_sound_setup_has_nothing_to_do(look, use):
    use()
    findings = look()

    assert {finding.level for finding in findings} == {Level.OK}
    assert {"Python", "packages", "open files", "disk", "jobs", "cluster", "leftovers"} <= {
        finding.subject for finding in findings
    }


def test_before_the_first_use_there_is_nothing_to_do_and_nothing_is_made(project, look):
    findings = look()

    assert {finding.level for finding in findings} == {Level.OK}
    assert "none yet" in said(findings, Level.OK)
    assert not (project / ".jobnb").exists()


@pytest.mark.parametrize("given", [{}, {"database_url": "sqlite:///{}/.jobnb/jobnb.sqlite3"}])
def test_a_database_that_is_not_there_is_named_and_not_made(project, look, use, given):
    given = {name: value.format(project) for name, value in given.items()}
    use()
    [path] = (project / ".jobnb").glob("*.sqlite3*")
    path.unlink()

    assert f"there is no {path} yet" in said(look(**given), Level.WARNING)
    assert not path.exists()


def test_a_database_whose_folder_is_not_there_is_a_problem(project, look):
    findings = look(database_url=f"sqlite:///{project}/typo/jobnb.sqlite3")

    assert f"there is no folder {project}/typo" in said(findings, Level.PROBLEM)


def test_a_database_that_left_something_behind_is_gone(project, look):
    (project / "jobnb.sqlite3-wal").touch()
    findings = look(database_url=f"sqlite:///{project}/jobnb.sqlite3")

    assert "is gone" in said(findings, Level.PROBLEM)


def test_a_file_that_cannot_be_imported_is_named(project, look):
    (project / "jobs" / "broken.py").write_text("from jobnb import jobs\njobs.Job(\n")

    assert "broken.py" in said(look(), Level.WARNING)


def test_a_password_in_a_setting_is_not_shown(look):
    findings = look(database_url="postgresql://ada:secret@127.0.0.1:1/x")

    assert "does not answer" in said(findings, Level.PROBLEM)
    assert "secret" not in "".join(map(str, findings))


def test_a_damaged_file_is_found(project, look, use):
    path = project / "jobnb.sqlite3"
    use(database_url=f"sqlite:///{path}")
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO jobnb_info SELECT hex(randomblob(9)), hex(randomblob(4000))")
    connection.commit()
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    content = bytearray(path.read_bytes())
    content[8192:] = bytes(len(content) - 8192)
    path.write_bytes(content)

    assert "damaged" in said(look(database_url=f"sqlite:///{path}"), Level.PROBLEM)


def test_a_scheduler_that_does_not_answer_is_a_problem(look):
    assert "tcp://127.0.0.1:1" in said(look(scheduler="tcp://127.0.0.1:1"), Level.PROBLEM)


def test_too_few_descriptors_for_the_runs_at_once_are_a_problem(look):
    assert "lower the setting 'workers'" in said(look(workers=1_000_000), Level.PROBLEM)


def test_a_little_room_is_a_warning(look, monkeypatch):
    monkeypatch.setattr(checkup, "LITTLE_ROOM", 1 << 60)

    assert "jobnb cleanup" in said(look(), Level.WARNING)


@pytest.mark.cluster
def test_a_server_and_its_clock_are_looked_at(look, postgres_database_url, monkeypatch):
    monkeypatch.setattr(checkup, "CLOCK_SKEW", -1.0)
    findings = look(database_url=postgres_database_url)

    assert "s apart" in said(findings, Level.WARNING)
    assert "PostgreSQL" in said(findings, Level.OK)
