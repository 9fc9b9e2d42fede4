"""Git repositories with jobs, as the database knows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from jobnb.protocol.descriptions import FileProblem, Origin
from jobnb.protocol.words import SourceKind

NO_REPOSITORIES: Final = (
    "No repository was added yet: jobnb.add_repository(URL), or `jobnb repository add URL`."
)
"""What people read where there are none."""


@dataclass(frozen=True, kw_only=True)
class Commit:
    """One state of a repository."""

    id: str
    """All 40 or 64 characters."""
    subject: str
    """First line of its message."""
    committed: datetime | None
    """Aware UTC; None if it says none that can be."""

    @property
    def short(self) -> str:
        """As people are shown it."""
        return self.id[:12]


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A repository, pinned to a commit; the same for everybody who uses the database."""

    name: str
    """The package that its files are in."""
    url: str
    """Without any credentials."""
    ref: str | None
    """Branch, tag or commit that a sync looks for; None for what the other side says."""
    token: str | None
    """Reference (``env:NAME``, ``file:PATH``) to where a token is found; None for git's own way."""
    commit: Commit
    snapshot: str
    """Digest of its files."""
    problems: tuple[FileProblem, ...] = field(default=())
    """What of it is left out, and why."""
    synced: datetime
    """When it was last seen to be as the other side has it."""
    synced_by: str
    failed: datetime | None = None
    """When a sync failed since; None if none did."""
    failure: str = ""
    """Why."""

    @property
    def origin(self) -> Origin:
        """As its jobs say it."""
        return Origin(kind=SourceKind.GIT, name=self.name, version=self.commit.id)

    def __str__(self) -> str:
        where = f"{self.url} ({self.ref})" if self.ref else self.url
        return f"{self.name} @ {self.commit.short} from {where}"
