"""What files written for Nautobot import, in jobnb's own terms; given by the child's look-alikes.

Names and values are Nautobot's and Celery's, so that such a file runs as it is.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from jobnb.authoring import job as own
from jobnb.authoring.meta import read_meta
from jobnb.authoring.registration import registered_job, registered_jobs
from jobnb.authoring.variables import Variable
from jobnb.protocol import READY_STATES as _READY
from jobnb.protocol import Status


@dataclass(frozen=True)
class JobModel:
    """As much of Nautobot's job record as a run can know."""

    name: str
    grouping: str
    class_path: str
    enabled: bool = True
    installed: bool = True

    def __str__(self) -> str:
        return self.name


class Job(own.Job):
    """The base of jobs in files that import from Nautobot: wrong declarations warn there."""

    follows_nautobot: ClassVar[bool] = True

    @property
    def job_model(self) -> JobModel:
        """The record of the job."""
        cls = type(self)
        return JobModel(self.request.job_result.name, cls.grouping, cls.class_path)

    @property
    def celery_kwargs(self) -> dict[str, Any]:
        """Options that Celery would have been given; there is no Celery."""
        return {}

    class_path_dotted = registered_name = own.Job.__dict__["class_path"]
    file_path = own.ClassFact(inspect.getfile)
    description_first_line = own.ClassFact(
        lambda cls: next(iter(read_meta(cls).description.splitlines()), "")
    )


def is_job(value: object) -> bool:
    """Whether something is a job class, and not the base of all."""
    return isinstance(value, type) and issubclass(value, own.Job) and value not in {Job, own.Job}


def is_variable(value: object) -> bool:
    """Whether something is a declared variable."""
    return isinstance(value, Variable)


def get_jobs(*, reload: bool = False) -> dict[str, type[own.Job]]:  # noqa: ARG001 - Nautobot's name
    """The registered classes by class path."""
    return registered_jobs()


def get_job(class_path: str, *, reload: bool = False) -> type[own.Job] | None:  # noqa: ARG001
    """The registered class; None if there is none."""
    return registered_job(class_path)


class RunJobTaskFailed(Exception):
    """A run could not be prepared."""


class AbortTransaction(Exception):
    """Ends a block of work on purpose."""


class CeleryError(Exception):
    """The base of Celery's errors."""


class Ignore(CeleryError):
    """Celery keeps the status as it is; here a run always gets an end: FAILURE."""


class Reject(CeleryError):
    """Celery gives the task back; here it ends in FAILURE."""


class TimeLimitExceeded(CeleryError):
    """Never raised in a job: its processes are ended."""


class JobResultStatusChoices:
    """The statuses; those that jobnb has are the very objects that hooks get."""

    STATUS_PENDING: Final = Status.PENDING
    STATUS_STARTED: Final = Status.STARTED
    STATUS_RETRY: Final = Status.RETRY
    STATUS_SUCCESS: Final = Status.SUCCESS
    STATUS_FAILURE: Final = Status.FAILURE
    STATUS_REVOKED: Final = Status.REVOKED
    STATUS_RECEIVED: Final = "RECEIVED"
    STATUS_REJECTED: Final = "REJECTED"
    STATUS_IGNORED: Final = "IGNORED"

    READY_STATES: Final = _READY
    EXCEPTION_STATES: Final = frozenset({Status.RETRY, Status.FAILURE, Status.REVOKED})
    PROPAGATE_STATES: Final = frozenset({Status.FAILURE, Status.REVOKED})
    UNREADY_STATES: Final = frozenset({
        *(Status.PENDING, Status.STARTED, Status.RETRY, STATUS_RECEIVED, STATUS_REJECTED),
    })  # fmt: skip

    CHOICES: Final = tuple(
        (str(status), str(status))
        for status in (
            *(STATUS_FAILURE, STATUS_PENDING, STATUS_RECEIVED, STATUS_RETRY, STATUS_REVOKED),
            *(STATUS_STARTED, STATUS_SUCCESS),
        )
    )

    @classmethod
    def values(cls) -> list[str]:
        """The statuses that a result can have."""
        return [value for value, _ in cls.CHOICES]


class LogLevelChoices:
    """The levels of log entries, as Nautobot writes them."""

    LOG_DEBUG: Final = "debug"
    LOG_INFO: Final = "info"
    LOG_SUCCESS: Final = "success"
    LOG_WARNING: Final = "warning"
    LOG_FAILURE: Final = "failure"
    LOG_ERROR: Final = "error"
    LOG_CRITICAL: Final = "critical"
