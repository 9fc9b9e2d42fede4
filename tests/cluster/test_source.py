"""The source of a run is shown as it was, and compared with what it is now."""

from __future__ import annotations

import pytest

from jobnb.errors import JobNotInstalled

pytestmark = pytest.mark.cluster

JOB = """
from jobnb import jobs
import tools

class Greet(jobs.Job):
    def run(self):
        return tools.word()

jobs.register_jobs(Greet)
"""


@pytest.fixture
def greet(project, bench):
    project.write("greet.py", JOB)
    project.write("tools.py", "def word():\n    return 'hello'\n")
    return bench


def test_a_run_shows_its_own_source_and_what_is_other_today(project, greet):
    result = greet.get_job("Greet").run()
    source = result.source
    same = source.diff()
    project.write("tools.py", "def word():\n    return 'good bye'\n")
    project.write("more.py", "NEW = True\n")
    today = source.diff()

    assert list(source) == ["greet.py", "tools.py"]
    assert source.text == JOB
    assert source["tools.py"] == "def word():\n    return 'hello'\n"
    assert "class Greet" in repr(source)
    assert "1 other file: tools.py" in repr(source)
    assert not same
    assert today.files == ("more.py", "tools.py")
    assert "-    return 'hello'" in today.lines
    assert "+    return 'good bye'" in today.lines
    assert f"--- run {result.id[:8]}/tools.py" in today.lines
    assert "+++ the code of today/tools.py" in today.lines


def test_two_runs_are_compared_and_a_job_that_is_gone_still_shows_what_it_was(project, greet):
    first = greet.get_job("Greet").run()
    project.write("tools.py", "def word():\n    return 'good bye'\n")
    second = greet.get_job("Greet").run()
    (project.root / "jobs" / "greet.py").unlink()

    assert second.source.diff(first).files == ("tools.py",)
    assert second.source.text == JOB
    with pytest.raises(JobNotInstalled):
        second.source.diff()


def test_the_command_shows_it(project, greet):
    result = greet.get_job("Greet").run()
    shown = project.command("source", result.id[:8])
    other = project.command("source", result.id[:8], "tools.py")
    diff = project.command("source", result.id[:8], "--diff")
    wrong = project.command("source", result.id[:8], "nothing.py")

    assert shown.stdout == JOB
    assert other.stdout == "def word():\n    return 'hello'\n"
    assert diff.stdout == "No difference.\n"
    assert "It had: greet.py, tools.py." in wrong.stderr
