"""What the tests of the authors' room share: a run in this process, with all that it reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from jobnb.authoring.job import Job
from jobnb.authoring.joblog import captured_logging
from jobnb.authoring.lifecycle import perform
from jobnb.authoring.registration import forget_jobs
from jobnb.protocol import FinishedEvent, LogEvent, RunEvent, RunSpec


@dataclass
class Outcome:
    """A run that has ended, and everything it sent."""

    events: list[RunEvent] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    finished: FinishedEvent = None  # type: ignore[assignment]  # set at the end

    @property
    def lines(self) -> list[tuple[str, str, str]]:
        """Level, grouping and message of each log line."""
        return [
            (event.level, event.grouping, event.message)
            for event in self.events
            if isinstance(event, LogEvent)
        ]

    @property
    def messages(self) -> list[str]:
        return [message for _, _, message in self.lines]


@pytest.fixture
def run_job() -> Callable[..., Outcome]:
    """Performs a job class: ``run_job(Greet, {"who": "x"}, file_limit=10)``."""

    def run(job_class: type[Job], inputs: dict[str, Any] | None = None, **more: Any) -> Outcome:
        values = {"run_id": "run-1", "job_name": "The job", "user": "ada", **more}
        spec = RunSpec(class_path=job_class.class_path, inputs=inputs or {}, **values)
        outcome = Outcome()
        with captured_logging(outcome.events.append, [job_class.__module__]):
            outcome.finished = perform(
                job_class, spec, outcome.events.append, outcome.files.__setitem__
            )
        return outcome

    return run


@pytest.fixture(autouse=True)
def no_registered_jobs() -> Iterator[None]:
    """Each test starts, and leaves, with an empty list of registered jobs."""
    forget_jobs()
    yield
    forget_jobs()
