"""The authors' face."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from jobnb import jobs
from jobnb.authoring.registration import describe_job, forget_jobs, registered_jobs

HEAVY = ("sqlalchemy", "alembic", "distributed", "dask", "IPython", "ipywidgets", "yaml")

PAGE = """
from jobnb import jobs

name = "Examples"                 # Grouping shown in the UI

class HelloWorldJob(jobs.Job):
    class Meta:
        name = "Hello World"      # Job name

    who = jobs.StringVar(         # One user-supplied variable
        description="Whom should we greet?",
        default="world",
    )

    def run(self, *, who):
        self.logger.info("Hello, %s!", who) # code to execute when the Job is run goes here

jobs.register_jobs(HelloWorldJob) # <- required in Nautobot 2.x
"""


def test_the_exported_names_are_sorted_and_all_there() -> None:
    face = Path(jobs.__file__).read_text("utf-8")
    imported = {
        alias.name
        for node in ast.walk(ast.parse(face))
        if isinstance(node, ast.ImportFrom) and node.module != "__future__"
        for alias in node.names
    }

    assert jobs.__all__ == sorted(jobs.__all__)
    assert set(jobs.__all__) == imported


def test_importing_the_face_loads_no_heavy_guest() -> None:
    program = f"import sys; from jobnb import jobs; print([m for m in {HEAVY} if m in sys.modules])"

    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert found.stdout.strip() == "[]"


def test_the_job_of_nautobots_first_page_needs_only_another_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_jobs()
    (tmp_path / "hello_world.py").write_text(PAGE, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "hello_world", raising=False)

    __import__("hello_world")

    (job_class,) = registered_jobs().values()
    described = describe_job(job_class, "hello_world.py")
    assert (described.name, described.grouping) == ("Hello World", "Examples")
    assert described.class_path == "hello_world.HelloWorldJob"
    assert [(item.name, item.default) for item in described.variables] == [("who", "world")]
    forget_jobs()
    del sys.modules["hello_world"]
