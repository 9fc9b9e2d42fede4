from __future__ import annotations

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from jobnb.cli import main
from jobnb.workbench import current
from tests.processes import SECONDS

pytestmark = pytest.mark.cluster

HELLO = """
from jobnb import jobs

class Hello(jobs.Job):
    class Meta:
        name = "Hello World"

    who = jobs.StringVar(default="world")
    fail_at = jobs.IntegerVar(default=0)

    def run(self, *, who, fail_at):
        for number in range(1, 4):
            self.logger.info("%s %d", who, number)
            if number == fail_at:
                raise ValueError("no such device")

jobs.register_jobs(Hello)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty project in which nothing is open yet."""
    (tmp_path / "project" / "jobs").mkdir(parents=True)
    (tmp_path / "project" / "jobnb.toml").touch()
    (tmp_path / "project" / "jobs" / "hello.py").write_text(HELLO)
    monkeypatch.chdir(tmp_path / "project")
    current.close()
    yield tmp_path / "project"
    current.close()


def jobnb(*words: str):
    """The command in this process; what it opened is closed again."""
    try:
        return CliRunner().invoke(main, words)
    finally:
        current.close()


def command(*words: str, **environment: str):
    """The command as a program of its own."""
    return subprocess.run(
        [sys.executable, "-m", "jobnb.cli", *words],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fly"], "No such command 'fly'"),
        (["run"], "Missing argument 'NAME'"),
        (["cleanup"], "--older-than"),
        (["run", "Hello World", "--priority", "high"], "--priority"),
        (["log", "x", "--tail", "0"], "--tail"),
        (["log", "x", "--tail", "3", "-f"], "--follow"),
        (["run", "Hello World", "--no-such-option"], "No such option '--no-such-option'"),
    ],
)
def test_wrong_usage_is_told_with_exit_code_2(folder, words, said):
    told = jobnb(*words)

    assert (told.exit_code, said in told.output) == (2, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "Helo World"], "Did you mean 'Hello World'?"),
        (["run", "Hello World", "whom=x"], "whom"),
        (["run", "Hello World", "who"], "write it as name=value"),
        (["run", "Hello World", "who=@missing"], "cannot be read"),
        (["run", "Hello World", "fail_at=soon"], "fail_at"),
        (["run", "Hello World", "--queue", "gpu"], "has no queue 'gpu'"),
        (["run", "Hello World", "--queue-timeout", "0"], "wants seconds above 0"),
        (["cluster", "start", "--queue", "gpu=0"], "is no queue; write it as NAME or NAME=RUNS"),
        (["log", "0000"], "No job result '0000'"),
        (["cancel", "0000"], "No job result '0000'"),
        (["results", "--status", "odd"], "SUCCESS"),
        (["enable", "Helo World"], "Did you mean"),
        (["upgrade"], "JOBNB_DATABASE_URL"),
        (["--database-url", "sqlite:////no/x.sqlite3", "list"], "unable to open database file"),
        (
            ["--database-url", "postgresql+psycopg://nobody@127.0.0.1:1/none", "list"],
            "Connection refused",
        ),
        (["cleanup", "--older-than", "soon"], "write it as 90d"),
        (["cleanup", "--older-than", "90d", "--status", "odd"], "SUCCESS"),
    ],
)
def test_a_mistake_is_one_message_with_exit_code_1(folder, words, said):
    told = jobnb(*words)

    assert told.exit_code == 1
    assert said in told.stderr
    assert "Traceback" not in told.stderr


def test_a_mistake_is_one_message_of_the_program_too(folder):
    told = command("run", "Helo World")

    assert (told.returncode, told.stdout) == (1, "")
    assert "Did you mean 'Hello World'?" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_mistake_leaves_no_run_behind(folder):
    jobnb("run", "Hello World", "whom=x")

    assert jobnb("results").output == "No runs.\n"


