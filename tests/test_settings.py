from __future__ import annotations

from pathlib import Path

import pytest

from jobnb.errors import ConfigurationError
from jobnb.settings import child_environment, find_jobs_root, load_settings


def load(folder, environment=None, **arguments):
    return load_settings(arguments, environment=environment or {}, folder=folder)


def test_an_argument_goes_before_the_environment_and_that_before_the_file(tmp_path):
    (tmp_path / "jobnb.toml").write_text('workers = 3\nuser = "file"\ndisplay = "plain"\n')
    settings = load(tmp_path, {"JOBNB_WORKERS": "4", "JOBNB_USER": "shell"}, workers=5)

    assert (settings.workers, settings.user, settings.display) == (5, "shell", "plain")
    assert settings.sources["user"] == "environment"


def test_the_file_may_be_a_table_of_pyproject(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.jobnb]\nlost_after = 60\n")

    assert load(tmp_path).lost_after == 60.0


def test_a_path_in_the_file_is_relative_to_the_file(tmp_path):
    (tmp_path / "jobnb.toml").write_text('jobs_root = "operations"\n')
    (tmp_path / "deeper").mkdir()

    assert load(tmp_path / "deeper").jobs_root == tmp_path / "operations"


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"JOBNB_WORKER": "3"}, "Unknown setting 'worker' .* Did you mean 'workers'"),
        ({"JOBNB_WORKERS": "many"}, "'workers' .from environment. wants int, not 'many'"),
        ({"JOBNB_WORKERS": "0"}, "'workers' must be above 0"),
        ({"JOBNB_DISPLAY": "neon"}, "one of auto, widget, html, plain, not 'neon'"),
        ({"JOBNB_LOST_AFTER": "6"}, "at least twice"),
        ({"JOBNB_ENABLE_NEW_JOBS": "perhaps"}, "wants bool"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_with_its_origin(tmp_path, environment, words):
    with pytest.raises(ConfigurationError, match=words):
        load(tmp_path, environment)


def test_a_file_that_is_no_toml_is_refused_by_name(tmp_path):
    (tmp_path / "jobnb.toml").write_text("workers = = 3")

    with pytest.raises(ConfigurationError, match=r"jobnb\.toml cannot be read"):
        load(tmp_path)


def test_jobs_are_found_going_up_but_not_above_the_project(tmp_path):
    (tmp_path / "jobs").mkdir()
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    (project / "notebooks").mkdir()

    assert find_jobs_root(project / "notebooks") == project / "jobs"


def test_the_nearest_jobs_folder_wins(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "jobs").mkdir()
    (tmp_path / "team" / "jobs").mkdir(parents=True)

    assert find_jobs_root(tmp_path / "team") == tmp_path / "team" / "jobs"


def test_an_empty_variable_is_as_none(tmp_path):
    assert load(tmp_path, {"JOBNB_SCHEDULER": ""}).scheduler is None


def test_a_child_gets_the_environment_without_what_is_ours(monkeypatch):
    monkeypatch.setenv("JOBNB_DATABASE_URL", "postgresql://u:p@h/d")
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", "tcp://h:8786")
    monkeypatch.setenv("TEAM_TOKEN", "theirs")
    environment = child_environment()

    assert environment["TEAM_TOKEN"] == "theirs"
    assert not [name for name in environment if name.startswith(("JOBNB_", "DASK_"))]


def test_a_child_gets_the_environment_as_it_is_now(monkeypatch):
    monkeypatch.setenv("TEAM_TOKEN", "theirs")
    first = child_environment()
    first["TEAM_TOKEN"] = "changed in this one only"
    monkeypatch.setenv("TEAM_TOKEN", "ü\udcff")
    second = child_environment()
    monkeypatch.delenv("TEAM_TOKEN")

    assert second["TEAM_TOKEN"] == "ü\udcff"
    assert "TEAM_TOKEN" not in child_environment()


def test_the_default_jobs_folder_is_where_it_should_be_made(tmp_path):
    assert load(tmp_path).jobs_root == Path(tmp_path / "jobs")


def test_a_pattern_that_cannot_be_used_is_refused_with_the_reason():
    with pytest.raises(ConfigurationError, match=r"cannot be used: the pattern '\(a' with"):
        load_settings(environment={"JOBNB_SANITIZER_PATTERNS": '[["(a", "b"]]'})


def test_patterns_are_taken_from_a_file(tmp_path):
    (tmp_path / "jobnb.toml").write_text("sanitizer_patterns = [['key-\\d+', '{replacement}']]")
    settings = load_settings(environment={}, folder=tmp_path)

    assert settings.sanitizer_patterns == ((r"key-\d+", "{replacement}"),)
