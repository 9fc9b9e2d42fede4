"""Registration: the jobs that a module offers, each checked before it is taken in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final, Protocol

from jobnb.authoring.declaration import class_faults
from jobnb.authoring.inputs import form_variables
from jobnb.authoring.job import Job
from jobnb.authoring.meta import read_meta, refusal
from jobnb.authoring.validation import has_own_check
from jobnb.errors import DeclarationError
from jobnb.protocol import CELL_MODULE, JobDescription

_registered: Final[dict[str, type[Job]]] = {}
_warnings: Final[dict[str, str]] = {}
"""Class path to what is wrong with a registered class that follows Nautobot."""


class JobMaker(Protocol):
    """What has a job class without being one, as a function under ``@jobs.job`` has."""

    @property
    def job_class(self) -> type[Job]:
        """The class that does the work."""


def register_jobs(*classes: type[Job] | JobMaker) -> None:
    """Makes jobs known; a module that defines jobs calls it at its end.

    Args:
        *classes: Job classes, and functions under ``@jobs.job``.

    Raises:
        DeclarationError: Classes do not fit together; none of this call is registered then, and
            the message names every fault of each. Those that follow Nautobot are registered all
            the same: see ``declaration_warnings()``.
    """
    known = registered_jobs()
    refusals = []
    for given in classes:
        job_class: Any = given
        if not isinstance(given, type):
            job_class = getattr(given, "job_class", given)
        message = _refusal(job_class, known)
        if message and not getattr(job_class, "follows_nautobot", False):
            refusals.append(message)
        else:
            if message:
                _warnings[job_class.class_path] = message
            if job_class.__module__ == CELL_MODULE:  # what is typed anew replaces what was there
                known[job_class.class_path] = job_class
            known.setdefault(job_class.class_path, job_class)
    if refusals:
        raise DeclarationError("\n".join(refusals))
    _registered.update(known)


def _refusal(job_class: Any, known: Mapping[str, type[Job]]) -> str | None:
    """Why this is not registered; None if nothing speaks against it."""
    if not isinstance(job_class, type):
        return (
            "register_jobs() takes classes, and functions decorated with jobs.job, not "
            f"{job_class!r}."
        )
    if not issubclass(job_class, Job):
        return refusal(job_class, ["the class does not derive from jobs.Job"])
    faults = list(class_faults(job_class, Job))
    is_retyped = job_class.__module__ == CELL_MODULE  # a cell that runs again replaces its class
    if not is_retyped and known.get(job_class.class_path, job_class) is not job_class:
        faults.append("another class of this name is registered already; rename one of them")
    return refusal(job_class, faults) if faults else None


def registered_jobs() -> dict[str, type[Job]]:
    """The registered classes by class path, in the order of registration."""
    return dict(_registered)


def registered_job(class_path: str) -> type[Job] | None:
    """The registered class of that path; None if there is none."""
    return _registered.get(class_path)


def declaration_warnings() -> dict[str, str]:
    """Class path to what is wrong with a class that was registered nevertheless."""
    return dict(_warnings)


def forget_jobs() -> None:
    """Empties the list of registered classes."""
    _registered.clear()
    _warnings.clear()


def describe_job(job_class: type[Job], file: str) -> JobDescription:
    """A registered class as plain data, for processes that never see the class.

    Args:
        job_class: A class without faults.
        file: Path below JOBS_ROOT of the file that defines it.
    """
    options = read_meta(job_class)
    meta = {
        option: list(value) if isinstance(value, tuple) else value
        for option, value in asdict(options).items()
        if option != "fieldsets"  # below, beside the variables that they name
    }
    return JobDescription(
        class_path=job_class.class_path,
        module=job_class.__module__,
        class_name=job_class.__name__,
        name=options.name,
        grouping=job_class.grouping,
        description=options.description,
        file=file,
        meta=meta,
        variables=tuple(item.describe(name) for name, item in form_variables(job_class).items()),
        fieldsets=options.fieldsets,
        supports_dryrun=job_class.supports_dryrun,
        checks_inputs=has_own_check(job_class),
    )
