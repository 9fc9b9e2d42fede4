"""The questions that a describing child answers about the inputs of a job, each by a verb."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from jobnb.authoring.failure import ExceptionInfo
from jobnb.authoring.inputs import clean_inputs, look_at_inputs
from jobnb.authoring.job import Job, registered_jobs
from jobnb.errors import InvalidInput
from jobnb.protocol import Page

Question = dict[str, Any]


def answer(question: Question) -> dict[str, Any]:
    """The answer to a question, or ``problems`` by input, or an ``error``.

    Args:
        question: ``verb``, ``class_path``, and what the verb wants.
    """
    job_class = registered_jobs().get(question["class_path"])
    if job_class is None:
        return {"error": f"there is no job {question['class_path']} any more"}
    try:
        return _VERBS[question["verb"]](job_class, question)
    except InvalidInput as error:
        return {"problems": error.problems}
    except BaseException as error:  # noqa: BLE001 - the job's own code takes part in this
        return {"error": ExceptionInfo.of(error, hidden=__file__).sentence}


def _clean(job_class: type[Job], question: Question) -> dict[str, Any]:
    return asdict(clean_inputs(job_class, question["inputs"]))


def _look(job_class: type[Job], question: Question) -> dict[str, Any]:
    return asdict(look_at_inputs(job_class, question["inputs"], question["names"]))


def _search(_job_class: type[Job], _question: Question) -> dict[str, Any]:
    return asdict(Page(items=[]))


_VERBS: Final[dict[str, Callable[[type[Job], Question], dict[str, Any]]]] = {
    "clean": _clean,
    "look": _look,
    "search": _search,
}
