"""The time that the store writes down."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """This moment by the clock of this machine, aware UTC."""
    return datetime.now(UTC)


def moment(created: float) -> datetime:
    """Seconds since the epoch as an aware moment."""
    return datetime.fromtimestamp(created, UTC)
