"""The authors' face: ``from jobnb import jobs``."""

from __future__ import annotations

from jobnb.authoring.job import Job, register_jobs
from jobnb.authoring.joblog import get_task_logger
from jobnb.authoring.variables import BooleanVar, IntegerVar, StringVar
from jobnb.errors import SoftTimeLimitExceeded

__all__ = [
    "BooleanVar",
    "IntegerVar",
    "Job",
    "SoftTimeLimitExceeded",
    "StringVar",
    "get_task_logger",
    "register_jobs",
]
