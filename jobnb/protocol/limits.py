"""Limits: how long, how big and how often a run may be; its policy, fixed at its submission."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Self

from jobnb.protocol.patterns import Pattern

LOG_LIMIT_WAYS: Final = ("truncate", "fail")
"""What may happen when a log is full."""
RETRY_CAUSES: Final = ("failure", "lost", "both")
"""What may lead to another attempt."""

_UNITS: Final = {
    "": 1,
    "B": 1,
    **{f"{prefix}B": 1000**power for power, prefix in enumerate("kMGT", 1)},
    **{f"{prefix}iB": 1024**power for power, prefix in enumerate("KMGT", 1)},
}
_BY_LOWER_CASE: Final = {unit.lower(): factor for unit, factor in _UNITS.items()}
_SIZE: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*")


def parse_size(value: Any) -> int:
    """Bytes, from a number of them or from a text as ``512 MiB`` or ``1.5 GB``.

    Raises:
        ValueError: It is neither.
    """
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    found = _SIZE.fullmatch(value) if isinstance(value, str) else None
    factor = _BY_LOWER_CASE.get(found[2].lower()) if found else None
    if found is None or factor is None:
        raise ValueError(f"bytes, or a text as '512 MiB', not {value!r}")
    return int(float(found[1]) * factor)


def size_of(size: int) -> str:
    """Bytes in the unit that a limit is written in: ``512 MiB``."""
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        if size >= _UNITS[unit]:
            return f"{size / _UNITS[unit]:.4g} {unit}"
    return f"{size} bytes"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one attempt at a run may take; 0 for no limit."""

    soft_time_limit: float = 0
    """Seconds until ``SoftTimeLimitExceeded`` is raised in the job."""
    time_limit: float = 0
    """Seconds until the processes of the job are ended."""
    memory_limit: int = 0
    """Bytes that all processes of the job together may have resident."""
    max_entries: int = 0
    """Entries of the log."""
    max_output: int = 0
    """Bytes of all messages of the log."""
    on_log_limit: str = "truncate"
    """One of LOG_LIMIT_WAYS."""


@dataclass(frozen=True, kw_only=True)
class Retries:
    """Whether and when another attempt follows one that failed."""

    max_retries: int = 0
    """Attempts after the first one."""
    retry_delay: float = 10.0
    """Seconds until the next attempt."""
    retry_backoff: bool = False
    """Whether the delay doubles with each attempt."""
    retry_delay_max: float = 600.0
    """Seconds that a doubled delay may become at most."""
    retry_on: str = "failure"
    """One of RETRY_CAUSES."""


@dataclass(frozen=True, kw_only=True)
class RunPolicy:
    """The limits of a run and its retries, as they were fixed when it was submitted."""

    limits: Limits = Limits()
    retries: Retries = Retries()
    sanitizer_patterns: tuple[Pattern, ...] = ()
    """What is hidden besides what the worker hides by itself."""
    fork: bool = True
    """Whether it may be a fork of a process that has imported the job files already."""

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Self:
        """What the stored options of a run say; one that knows of no limits has none."""
        return cls(
            limits=_known(Limits, options.get("limits", {})),
            retries=_known(Retries, options.get("retries", {})),
            sanitizer_patterns=tuple(
                (text, template) for text, template in options.get("sanitizer_patterns", ())
            ),
            fork=options.get("fork", True),
        )

    def to_options(self) -> dict[str, Any]:
        """The policy as the stored options of a run keep it; without what is the rule."""
        # Not by asdict(), which copies all that is in it.
        stored: dict[str, Any] = {
            "limits": {**vars(self.limits)},
            "retries": {**vars(self.retries)},
        }
        if self.sanitizer_patterns:
            stored["sanitizer_patterns"] = self.sanitizer_patterns
        if not self.fork:
            stored["fork"] = False
        return stored


def _known(kind: type[Any], values: Mapping[str, Any]) -> Any:
    """A newer library may have written fields that this one does not know."""
    names = _NAMES[kind]
    return kind(**{name: value for name, value in values.items() if name in names})


_NAMES: Final[dict[type[Any], frozenset[str]]] = {
    kind: frozenset(item.name for item in fields(kind)) for kind in (Limits, Retries)
}
"""Of what they say."""
