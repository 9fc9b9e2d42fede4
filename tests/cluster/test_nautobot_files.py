"""Files written for Nautobot, byte for byte: every semantic of its jobs that needs no model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jobnb.handles import JobResult
from jobnb.protocol import LEVELS, EntryKind, Reason, Status
from jobnb.workbench import Workbench
from tests.cluster.conftest import Project
from tests.cluster.nautobot_files import FILES, INPUTS
from tests.processes import SECONDS

pytestmark = pytest.mark.cluster

PAGE = Path(__file__).parents[2] / "jobs" / "hello_world.py"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    root = tmp_path_factory.mktemp("nautobot")
    project = Project(root, f"sqlite:///{root / 'runs.sqlite'}", settings={"workers": 4})
    (root / "jobs").mkdir()
    for name, text in FILES.items():
        project.write(name, text)
    page = PAGE.read_text().replace("from jobnb import jobs", "from nautobot.apps import jobs")
    project.write("hello_world.py", page)
    with project.open() as opened:
        yield opened


@pytest.fixture(scope="module")
def results(bench: Workbench) -> dict[str, JobResult]:
    """Every job, run once."""
    submitted = {
        name: bench.get_job(name).submit(**INPUTS.get(name, {})) for name in bench.catalog()
    }
    return {name: result.wait(SECONDS) for name, result in submitted.items()}


def lines(result: JobResult) -> list[tuple[str, str, str]]:
    """Level, grouping and message of the author's log lines."""
    return [
        (entry.level, entry.grouping, entry.message)
        for entry in result.log
        if entry.kind is EntryKind.LOG and entry.grouping not in {"initialization", "post_run"}
    ]


def test_the_page_runs_as_it_stands(results) -> None:
    result = results["Hello World"]

    assert result.status is Status.SUCCESS
    assert result.record.grouping == "Examples"
    assert lines(result) == [("INFO", "run", "Hello, world!")]


def test_a_passing_job_has_its_lines_groupings_and_counts(results) -> None:
    result = results["Passing"]

    assert (result.status, result.value) == (Status.SUCCESS, {"set": [1, 2], "tuple": [1]})
    assert lines(result) == [
        ("INFO", "run", "from the module"),
        ("DEBUG", "first", "a debug line"),
        ("SUCCESS", "run", "fine"),
        ("ERROR", "helper", "no name for it"),
    ]
    counts = {"DEBUG": 1, "INFO": 2, "SUCCESS": 2, "ERROR": 1}
    assert result.record.counts == {level: counts.get(level, 0) for level in LEVELS}
    assert result.record.error_count == 1


def test_an_exception_is_no_log_line_and_leads_to_the_hooks(results) -> None:
    result = results["Raising"]

    assert (result.status, result.reason) == (Status.FAILURE, Reason.EXCEPTION)
    assert (result.record.exc_type, result.record.exc_message) == ("ValueError", "the message")
    assert 'raise ValueError("the message")' in result.traceback
    assert lines(result) == [
        ("INFO", "run", "before"),
        ("INFO", "hooks", "on_failure"),
        ("INFO", "hooks", "after_return"),
    ]
    assert result.record.error_count == 0


def test_fail_goes_on_and_keeps_the_value(results) -> None:
    result = results["Cleanly"]

    assert (result.status, result.value, result.traceback) == (Status.FAILURE, "kept", None)
    assert lines(result) == [("FAILURE", "run", "not well"), ("INFO", "run", "goes on")]


def test_fail_in_before_start_skips_run(results) -> None:
    result = results["Refuses"]

    assert (result.status, result.value) == (Status.FAILURE, "early")
    assert lines(result) == [("FAILURE", "before_start", "not today")]


def test_an_exception_in_before_start_skips_run_and_leads_to_the_hooks(results) -> None:
    result = results["RaisesEarly"]

    assert (result.status, result.record.exc_message) == (Status.FAILURE, "early")
    assert lines(result) == [("INFO", "after_return", "after_return")]


