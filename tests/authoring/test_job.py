"""The job class: its facts, and what an instance gives its author."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from jobnb.authoring.job import Job
from jobnb.authoring.joblog import JobLogger, get_task_logger


class Greet(Job):
    class Meta:
        name = "Hello World"
        time_limit = 2.5

    def run(self) -> None: ...


class Plain(Job):
    def run(self) -> None: ...


def working(work: Callable[[Any], Any]) -> type[Job]:
    """A job whose ``run()`` is the given function."""
    return type("Working", (Job,), {"run": work, "__module__": __name__})


class TestFacts:
    def test_the_grouping_is_the_name_of_the_module(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(globals(), "name", "Examples")

        assert Plain.grouping == "Examples"

    @pytest.mark.parametrize("name", ["", 3, None])
    def test_a_module_name_that_is_no_text_is_no_grouping(
        self, monkeypatch: pytest.MonkeyPatch, name: Any
    ) -> None:
        monkeypatch.setitem(globals(), "name", name)

        assert Plain.grouping == __name__

    def test_options_are_read_on_the_class_and_on_an_instance(self) -> None:
        assert (Greet.name, Greet().name) == ("Hello World", "Hello World")
        assert (Greet.time_limit, Plain.time_limit) == (2.5, 0)
        assert Greet().class_path == f"{__name__}.Greet"

    def test_a_job_knows_its_run_and_who_started_it(self, run_job: Any) -> None:
        def work(job: Job) -> list[str]:
            return [job.request.id, job.job_result.id, job.job_result.name, str(job.user)]

        outcome = run_job(working(work), run_id="r-7", job_name="The job", user="ada")

        assert json.loads(outcome.finished.value) == ["r-7", "r-7", "The job", "ada"]

    def test_the_logger_is_that_of_the_module(self) -> None:
        logger = Plain().logger

        assert isinstance(logger, JobLogger)
        assert logger is get_task_logger(__name__)

    def test_run_must_be_written_by_the_author(self) -> None:
        with pytest.raises(NotImplementedError):
            Job().run()


class TestCreateFile:
    @pytest.mark.parametrize(
        ("content", "kept"), [("ä", b"\xc3\xa4"), (b"\0\xff", b"\0\xff"), ("", b"")]
    )
    def test_text_and_bytes_are_kept(self, run_job: Any, content: Any, kept: bytes) -> None:
        outcome = run_job(working(lambda job: job.create_file("a b.txt", content).size))

        assert outcome.files == {"a b.txt": kept}
        assert outcome.finished.value == str(len(kept))

    def test_the_log_says_so_in_the_grouping_of_the_caller(self, run_job: Any) -> None:
        def write_report(job: Job) -> None:
            job.create_file("100%s.csv", "x")

        outcome = run_job(working(write_report))

        assert ("INFO", "write_report", "Created file [100%s.csv]") in outcome.lines

    def test_a_file_of_exactly_the_limit_is_kept(self, run_job: Any) -> None:
        outcome = run_job(working(lambda job: job.create_file("a", "12345").name), file_limit=5)

        assert outcome.files == {"a": b"12345"}

    def test_a_file_over_the_limit_is_refused_with_both_numbers(self, run_job: Any) -> None:
        outcome = run_job(working(lambda job: job.create_file("a", "123456")), file_limit=5)

        assert outcome.files == {}
        assert outcome.finished.exc_type == "ValueError"
        assert "has 6 bytes, but a file of a run may have 5 at most" in outcome.finished.detail

    @pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/a", "a\\b", "a\0b"])
    def test_what_is_no_plain_name_is_refused(self, run_job: Any, name: str) -> None:
        outcome = run_job(working(lambda job: job.create_file(name, "x")))

        assert outcome.files == {}
        assert f"{name!r} is no name for a file" in outcome.finished.detail

    @pytest.mark.parametrize("content", [None, 3, ["x"]])
    def test_content_that_is_neither_text_nor_bytes_is_refused(
        self, run_job: Any, content: Any
    ) -> None:
        outcome = run_job(working(lambda job: job.create_file("a", content)))

        assert outcome.finished.exc_type == "TypeError"


class TestLoad:
    @pytest.fixture
    def job(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
        """An instance of a job whose source lies in ``tmp_path / "jobs"``."""
        module = ModuleType("a_module_with_data")
        module.__file__ = str(tmp_path / "jobs" / "report.py")
        monkeypatch.setitem(sys.modules, module.__name__, module)
        (tmp_path / "jobs").mkdir()
        (tmp_path / "outside.json").write_text("1")
        job_class: type[Job] = type("Report", (Job,), {"__module__": module.__name__})
        return job_class()

    def test_json_beside_the_job_is_read(self, job: Job, tmp_path: Path) -> None:
        (tmp_path / "jobs" / "data.json").write_text('{"a": "ä"}', "utf-8")

        assert job.load_json("data.json") == {"a": "ä"}

    def test_yaml_beside_the_job_is_read(self, job: Job, tmp_path: Path) -> None:
        (tmp_path / "jobs" / "data.yaml").write_text("a: [1, ä]", "utf-8")

        assert job.load_yaml("data.yaml") == {"a": [1, "ä"]}

    def test_a_folder_below_the_job_may_be_named(self, job: Job, tmp_path: Path) -> None:
        (tmp_path / "jobs" / "data").mkdir()
        (tmp_path / "jobs" / "data" / "x.json").write_text("2")

        assert job.load_json("data/x.json") == 2

    @pytest.mark.parametrize("name", ["../outside.json", "data/../../outside.json", "/etc/hosts"])
    def test_what_lies_outside_of_the_folder_is_refused(self, job: Job, name: str) -> None:
        with pytest.raises(ValueError, match="lies outside of the folder of job 'Report'"):
            job.load_json(name)

    def test_yaml_makes_no_python_objects(self, job: Job, tmp_path: Path) -> None:
        (tmp_path / "jobs" / "evil.yaml").write_text("!!python/object/apply:os.getpid []")

        with pytest.raises(Exception, match="could not determine a constructor"):
            job.load_yaml("evil.yaml")

    def test_a_job_without_a_file_has_nothing_beside_it(self) -> None:
        job_class: type[Job] = type("Typed", (Job,), {"__module__": "no such module"})

        with pytest.raises(ValueError, match="Job 'Typed' has no file"):
            job_class().load_json("x.json")