def test_the_list_names_jobs_and_broken_files_and_succeeds(folder):
    (folder / "jobs" / "broken.py").write_text("from jobnb import jobs\njobs.Job(\n")

    told = jobnb("list")

    assert told.exit_code == 0
    assert "Hello World" in told.output
    assert "broken.py" in told.output


def test_a_job_is_shown_with_its_inputs_and_how_it_is_run(folder):
    shown = jobnb("show", "hello world")

    assert shown.exit_code == 0
    assert "Hello World (" in shown.output
    assert "  who " in shown.output
    assert "jobnb run 'Hello World'" in shown.output
    assert "Did you mean 'Hello World'" in jobnb("show", "Hello Wrld").stderr


def test_the_options_are_settings(folder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()

    listed, run = (jobnb("--jobs-root", str(other), *verb) for verb in (["list"], ["run", "X"]))
    assert "No jobs yet" in listed.output
    assert all(str(other) in text for text in (listed.output, run.stderr))


def test_a_disabled_job_is_refused_until_it_is_enabled(folder):
    jobnb("disable", "Hello World")

    assert "not enabled" in jobnb("list").output
    assert "`jobnb enable" in jobnb("run", "Hello World").stderr
    jobnb("enable", "Hello World")
    assert "not enabled" not in jobnb("list").output


@pytest.mark.parametrize("command", ["", "cluster", "repository"])
def test_the_list_of_commands_says_whole_sentences(command):
    _, _, told = jobnb(*command.split(), "--help").output.partition("Commands:")

    assert told
    assert all(line.endswith(".") and not line.endswith("...") for line in told.split("\n") if line)


@pytest.mark.parametrize("command", ["", "log"])
def test_help_loads_nothing_heavy(command):
    code = (
        "import sys; from jobnb.cli import main;"
        f"main([*{command.split()}, '--help'], standalone_mode=False);"
        "sys.exit(bool({'dask', 'sqlalchemy', 'IPython'} & set(sys.modules)))"
    )

    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode
        == 0
    )


def test_a_command_ends_without_taking_python_apart():
    code = (
        "import sys; from jobnb.cli.__main__ import program;"
        "one = type('One', (), {'__del__': lambda self: print('taken apart')})();"
        "sys.argv[1:] = ['fly']; program()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "No such command 'fly'" in ended.stderr


def test_who_only_looks_at_runs_loads_no_dask(folder):
    code = (
        "import sys; from jobnb.cli import main; main(['results'], standalone_mode=False);"
        "sys.exit(bool({'dask', 'distributed', 'IPython'} & set(sys.modules)))"
    )

    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode
        == 0
    )


def test_a_command_closes_its_database(folder):
    command("run", "Hello World", "who=ada")

    assert [path.name for path in (folder / ".jobnb").glob("jobnb.*")] == ["jobnb.sqlite3"]


@pytest.mark.cluster
def test_a_run_is_shown_and_found_again(folder):
    ran = command("run", "Hello World", "who=ada")
    run_id = command("results").stdout.splitlines()[1].split()[0]
    shown = command("log", run_id, "--tail", "2")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert "ada 1" in ran.stdout
    assert "SUCCESS" in ran.stdout
    assert ran.stdout.splitlines()[:-2][-2:] == shown.stdout.splitlines()


@pytest.mark.cluster
def test_a_failed_run_says_why_and_exits_with_1(folder):
    ran = command("run", "Hello World", "fail_at=2")

    assert ran.returncode == 1
    assert "FAILURE" in ran.stdout
    assert "ValueError: no such device" in ran.stdout.splitlines()[-2]


@pytest.mark.cluster
def test_an_output_that_knows_only_ascii_is_no_reason_to_fail(folder):
    ran = command("run", "Hello World", "who=日本", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    listed = command("results", PYTHONIOENCODING="ascii", PYTHONUTF8="0")

    assert (ran.returncode, listed.returncode) == (0, 0)
    assert r"\u65e5\u672c 1" in ran.stdout