def test_an_exception_in_on_success_makes_it_a_failure(results) -> None:
    result = results["SpoilsSuccess"]

    assert (result.status, result.record.exc_message) == (Status.FAILURE, "spoilt")
    assert lines(result) == [("INFO", "on_failure", "on_failure")]


def test_a_job_without_run_is_registered_with_a_warning_and_fails_when_run(bench, results) -> None:
    warned = [
        problem.message for problem in bench.catalog().problems if "Unwritten" in problem.message
    ]

    assert results["Unwritten"].record.exc_type == "NotImplementedError"
    assert len(warned) == 1
    assert warned[0].startswith("warning")


def test_every_variable_arrives_as_in_nautobot(bench, results) -> None:
    result = results["Every input"]
    names = [variable.name for variable in bench.catalog()["Every input"].variables]

    assert result.detail == ""
    assert result.value == ["x", 0, True, "b", ["a"], "10.0.0.1", {"a": [1]}, False]
    assert names[:2] == ["network", "text"]


def test_inputs_are_sensitive_unless_the_job_says_otherwise(bench, results) -> None:
    result = results["Secretive"]

    assert result.status is Status.SUCCESS
    assert result.inputs == {"who": "********"}
    assert bench.catalog()["Secretive"].meta["has_sensitive_variables"] is True


def test_files_are_kept_up_to_nautobots_limit(results) -> None:
    result = results["Writer"]

    assert result.value == 42
    assert {file.name: file.read() for file in result.files} == {
        "text.txt": b"hello",
        "data.bin": b"\x00\xff",
    }
    assert ("WARNING", "run", "refused: ValueError") in lines(result)


def test_the_soft_limit_is_celerys_exception_and_odd_options_only_warn(bench, results) -> None:
    result = results["Slow"]
    (warned,) = (item.message for item in bench.catalog().problems if item.file == "limits.py")

    assert (result.status, result.value) == (Status.SUCCESS, "in time")
    assert "Meta.approval_required is no option" in warned
    assert "Meta.description must be text, not 17" in warned
    assert bench.catalog()["Slow"].meta["soft_time_limit"] == 1


def test_what_looks_like_a_secret_is_redacted_at_every_level(results) -> None:
    result = results["Careless"]

    assert [line for line in lines(result) if line[1] != "run"] == [
        *((level, "levels", "The secret is (redacted)") for level in LEVELS),
        ("INFO", "arguments", "password: (redacted)"),
        ("INFO", "url", "clone https://(redacted)@git.example.org/lab.git"),
    ]


def test_output_and_exception_are_redacted_and_files_are_not(results) -> None:
    result = results["Careless"]
    refused = "no answer from https://(redacted)@git.example.org/lab.git"

    assert result.status is Status.FAILURE
    assert (result.record.exc_type, result.record.exc_message) == ("ValueError", refused)
    assert f"ValueError: {refused}" in result.traceback
    assert "hunter2" not in f"{result.traceback}{result.detail}{list(result.log)}"
    assert "username (redacted) password (redacted)" in str(list(result.log))
    assert [file.read() for file in result.files] == [b"password: hunter2"]


def test_a_description_in_the_class_counts_as_there(bench) -> None:
    description = bench.catalog()["Passing"].description

    assert description == "Says it in the class, as Nautobot's own test jobs do."


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("models.py", "nautobot.dcim needs Nautobot with its database, and it is not installed"),
        ("django_models.py", "django is not installed here; what a job for Nautobot does with it"),
        ("plugin.py", "nautobot_ssot is not installed here; what a job for Nautobot does with it"),
    ],
)
def test_a_file_that_needs_models_says_so(bench, file, sentence) -> None:
    (problem,) = (item for item in bench.catalog().problems if item.file == file)

    assert problem.message.startswith(f"line 2: ModuleNotFoundError: {sentence}")
    assert problem.message.endswith(
        "of Nautobot, jobnb gives job files only jobs with their variables, register_jobs() and "
        "choices"
    )
