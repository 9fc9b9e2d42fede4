"""What the record of a job can set: each setting, how it is asked for, and what it must be."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from jobnb.authoring.variables import (
    BooleanVar,
    FloatVar,
    IntegerVar,
    StringVar,
    TextVar,
)
from jobnb.authoring.variables.variable import Variable
from jobnb.handles.records.setting_values import (
    Flag,
    Headings,
    Names,
    Patterns,
    Queues,
    Size,
    Word,
    setting_text,
)
from jobnb.protocol import LOG_LIMIT_WAYS, RETRY_CAUSES, JobDescription, WhenBusy
from jobnb.protocol.descriptions import SHOWN_SETTINGS

LONGEST_NAME: Final = 100
LONGEST_GROUPING: Final = 255


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
        if self.name in SHOWN_SETTINGS:
            return getattr(job, self.name)
        return job.meta.get(self.name)

    def one_line(self, value: Any) -> str:
        """A value as a table shows it: of a description the first line, of others all."""
        lines = setting_text(value).splitlines()
        return " | ".join(lines[:1] if self.name == "description" else lines)

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
        ("hidden", Flag(), "Whether lists leave it out unless asked for it."),
        ("field_order", Names(), "Inputs that its form shows first, with commas between."),
        ("fieldsets", Headings(), "Headings of its form, a line each, as Device: host, port."),
    ),
    *_below(
        "Inputs",
        (
            "has_sensitive_variables",
            Flag(),
            "Whether no input at all is stored; a run cannot be repeated then.",
        ),
        ("dryrun_default", Flag(), "Whether a run is a dry run unless told otherwise."),
        (
            "sanitizer_patterns",
            Patterns(),
            "What its log hides besides: a regular expression a line, perhaps with -> template.",
        ),
    ),
    *_below(
        "Queues and turns",
        ("task_queues", Queues(), "With commas between, the default one first."),
        ("is_singleton", Flag(), "Whether one run may work at a time."),
        ("max_concurrent", _count(lowest=1), "How many runs may work at a time."),
        (
            "concurrency_key",
            Names(),
            "Inputs whose values tell apart what is counted, with commas between.",
        ),
        ("when_busy", Word(list(WhenBusy)), "What becomes of a run beyond that."),
        ("fork", Flag(), "Whether a run may begin with the imports of another process."),
    ),
    *_below(
        "Limits of a run",
        ("soft_time_limit", _seconds(), "Seconds until the job is told to end. 0: the setting's."),
        ("time_limit", _seconds(), "Seconds until it is ended. 0: the setting's."),
        ("memory_limit", Size(), "Bytes, or as 512 MiB. 0: the setting's."),
        ("max_entries", _count(), "Entries of its log. 0: the setting's."),
        ("max_output", Size(), "Bytes of its log, or as 512 MiB. 0: the setting's."),
        ("on_log_limit", Word(LOG_LIMIT_WAYS), "What happens when the log is full."),
    ),
    *_below(
        "Another attempt",
        ("max_retries", _count(), "Attempts that may follow one that failed."),
        ("retry_on", Word(RETRY_CAUSES), "What another attempt follows."),
        ("retry_delay", _seconds(), "Seconds until the next attempt."),
        ("retry_backoff", Flag(), "Whether the delay doubles with each attempt."),
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


_FIXED: Final[Mapping[str, str]] = {
    "console_log_default": "what a job prints is always kept, so there is nothing to set",
    "read_only": "what the author says of the code; nothing acts on it",
    "template_name": "of Nautobot's pages, which are not here; nothing acts on it",
}
"""Meta options that no record replaces, and why."""


def fixed_of(job: JobDescription) -> dict[str, str]:
    """The Meta options of a job that its record cannot set, each with why."""
    if job.supports_dryrun:
        return dict(_FIXED)
    return {"dryrun_default": "it has no DryRunVar", **_FIXED}


def only_in_code(job: JobDescription) -> str:
    """The Meta options that cannot be set, each with its value and why, as one sentence."""
    said = (
        f"{name} ({setting_text(job.meta.get(name)) or 'empty'}): {reason}"
        for name, reason in fixed_of(job).items()
    )
    return f"Only in the code: {'; '.join(said)}."


def conflicts(job: JobDescription, set_: Collection[str]) -> Iterator[tuple[str, str]]:
    """What does not fit together in a job with its overrides: a setting, and a sentence.

    Args:
        job: With its overrides.
        set_: Their names.
    """
    for name, inputs in _named_inputs(job).items():
        if name in set_:
            yield from ((name, sentence) for sentence in _input_faults(job, inputs))
    sensitive = [name for name in job.meta.get("concurrency_key", ()) if _is_sensitive(job, name)]
    if "concurrency_key" in set_ and sensitive:
        names = ", ".join(sensitive)
        yield "concurrency_key", f"Not stored, so that it tells no runs apart: {names}."
    limit = job.meta.get("max_concurrent")
    if job.meta.get("is_singleton") and limit not in (None, 1):
        yield "is_singleton", f"It allows one run at a time, and max_concurrent allows {limit}."
    if job.meta.get("has_sensitive_variables") and job.meta.get("concurrency_key"):
        names = setting_text(job.meta["concurrency_key"])
        yield (
            "has_sensitive_variables",
            f"Runs are told apart by inputs ({names}), which must be stored for that.",
        )


def _named_inputs(job: JobDescription) -> dict[str, list[str]]:
    """What names inputs of the job, with their names."""
    return {
        "field_order": list(job.meta.get("field_order", ())),
        "fieldsets": [name for _, names in job.fieldsets for name in names],
        "concurrency_key": list(job.meta.get("concurrency_key", ())),
    }


def _input_faults(job: JobDescription, names: Sequence[str]) -> Iterator[str]:
    known = [variable.name for variable in job.variables]
    for name in dict.fromkeys(names):
        if name not in known:
            there = f"there are: {', '.join(known)}" if known else "it has none"
            yield f"The job has no input {name!r}; {there}."
        elif names.count(name) > 1:
            yield f"Name {name!r} once."


def _is_sensitive(job: JobDescription, name: str) -> bool:
    variable = job.variable(name)
    return variable is not None and variable.sensitive
