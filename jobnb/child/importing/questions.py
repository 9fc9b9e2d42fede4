"""The questions that a describing child answers about the inputs of a job, each by a verb."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from jobnb.authoring.failure import ExceptionInfo
from jobnb.authoring.inputs import clean_inputs, look_at_inputs
from jobnb.authoring.job import Job
from jobnb.authoring.registration import registered_job
from jobnb.authoring.searching import search_objects
from jobnb.errors import DeclarationError, InvalidInput
from jobnb.protocol.marks import with_marks

Question = dict[str, Any]


def answer(question: Question) -> dict[str, Any]:
    """The answer to a question, or ``problems`` by input, or an ``error``.

    Args:
        question: ``verb``, ``class_path``, and what the verb wants.
    """
    job_class = registered_job(question["class_path"])
    if job_class is None:
        return {"error": f"there is no job {question['class_path']} any more"}
    try:
        return _VERBS[question["verb"]](job_class, question)
    except InvalidInput as error:
        return {"problems": error.problems}
    except DeclarationError as error:
        return {"error": str(error)}
    except BaseException as error:  # noqa: BLE001 - the job's own code takes part in this
        sentence = ExceptionInfo.of(error, hidden=__file__).sentence.removesuffix(".")
        return {"error": f"{sentence}{_place(error, job_class)}"}


def _place(error: BaseException, job_class: type[Job]) -> str:
    """Where in the author's files it was raised; empty if nobody knows."""
    package = job_class.__module__.partition(".")[0]
    place = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        if str(frame.f_globals.get("__name__")).partition(".")[0] == package:
            place = f" ({frame.f_code.co_name}() in {frame.f_code.co_filename}, line {line})"
    return place


def _clean(job_class: type[Job], question: Question) -> dict[str, Any]:
    return asdict(
        clean_inputs(job_class, _inputs(question), withholds_all=question["withholds_all"])
    )


def _look(job_class: type[Job], question: Question) -> dict[str, Any]:
    return asdict(look_at_inputs(job_class, _inputs(question), question["names"]))


def _search(job_class: type[Job], question: Question) -> dict[str, Any]:
    name, text, page = question["name"], question["text"], question["page"]
    return asdict(search_objects(job_class, name, text, page=page, raw=_inputs(question)))


def _inputs(question: Question) -> dict[str, Any]:
    return with_marks(question["inputs"], question["marks"])


_VERBS: Final[dict[str, Callable[[type[Job], Question], dict[str, Any]]]] = {
    "clean": _clean,
    "look": _look,
    "search": _search,
}
