"""The loader, in processes of its own: what a running job gets, and what its tracebacks show."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.processes import SECONDS

pytestmark = pytest.mark.cluster

PROBE = """
import inspect, json, os, pickle, pkgutil, sys, traceback
from jobnb.child.importing.loader import JobNotLoaded, job_loggers, load_job
from jobnb.errors import RunCancelled
from jobnb.protocol import ChildOrder

order = ChildOrder(verb="run", folder=sys.argv[1], root=sys.argv[2])
answer = None
try:
    job = load_job(order, sys.argv[3])
    exec(sys.argv[4])
except JobNotLoaded as error:
    answer = [str(error), error.exc_type, error.exc_message, error.traceback]
except RunCancelled as error:
    answer = f"cancelled: {error}"
print(json.dumps(answer))
"""

GOOD = """
from jobnb import jobs

class Good(jobs.Job):
    def run(self):
        return 1 / 0

jobs.register_jobs(Good)
"""

SHOW_TRACEBACK = """
try:
    job().run()
except ZeroDivisionError:
    answer = traceback.format_exc()
"""

Load = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the snapshot is unpacked."""
    path = tmp_path / "snapshot"
    path.mkdir()
    (path / "good.py").write_text(GOOD)
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The author's folder; it is not on this machine."""
    return tmp_path / "author" / "jobs"


