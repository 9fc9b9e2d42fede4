"""Descriptions: jobs, their files and their source as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class VariableDescription:
    """One declared variable, as plain data."""

    name: str
    type: str
    """Class name: ``StringVar`` ..."""
    label: str
    description: str
    required: bool
    default: Any
    """JSON value; None means that there is no default."""
    options: dict[str, Any] = field(default_factory=dict)
    """Arguments of the type (``min_value`` ...), only those that were given."""


@dataclass(frozen=True, kw_only=True)
class JobDescription:
    """One registered job, as plain data: all that any other process ever sees of the class."""

    class_path: str
    module: str
    class_name: str
    name: str
    """Display name."""
    grouping: str
    description: str
    file: str
    """Path below JOBS_ROOT of the file that defines the class."""
    meta: dict[str, Any] = field(default_factory=dict)
    """The Meta options with their values, defaults included."""
    variables: tuple[VariableDescription, ...] = ()
    """In the order of the form."""

    def __post_init__(self) -> None:
        built = tuple(
            VariableDescription(**item) if isinstance(item, dict) else item
            for item in self.variables
        )
        object.__setattr__(self, "variables", built)


@dataclass(frozen=True, kw_only=True)
class FileProblem:
    """A job file that gives no jobs, or not all, and why."""

    file: str
    """Path below JOBS_ROOT."""
    message: str
    """One sentence, with the line to add where that is the remedy."""
    traceback: str = ""
    """Where it broke; empty if nothing was raised."""


@dataclass(frozen=True, kw_only=True)
class SnapshotFile:
    """One file of a snapshot."""

    path: str
    """Below JOBS_ROOT, with forward slashes."""
    digest: str
    """SHA-256 of the content, hexadecimal; the key under which the content is stored once."""
    size: int
    """Bytes."""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The exact source of a job at one moment: a manifest of files."""

    digest: str
    """SHA-256 over the paths and digests of the files, hexadecimal."""
    files: tuple[SnapshotFile, ...]
    """Sorted by path."""
    root: str = ""
    """JOBS_ROOT as the author sees it; not part of the digest."""

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(item.size for item in self.files)
