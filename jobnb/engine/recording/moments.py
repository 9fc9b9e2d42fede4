"""When something was, as a job says it: its clock, and what it notes itself, may be anything."""

from __future__ import annotations

import time
from collections.abc import Sequence
from math import isfinite
from typing import Final

_FIRST: Final = -62_000_000_000.0
_LAST: Final = 253_000_000_000.0
"""Seconds since the epoch, of the years 5 and 9987: what lies between is a date in every zone."""


def sound(created: float) -> float:
    """The moment; this one if it is none, or in no year that a date can have."""
    return created if _FIRST < created < _LAST else time.time()


def all_sound(created: Sequence[float]) -> Sequence[float]:
    """The same for many moments, which are looked at together: they are fine."""
    if isfinite(sum(created)) and min(created) > _FIRST and max(created) < _LAST:
        return created
    return list(map(sound, created))
