"""Jobs that were typed into ``__main__``: found here, asked in a child that has their code."""

from __future__ import annotations

import os
import sys
import textwrap
from types import ModuleType

import pytest

from jobnb.authoring.registration import forget_jobs
from jobnb.catalogs.sources.cells import CellSource
from jobnb.errors import ChildError, InvalidInput, JobNotFound, NotCarried, RunRefused
from jobnb.settings import child_environment, load_settings
from tests.catalogs.conftest import hasty


class Notebook:
    """A ``__main__`` of its own, and the source of jobs that looks at it."""

    def __init__(self, tmp_path, **settings) -> None:
        self.main = sys.modules["__main__"]
        arguments = {"cache_dir": tmp_path / "cache", **settings}
        self.source = CellSource(load_settings(arguments, folder=tmp_path), child_environment)

    def type(self, text: str) -> None:
        code = compile("from jobnb import jobs\n" + textwrap.dedent(text), "Cell In[1]", "exec")
        exec(code, vars(self.main))

    def jobs(self):
        return {job.name: job for found in self.source.find() for job in found.jobs}

    def clean(self, name: str, **inputs):
        job = self.jobs()[name]
        return self.source.expert(job.origin).clean(job, inputs).inputs


@pytest.fixture
def notebook(tmp_path, monkeypatch, time_limit):
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    monkeypatch.chdir(tmp_path)
    forget_jobs()
    opened = Notebook(tmp_path, answer_time_limit=time_limit)
    yield opened
    opened.source.close()
    forget_jobs()


COUNT = """
import os

def limit():
    return 10

class Count(jobs.Job):
    number = jobs.IntegerVar(default=1)

    @classmethod
    def clean(cls, inputs):
        if inputs["number"] > limit():
            raise jobs.ValidationError(f"{limit()} at most, says {os.getpid()}.")
        return inputs

    def run(self, *, number):
        return number
"""


def test_a_job_is_checked_by_its_own_code_in_another_process(notebook):
    notebook.type(COUNT)
    with pytest.raises(InvalidInput) as raised:
        notebook.clean("Count", number=11)
    pid = int(str(raised.value).split("says ")[1].removesuffix("."))

    assert notebook.clean("Count", number="7") == {"number": 7}
    assert pid != os.getpid()


def test_a_helper_that_is_typed_anew_counts_at_once_and_the_job_is_the_same(notebook):
    notebook.type(COUNT)
    [before] = notebook.source.find()
    with pytest.raises(InvalidInput, match="10 at most"):
        notebook.clean("Count", number=11)
    notebook.type("def limit():\n    return 12\n")

    assert notebook.clean("Count", number=11) == {"number": 11}
    assert notebook.source.find() == (before,)


@hasty
def test_code_that_hangs_is_ended_and_named(notebook):
    notebook.type(COUNT.replace("return 10", "import time; time.sleep(60)"))

    with pytest.raises(ChildError, match=r"Job 'Count' cannot check its inputs: .* within 2 s"):
        notebook.clean("Count", number=11)


def test_a_base_without_run_and_what_was_imported_are_no_jobs_of_the_notebook(notebook):
    notebook.type(
        """
        from jobs_elsewhere import Other

        class Base(jobs.Job):
            number = jobs.IntegerVar(default=1)

        class Derived(Base):
            def run(self, *, number): pass

        class Proxy:
            def __getattr__(self, name): raise ValueError(name)

        proxy = Proxy()
        _ = Derived
        alias = Derived
        """.replace("from jobs_elsewhere import Other", "Other = jobs.Job")
    )

    assert list(notebook.jobs()) == ["Derived"]


def test_a_job_that_does_not_fit_together_is_a_problem_of_its_cell(notebook):
    notebook.type("class Wrong(jobs.Job):\n    number = jobs.IntegerVar()\n    def run(self): pass")
    [found] = notebook.source.find()

    assert found.jobs == ()
    assert found.problems[0].file == "Cell In[1]"
    assert "number" in found.problems[0].message


def test_a_job_that_was_deleted_is_gone(notebook):
    notebook.type(COUNT)
    job = notebook.jobs()["Count"]
    del notebook.main.Count

    assert notebook.jobs() == {}
    with pytest.raises(JobNotFound):
        notebook.source.carry(job)


def test_a_class_that_no_name_stands_for_can_be_given(notebook):
    notebook.type(COUNT.replace("class Count", "def make():\n  pass\nclass Count"))
    count = notebook.main.Count
    del notebook.main.Count
    notebook.source.admit(count)
    first = notebook.jobs()
    notebook.type(COUNT)

    assert list(first) == ["Count"]
    with pytest.raises(RunRefused, match="was defined anew since"):
        notebook.source.admit(count)


def test_a_module_beside_the_notebook_goes_along_and_an_installed_one_does_not(notebook, tmp_path):
    (tmp_path / "beside_it.py").write_text("def limit():\n    return 3\n")
    sys.path.insert(0, "")
    try:
        notebook.type(COUNT + "\nfrom beside_it import limit\nimport json\n")
        with pytest.raises(InvalidInput, match="3 at most"):
            notebook.clean("Count", number=4)
        carried = notebook.source.carry(notebook.jobs()["Count"])
    finally:
        sys.path.remove("")
        sys.modules.pop("beside_it", None)

    assert [file.path for file in carried.snapshot.files] == ["beside_it.py"]
    assert len(carried.code) < 20_000


def test_a_module_that_is_missing_in_the_child_is_named(notebook, tmp_path):
    ghost = ModuleType("ghost_module")
    sys.modules["ghost_module"] = ghost
    try:
        notebook.type(COUNT.replace("return 10", "return ghost_module and 10"))
        notebook.main.ghost_module = ghost
        with pytest.raises((ChildError, NotCarried), match="ghost_module"):
            notebook.clean("Count", number=4)
    finally:
        del sys.modules["ghost_module"]
