"""Loads an example job as a child does, and runs it in this process."""

from __future__ import annotations

import importlib.util
import json
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from jobnb.authoring.inputs import clean_inputs
from jobnb.authoring.job import Job
from jobnb.authoring.joblog import captured_logging
from jobnb.authoring.lifecycle import perform
from jobnb.protocol import FinishedEvent, LogEvent, RunEvent, RunSpec

JOBS_ROOT = Path(__file__).parents[2] / "jobs"


@dataclass(frozen=True)
class Outcome:
    """All that a run left."""

    end: FinishedEvent
    log: list[LogEvent]
    files: dict[str, bytes]

    @property
    def value(self) -> Any:
        return None if self.end.value is None else json.loads(self.end.value)

    def messages(self, level: str) -> list[str]:
        return [line.message for line in self.log if line.level == level]


def load(name: str) -> ModuleType:
    """The module of a file or package in the jobs folder, under the name it has in a child."""
    package = JOBS_ROOT / name / "__init__.py"
    file = package if package.exists() else JOBS_ROOT / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def run(job_class: type[Job], **inputs: Any) -> Outcome:
    """Checks the inputs and carries out the whole life of a run."""
    log: list[LogEvent] = []
    files: dict[str, bytes] = {}

    def emit(event: RunEvent) -> None:
        if isinstance(event, LogEvent):
            log.append(event)

    spec = RunSpec(
        run_id=str(uuid.uuid4()),
        class_path=job_class.class_path,
        job_name=job_class.name,
        inputs=clean_inputs(job_class, inputs).inputs,
        user="ada",
    )
    with captured_logging(emit, [job_class.__module__]):
        end = perform(job_class, spec, emit, files.__setitem__)
    return Outcome(end, log, files)
