"""What a run returns, and the lines that jobnb adds to its log."""

from __future__ import annotations

from typing import Any

from jobnb.authoring.job import Job
from jobnb.protocol import LogEvent, Status, StepEvent


def working(work: Any, **attributes: Any) -> type[Job]:
    return type("Working", (Job,), {"run": work, "__module__": __name__, **attributes})


def test_one_that_cannot_be_kept_is_a_warning_and_no_failure(run_job: Any) -> None:
    outcome = run_job(working(lambda job: object()))

    problem = (
        "The return value was not kept: an object of type 'object' has no JSON form. "
        "Return JSON values or a DataFrame, or keep it with create_file()."
    )
    assert outcome.lines[1:] == [
        ("WARNING", "post_run", problem),
        ("SUCCESS", "post_run", "Job completed"),
    ]
    assert (outcome.finished.status, outcome.finished.value) == (Status.SUCCESS, None)
    assert outcome.finished.value_problem == problem


def test_one_over_the_limit_is_not_kept(run_job: Any) -> None:
    end = run_job(working(lambda job: "x" * 100), value_limit=50).finished

    assert "has 102 bytes as JSON, and the limit is 50" in end.value_problem


def test_what_hooks_return_does_not_count(run_job: Any) -> None:
    job_class = working(lambda job: 1, on_success=lambda *_: 2, after_return=lambda *_: 3)

    assert run_job(job_class).finished.value == "1"


def test_lines_of_jobnb_survive_whatever_a_job_does_to_logging(run_job: Any) -> None:
    def work(job: Job) -> None:
        job.logger.disabled = True

    outcome = run_job(working(work, __module__="a_silenced_module"))

    assert outcome.messages == ["Running job", "Job completed"]
    assert {type(event) for event in outcome.events} == {LogEvent, StepEvent}
