"""Validation: what a job's own ``clean()`` says about all of its inputs together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from jobnb.authoring.attention import busy_with_job
from jobnb.errors import WHOLE_JOB, DeclarationError

UNSAID: Final = "clean() refuses these inputs and does not say why."

Messages = str | Sequence[str]


class ValidationError(ValueError):
    """Raised by an author's ``clean()`` for inputs that do not fit each other.

    Attributes:
        problems: Input name to its complaints; under ``"__all__"`` those about the job as a whole.
    """

    def __init__(self, complaints: Messages | Mapping[str, Messages]) -> None:
        """Holds the complaints.

        Args:
            complaints: Input name to a sentence or a list of them; or only such, about the whole.

        Raises:
            TypeError: They are something else.
        """
        by_name = complaints if isinstance(complaints, Mapping) else {WHOLE_JOB: complaints}
        self.problems = {str(name): _sentences(texts) for name, texts in by_name.items()}
        super().__init__(complaints)

    def __str__(self) -> str:
        return " ".join(
            text if name == WHOLE_JOB else f"{name}: {text}"
            for name, texts in self.problems.items()
            for text in texts
        )

    def problems_of(self, names: Sequence[str]) -> dict[str, list[str]]:
        """The complaints in the order of these names; about any other one is about the whole."""
        problems = {name: self.problems[name] for name in names if name in self.problems}
        others = [
            text if name == WHOLE_JOB else f"{name}: {text}"
            for name, texts in self.problems.items()
            if name not in problems
            for text in texts
        ]
        if not problems and not others:
            others = [UNSAID]
        return problems | ({WHOLE_JOB: others} if others else {})


def _sentences(texts: Any) -> list[str]:
    if not isinstance(texts, str | list | tuple):
        raise TypeError(
            "jobs.ValidationError takes a sentence, a list of sentences, or a dictionary of these "
            f"by input; {texts!r:.100} is none of them"
        )
    given = [texts] if isinstance(texts, str) else [str(text) for text in texts]
    return [text for text in given if text.strip()] or [UNSAID]


class CheckedTogether:
    """What has inputs, and may have something to say about all of them together."""

    @classmethod
    def clean(cls, inputs: dict[str, Any]) -> dict[str, Any]:
        """Checks all inputs together; a job that has something to check overrides it.

        Called when each input is fine by itself, in the process that describes the jobs, before
        anything is started or stored.

        Args:
            inputs: What ``run()`` would get, also for inputs that are not asked for now. Of a file
                all but its content; of a secret that the worker looks up, only where it does.

        Returns:
            The inputs, changed or not.

        Raises:
            ValidationError: They do not fit: ``{"start": "must lie before the end"}``.
        """
        return inputs


def has_own_check(job_class: type) -> bool:
    """Whether a class has a ``clean()`` of its own."""
    ours = CheckedTogether.clean.__func__  # type: ignore[attr-defined]  # it is a bound method
    check = getattr(job_class, "clean", None)
    return check is not None and getattr(check, "__func__", None) is not ours


def check_across(job_class: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What the ``clean()`` of a class returns, all inputs and no others.

    Raises:
        ValidationError: They do not fit each other.
        DeclarationError: It returns something else.
    """
    busy_with_job()
    outcome = job_class.clean(dict(inputs))
    if faults := list(_outcome_faults(outcome, list(inputs))):
        raise DeclarationError(
            f"clean() of job {job_class.__name__!r} must return {', and '.join(faults)}"
        )
    return {name: outcome[name] for name in inputs}


def _outcome_faults(outcome: Any, names: Sequence[str]) -> Iterator[str]:
    if not isinstance(outcome, Mapping):
        yield f"the inputs, not {type(outcome).__name__!r}; end it with: return inputs"
        return
    if missing := [repr(name) for name in names if name not in outcome]:
        yield f"all inputs, but {', '.join(missing)} is missing"
    if unknown := [repr(name) for name in outcome if name not in names]:
        yield f"only inputs of the job, but {', '.join(unknown)} is none"
