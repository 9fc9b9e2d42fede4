"""What is asked and told of a run that is watched: which of its entries, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass

from jobnb.protocol import EntryKind


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
