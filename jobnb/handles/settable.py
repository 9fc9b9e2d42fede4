"""What the record of a job can set: each setting, how it is asked for, and what it must be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from jobnb.authoring.variables import (
    BooleanVar,
    ChoiceVar,
    FloatVar,
    IntegerVar,
    StringVar,
    TextVar,
)
from jobnb.authoring.variables.variable import Complaint, Variable
from jobnb.protocol import (
    LOG_LIMIT_WAYS,
    RETRY_CAUSES,
    JobDescription,
    WhenBusy,
    parse_size,
)

LONGEST_NAME: Final = 100
LONGEST_GROUPING: Final = 255

_QUEUE: Final = re.compile(r"[^\s,=]+")
_YES: Final = ("yes", "true", "on", "1")
_NO: Final = ("no", "false", "off", "0")


class _Flag(ChoiceVar):
    """Yes, no, or what the code says."""

    def __init__(self) -> None:
        super().__init__((("yes", "Yes"), ("no", "No")), required=False)

    def _parse(self, raw: Any) -> Any:
        word = str(raw).strip().lower()
        return "yes" if word in _YES else "no" if word in _NO else super()._parse(raw)

    def _store(self, value: Any) -> Any:
        return value == "yes"


class _Word(ChoiceVar):
    """One of some words."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__(list(words), required=False)


class _Size(StringVar):
    """Bytes, or a text as ``512 MiB``."""

    def _check(self, value: str) -> Iterator[str]:
        try:
            parse_size(_number_in(value))
        except ValueError:
            yield "Enter a number of bytes, or a size as 512 MiB."

    def _store(self, value: str) -> Any:
        return _number_in(value)


class _Queues(StringVar):
    """Names of queues, the default one first."""

    def _parse(self, raw: Any) -> str | None:
        if isinstance(raw, list | tuple):
            if not all(isinstance(name, str) for name in raw):
                raise Complaint(["Enter names of queues."])
            raw = ", ".join(raw)
        return super()._parse(raw)

    def _check(self, value: str) -> Iterator[str]:
        for name in self._store(value):
            if not _QUEUE.fullmatch(name):
                yield f"{name!r} is no name of a queue: it has no blanks and equals signs."

    def _store(self, value: str) -> list[str]:
        return [name.strip() for name in value.split(",") if name.strip()]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One thing that a job record can set."""

    name: str
    variable: Variable
    heading: str
    """Below which it stands in the form."""
    help: str

    def own_value(self, job: JobDescription) -> Any:
        """What the code says; None for ``enabled``, of which it says nothing."""
        if self.name in ("name", "grouping", "description"):
            return getattr(job, self.name)
        return job.meta.get(self.name)

    def clean(self, raw: Any) -> Any:
        """What is stored for what somebody gave; None if that is nothing.

        Raises:
            Complaint: It does not fit.
        """
        value = self.variable.clean(raw)
        return None if value in ("", []) else value


ENABLED: Final = Setting(
    name="enabled", variable=BooleanVar(), heading="", help="Whether it may be run."
)


def _below(heading: str, *settings: tuple[str, Variable, str]) -> list[Setting]:
    return [
        Setting(name=name, variable=variable, heading=heading, help=text)
        for name, variable, text in settings
    ]


def _line(longest: int) -> StringVar:
    return StringVar(max_length=longest, required=False)


def _count(lowest: int = 0) -> IntegerVar:
    return IntegerVar(min_value=lowest, required=False)


def _seconds() -> FloatVar:
    return FloatVar(min_value=0, required=False)


_ALL: Final = [
    ENABLED,
    *_below(
        "How it is shown",
        ("name", _line(LONGEST_NAME), "Display name."),
        ("grouping", _line(LONGEST_GROUPING), "Where lists have it."),
        ("description", TextVar(required=False), "What it does."),
        ("hidden", _Flag(), "Whether lists leave it out unless asked for it."),
    ),
    *_below(
        "Inputs",
        (
            "has_sensitive_variables",
            _Flag(),
            "Whether no input at all is stored; a run cannot be repeated then.",
        ),
        ("dryrun_default", _Flag(), "Whether a run is a dry run unless told otherwise."),
    ),
    *_below(
        "Queues and turns",
        ("task_queues", _Queues(required=False), "With commas between, the default one first."),
        ("is_singleton", _Flag(), "Whether one run may work at a time."),
        ("max_concurrent", _count(lowest=1), "How many runs may work at a time."),
        ("when_busy", _Word(list(WhenBusy)), "What becomes of a run beyond that."),
    ),
    *_below(
        "Limits of a run",
        ("soft_time_limit", _seconds(), "Seconds until the job is told to end. 0: the setting's."),
        ("time_limit", _seconds(), "Seconds until it is ended. 0: the setting's."),
        ("memory_limit", _Size(required=False), "Bytes, or as 512 MiB. 0: the setting's."),
        ("max_entries", _count(), "Entries of its log. 0: the setting's."),
        ("max_output", _Size(required=False), "Bytes of its log, or as 512 MiB. 0: the setting's."),
        ("on_log_limit", _Word(LOG_LIMIT_WAYS), "What happens when the log is full."),
    ),
    *_below(
        "Another attempt",
        ("max_retries", _count(), "Attempts that may follow one that failed."),
        ("retry_on", _Word(RETRY_CAUSES), "What another attempt follows."),
        ("retry_delay", _seconds(), "Seconds until the next attempt."),
        ("retry_backoff", _Flag(), "Whether the delay doubles with each attempt."),
        ("retry_delay_max", _seconds(), "Seconds that a doubled delay may become at most."),
    ),
]


def settings_of(job: JobDescription) -> dict[str, Setting]:
    """What can be set of a job, by name, in the order of the form."""
    return {
        setting.name: setting
        for setting in _ALL
        if setting.name != "dryrun_default" or job.supports_dryrun
    }


def setting_text(value: Any) -> str:
    """A value of a setting as people write it; empty for none."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.15g}"
        case list() | tuple():
            return ", ".join(map(str, value))
    return str(value)


def conflicts(job: JobDescription) -> Iterator[tuple[str, str]]:
    """What does not fit together in a job with its overrides: a setting, and a sentence."""
    limit = job.meta.get("max_concurrent")
    if job.meta.get("is_singleton") and limit not in (None, 1):
        yield "is_singleton", f"It allows one run at a time, and max_concurrent allows {limit}."
    if job.meta.get("has_sensitive_variables") and job.meta.get("concurrency_key"):
        names = setting_text(job.meta["concurrency_key"])
        yield (
            "has_sensitive_variables",
            f"The code tells runs apart by inputs ({names}), which must be stored for that.",
        )


def _number_in(text: str) -> Any:
    return int(text) if text.isdecimal() else text
