"""Descriptions: jobs, their files and their source as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from jobnb.protocol.words import SourceKind


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a job comes from; kept with each of its runs."""

    kind: SourceKind = SourceKind.FOLDER
    name: str = ""
    """Of the repository, or of the distribution; empty where there is only one."""
    version: str = ""
    """The commit, or the version of the distribution; empty where files have none."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", SourceKind(self.kind))

    @property
    def needs(self) -> dict[str, str]:
        """Distributions that a worker must have, with the one version that will do."""
        return {self.name: self.version} if self.kind is SourceKind.APP else {}

    @property
    def mention(self) -> str:
        """What a list of jobs or runs says of it; empty for the jobs folder, which is the rule."""
        return "" if self.kind is SourceKind.FOLDER else str(self)

    def __str__(self) -> str:
        match self.kind:
            case SourceKind.GIT:
                return f"{self.name} @ {self.version[:12]}"
            case SourceKind.APP:
                return f"{self.name} {self.version}"
            case SourceKind.CELL:
                return "notebook cell"
        return "jobs folder"


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
    sensitive: bool = False
    """Whether the value is never stored, never echoed and masked wherever it appears."""
    visible_when: dict[str, list[Any]] = field(default_factory=dict)
    """Other inputs with the JSON values that show this one; all must fit. Empty: always shown."""
    depends: tuple[str, ...] = ()
    """Other inputs that the choices of this one depend on: ask again when one of them changes."""
    widget: dict[str, Any] | None = None
    """An ipywidget to ask with: ``module``, ``name`` and ``state`` (its traits); None for the way
    of the type."""
    options: dict[str, Any] = field(default_factory=dict)
    """Arguments of the type (``min_value`` ...), only those that were given."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "depends", tuple(self.depends))


SHOWN_SETTINGS: Final = ("name", "grouping", "description", "fieldsets")
"""What a job record can replace that is a field of its own in a ``JobDescription``."""


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
    """Path below JOBS_ROOT of the file that defines the class; below that of its own source if it
    has another one."""
    origin: Origin = field(default_factory=Origin)
    """Which source that is."""
    meta: dict[str, Any] = field(default_factory=dict)
    """The Meta options with their values, defaults included."""
    variables: tuple[VariableDescription, ...] = ()
    """In the order of the form."""
    fieldsets: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Headings of the form with the names of the variables below them; those of no fieldset come
    first, without a heading."""
    supports_dryrun: bool = False
    """Whether it has a ``DryRunVar``."""
    checks_inputs: bool = True
    """Whether it has a ``clean()`` of its own, which wants to see the inputs of each run."""

    def __post_init__(self) -> None:
        built = tuple(
            VariableDescription(**item) if isinstance(item, dict) else item
            for item in self.variables
        )
        object.__setattr__(self, "variables", built)
        origin: Any = self.origin
        if isinstance(origin, dict):
            object.__setattr__(self, "origin", Origin(**origin))
        fieldsets = tuple((title, tuple(names)) for title, names in self.fieldsets)
        object.__setattr__(self, "fieldsets", fieldsets)

    def __repr__(self) -> str:
        names = ", ".join(variable.name for variable in self.variables)
        return f"<JobDescription {self.name!r} of {self.class_path} ({names})>"

    def variable(self, name: str) -> VariableDescription | None:
        """The variable of that name; None if there is none."""
        return next((item for item in self.variables if item.name == name), None)

    def overridden(self, overrides: Mapping[str, Any]) -> JobDescription:
        """The job as its record changes it.

        Args:
            overrides: Meta options, and ``grouping``, to what replaces the class's value.
        """
        if not overrides:
            return self
        shown = {name: overrides.get(name, getattr(self, name)) for name in SHOWN_SETTINGS}
        others = {"grouping", "fieldsets"}
        meta = self.meta | {name: overrides[name] for name in overrides.keys() - others}
        if "sanitizer_patterns" in overrides:  # nobody takes away what somebody else hides
            own = self.meta.get("sanitizer_patterns", ())
            meta["sanitizer_patterns"] = [*own, *overrides["sanitizer_patterns"]]
        variables = tuple(
            replace(item, default=bool(meta.get("dryrun_default")))
            if item.type == "DryRunVar"
            else item
            for item in self._in_order(overrides.get("field_order", ()))
        )
        return replace(self, **shown, meta=meta, variables=variables)

    def _in_order(self, first: Sequence[str]) -> list[VariableDescription]:
        """The variables, those that are named first; the others stay in their order."""
        named = [item for name in first if (item := self.variable(name)) is not None]
        return [*named, *(item for item in self.variables if item not in named)]


@dataclass(frozen=True, kw_only=True)
class FileProblem:
    """A job file that gives no jobs, or not all, and why."""

    file: str
    """Path below JOBS_ROOT, or below that of another source."""
    message: str
    """One sentence, with the line to add where that is the remedy."""
    traceback: str = ""
    """Where it broke; empty if nothing was raised."""


@dataclass(frozen=True, kw_only=True)
class SnapshotFile:
    """One file of a snapshot."""

    path: str
    """Below the root of its source, with forward slashes."""
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
    """What tracebacks put before the paths: JOBS_ROOT as the author sees it, say; not part of the
    digest."""

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(item.size for item in self.files)
