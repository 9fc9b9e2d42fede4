"""What git ignores is no part of a snapshot."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobnb.catalogs.files.folder import JobsFolder
from jobnb.catalogs.files.walk import Bounds


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "jobs").mkdir()
    return tmp_path


def make(project: Path, *paths: str) -> JobsFolder:
    for path in paths:
        (project / "jobs" / path).parent.mkdir(parents=True, exist_ok=True)
        (project / "jobs" / path).write_text(path)
    return JobsFolder(project / "jobs", limit=10**6, bounds=Bounds(most=100))


def paths(folder: JobsFolder) -> list[str]:
    return [file.path for file in folder.survey().snapshot.files]


def test_its_own_rules_and_those_around_it_and_below_it_hold(project: Path) -> None:
    folder = make(
        project, "a.py", "a.log", "keep.log", "data/x.csv", "data/y.csv", "out/b.py", "sub/c.txt"
    )
    (project / ".gitignore").write_text("*.log\njobs/data/x.csv\n")
    (project / "jobs" / ".gitignore").write_text("out/\n!keep.log\n")
    (project / "jobs" / "sub" / ".gitignore").write_text("/c.txt\n")

    assert paths(folder) == ["a.py", "data/y.csv", "keep.log"]


def test_an_edit_of_the_rules_is_seen_at_once(project: Path) -> None:
    folder = make(project, "a.py", "b.txt")
    before = paths(folder)
    (project / ".gitignore").write_text("*.txt\n")
    between = paths(folder)
    (project / ".gitignore").write_text("# nothing any more\n")

    assert (before, between, paths(folder)) == (["a.py", "b.txt"], ["a.py"], ["a.py", "b.txt"])


def test_a_job_file_that_is_left_out_is_named(project: Path) -> None:
    folder = make(project, "a.py", "local.py", "lib/local.py")
    (project / ".gitignore").write_text("local.py\n")

    (problem,) = folder.survey().problems

    assert problem.file == "local.py"
    assert "a .gitignore says" in problem.message


@pytest.mark.parametrize("rule", ["jobs/", "/jobs", "*"])
def test_a_rule_that_leaves_the_whole_folder_out_does_not_count(project: Path, rule: str) -> None:
    folder = make(project, "a.py")
    (project / ".gitignore").write_text(f"{rule}\n")

    assert paths(folder) == ["a.py"]


def test_rules_outside_of_any_work_tree_count_only_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "jobs").mkdir()
    folder = make(tmp_path, "a.py", "b.txt", "c.log")
    (tmp_path / ".gitignore").write_text("*.txt\n")
    (tmp_path / "jobs" / ".gitignore").write_text("*.log\n")

    assert paths(folder) == ["a.py", "b.txt"]


def test_a_line_that_is_no_rule_spoils_no_other(project: Path) -> None:
    folder = make(project, "a.py", "b.txt")
    (project / ".gitignore").write_text("!\n**x**/[\n*.txt\n")

    assert paths(folder) == ["a.py"]
