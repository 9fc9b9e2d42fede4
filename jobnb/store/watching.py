"""What is asked and told of a run that is watched: which of its entries, and how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from jobnb.protocol import READY_STATES, EntryKind, Status


@dataclass(frozen=True, kw_only=True)
class EntryFilter:
    """Which entries of a run: those of any of the levels or kinds, with the text in them."""

    levels: tuple[str, ...] = ()
    kinds: tuple[EntryKind, ...] = ()
    """With no level and no kind: all."""
    text: str = ""
    """Part of the message, the grouping or the object, in capitals or not; empty: any."""


@dataclass(frozen=True)
class Bar:
    """How far a run, or a step of it, is."""

    done: float
    total: float | None = None
    """None if nobody knows."""
    text: str = ""

    @property
    def share(self) -> float | None:
        """From 0 to 1; None if nobody knows."""
        if self.total is None:
            return None
        return min(max(self.done / self.total, 0.0), 1.0) if self.total > 0 else 1.0


@dataclass(frozen=True, kw_only=True)
class RunState:
    """What changes while a run works, in one cheap query."""

    status: Status
    last_entry: int
    """Number of the newest entry; 0 if there is none."""
    cancel_requested: bool
    waits_for: str = ""
    """What keeps it from starting, for people; empty if nothing does that is known."""
    started: datetime | None = None
    """When a worker took it."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Log records by level; every level is there."""
    progress: tuple[Bar, ...] = ()
    """How far it is, from the outermost to the innermost."""

    @property
    def is_ready(self) -> bool:
        """Whether it has ended."""
        return self.status in READY_STATES


def waits_for(status: Status, detail: str) -> str:
    """What ``RunState.waits_for`` is, out of what the database says of a run."""
    return detail if status is Status.PENDING else ""
