"""What the store gives out of a job, and what it is given to change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class JobRecord:
    """The database row that shadows a job."""

    class_path: str
    name: str
    grouping: str
    enabled: bool
    installed: bool
    overrides: dict[str, Any]
    """Meta option, or ``grouping``, to the value that replaces the class's."""
    last_seen: datetime
    edited: datetime | None = None
    """When somebody last set something; None if nobody ever has."""
    edited_by: str | None = None

    def setting(self, name: str) -> Any:
        """What it says of ``enabled`` or of an option; None where the class's value holds."""
        return self.enabled if name == "enabled" else self.overrides.get(name)


@dataclass(frozen=True, kw_only=True)
class JobEdit:
    """What somebody changes in a job record."""

    changes: Mapping[str, Any]
    """``enabled``, and options to what replaces the class's value; None lets that hold again."""
    user: str
    """Who does it."""
    before: Mapping[str, Any] = field(default_factory=dict)
    """What they were when the editor looked; of those that are missing nobody cares."""