@pytest.fixture
def load(folder: Path, root: Path) -> Load:
    """Loads a job in a new process; gives the ``answer`` of a script, or what went wrong."""

    def load_job(class_path: str, script: str = "", environment: Any = None) -> Any:
        command = [sys.executable, "-P", "-c", PROBE, folder, root, class_path, script]
        done = subprocess.run(
            command, capture_output=True, check=False, text=True, timeout=SECONDS, env=environment
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return load_job


def test_the_class_is_loaded(load: Load) -> None:
    assert load("good.Good", "answer = job.class_path") == "good.Good"


def test_only_what_the_job_needs_is_imported(load: Load, folder: Path) -> None:
    (folder / "other.py").write_text("raise SystemExit(3)")

    assert load("good.Good", "answer = 'other' in sys.modules") is False


def test_the_module_has_the_unpacked_path_so_that_data_lies_beside_it(
    load: Load, folder: Path
) -> None:
    answer = load("good.Good", "answer = sys.modules['good'].__file__")

    assert answer == str(folder / "good.py")


def test_a_traceback_has_the_authors_path_and_lines(load: Load, root: Path) -> None:
    text = load("good.Good", SHOW_TRACEBACK)

    assert f'File "{root}/good.py", line 6, in run\n    return 1 / 0\n' in text


def test_a_traceback_has_the_lines_that_ran_though_the_file_was_edited(
    load: Load, root: Path
) -> None:
    root.mkdir(parents=True)
    (root / "good.py").write_text("# edited since\n" * 9)

    text = load("good.Good", SHOW_TRACEBACK)

    assert f'File "{root}/good.py", line 6, in run\n    return 1 / 0\n' in text


def test_inspect_finds_the_source(load: Load) -> None:
    answer = load("good.Good", "answer = [inspect.getsource(job), inspect.getsource(job.run)]")

    assert answer[0].startswith("class Good(jobs.Job):")
    assert answer[1] == "    def run(self):\n        return 1 / 0\n"


def test_no_bytecode_is_written(load: Load, folder: Path) -> None:
    load("good.Good")

    assert [path.name for path in folder.rglob("*")] == ["good.py"]


def test_siblings_packages_and_plain_folders_can_be_imported(load: Load, folder: Path) -> None:
    for file in ("pkg/__init__.py", "plain/deep.py"):
        (folder / file).parent.mkdir()
        (folder / file).write_text("from helper import VALUE")
    (folder / "helper.py").write_text("VALUE = 5")
    script = "import pkg, plain.deep\nanswer = [pkg.VALUE, plain.deep.VALUE]"

    assert load("good.Good", script) == [5, 5]


def test_the_modules_can_be_listed(load: Load, folder: Path) -> None:
    script = "answer = [m.name for m in pkgutil.iter_modules([order.folder])]"

    assert load("good.Good", script) == ["good"]


def test_a_started_python_finds_the_modules_too(load: Load) -> None:
    script = """
import multiprocessing
answer = multiprocessing.get_context("spawn").Pool(1).apply(len, ((job,),))
"""

    assert load("good.Good", script) == 1


def test_the_loggers_are_those_of_all_modules(load: Load, folder: Path) -> None:
    (folder / "another.py").touch()

    assert load("good.Good", "answer = job_loggers(order)") == ["another", "good"]


def test_a_job_that_another_file_registers_is_loaded(load: Load, folder: Path) -> None:
    text = GOOD.replace("jobs.register_jobs(Good)", "")
    (folder / "good.py").write_text(text)
    (folder / "registrar.py").write_text("from good import *\njobs.register_jobs(Good)")

    assert load("good.Good", "answer = job.class_path") == "good.Good"


def test_an_import_that_fails_is_told_with_the_authors_path(
    load: Load, folder: Path, root: Path
) -> None:
    (folder / "good.py").write_text("import helper")
    (folder / "helper.py").write_text("\nraise ValueError('no luck')")

    message, exc_type, exc_message, traceback = load("good.Good")

    assert message == "Job good.Good cannot be loaded: helper.py, line 2: ValueError: no luck"
    assert (exc_type, exc_message) == ("ValueError", "no luck")
    assert traceback.splitlines()[1::2] == [
        f'  File "{root}/good.py", line 1, in <module>',
        f'  File "{root}/helper.py", line 2, in <module>',
        "ValueError: no luck",
    ]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = (", r"good.py, line 1: '(' was never closed: x = ("),
        ("import sys; sys.exit(3)", "good.py, line 1: calls sys.exit(3) at import"),
        ("import no_such_thing", "good.py, line 1: ModuleNotFoundError: No module named 'no_suc"),
    ],
)
def test_why_a_job_cannot_be_loaded_is_one_sentence(
    source: str, message: str, load: Load, folder: Path
) -> None:
    (folder / "good.py").write_text(source)

    assert load("good.Good")[0].startswith(f"Job good.Good cannot be loaded: {message}")


@pytest.mark.parametrize(
    ("class_path", "message"),
    [
        ("good.Other", "Module good does not define the job Other."),
        ("good.jobs", "Module good does not define the job jobs."),
        ("gone.Good", "Job gone.Good cannot be loaded: gone, ModuleNotFoundError: No module named"),
    ],
)
def test_a_job_that_is_not_there_is_named(class_path: str, message: str, load: Load) -> None:
    assert load(class_path)[0].startswith(message)


@pytest.mark.parametrize(
    ("name", "hider"),
    [
        ("json", "the standard module 'json'"),
        ("sys", "the standard module 'sys'"),
        ("pytest", "the installed package 'pytest'"),
    ],
)
def test_a_file_that_would_hide_another_module_neither_hides_it_nor_runs(
    name: str, hider: str, load: Load, folder: Path
) -> None:
    (folder / f"{name}.py").write_text("raise SystemExit(3)")

    assert load(f"{name}.Good")[0] == (
        f"Job {name}.Good cannot be loaded: {hider} has the same name."
    )


def test_the_authors_folder_in_the_environment_does_not_replace_the_snapshot(
    load: Load, folder: Path, root: Path
) -> None:
    root.mkdir(parents=True)
    (root / "good.py").write_text("raise SystemExit(3)")

    answer = load("good.Good", "answer = job.class_path", {"PYTHONPATH": str(root)})

    assert answer == "good.Good"


def test_a_run_that_is_cancelled_while_it_loads_is_cancelled(load: Load, folder: Path) -> None:
    (folder / "good.py").write_text("from jobnb.errors import *\nraise RunCancelled('by ada')")

    assert load("good.Good") == "cancelled: by ada"


def test_a_fork_at_import_does_not_run_the_job_twice(load: Load, folder: Path) -> None:
    (folder / "good.py").write_text("import os\nos.fork()\n" + GOOD)
    script = f"open({str(folder / 'ran')!r}, 'a').write('x')"

    load("good.Good", script)

    assert (folder / "ran").read_text() == "x"
