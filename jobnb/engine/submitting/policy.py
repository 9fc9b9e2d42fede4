"""The policy of a run: its limits and retries, taken from all who may say something about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, Final

from jobnb.protocol import JobDescription, Limits, Retries, RunPolicy, parse_size
from jobnb.protocol.patterns import DEFAULT_PATTERNS, joined, read_patterns
from jobnb.settings import Settings

_LIMITS = ("soft_time_limit", "time_limit", "memory_limit")
"""Options that a policy is made of."""
_SIZES = ("memory_limit", "max_output")
_OF_LIMITS: Final = tuple(item.name for item in fields(Limits))
_OF_RETRIES: Final = tuple(item.name for item in fields(Retries))


def fix_policy(
    job: JobDescription,
    options: Mapping[str, Any],
    settings: Settings,
) -> RunPolicy:
    """What holds for a run from its submission on, whatever changes meanwhile.

    Options go before what the job says, that before the settings. As in Nautobot, 0 in a job stands
    for the setting; as an option it means no limit.

    Args:
        job: As its file says now, with the overrides of its record.
        options: What ``options()`` was given; None values count as not given.
        settings: Of the process that submits.
    """
    own = () if settings.sanitizer_patterns == DEFAULT_PATTERNS else settings.sanitizer_patterns
    return RunPolicy(
        limits=Limits(**_chosen(_OF_LIMITS, job.meta, options, settings)),
        retries=Retries(**_chosen(_OF_RETRIES, job.meta, options, settings)),
        # Nobody takes away what somebody else hides.
        sanitizer_patterns=joined(own, read_patterns(job.meta.get("sanitizer_patterns", ()))),
        fork=job.meta.get("fork", True),
    )


def run_options(options: Mapping[str, Any], policy: RunPolicy) -> dict[str, Any]:
    """What is kept of the options of a run: its limits only as its policy."""
    others = {name: value for name, value in options.items() if name not in _LIMITS}
    return {**others, **policy.to_options()}


def _chosen(
    names: Iterable[str], meta: Mapping[str, Any], options: Mapping[str, Any], settings: Settings
) -> dict[str, Any]:
    """What holds for each name; descriptions of an older child may lack some: their default."""
    said = {name: meta.get(name) or getattr(settings, name, meta.get(name)) for name in names}
    said |= {name: value for name, value in options.items() if name in said and value is not None}
    said |= {name: parse_size(said[name]) for name in _SIZES if said.get(name) is not None}
    return {name: value for name, value in said.items() if value is not None}
