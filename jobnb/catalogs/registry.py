"""The catalog: every job known at one moment, found by any of its names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, Final

from jobnb.catalogs.source import Found
from jobnb.errors import JobNotFound
from jobnb.protocol import FileProblem, JobDescription, Snapshot, SourceKind


class Catalog(Mapping[str, JobDescription]):
    """Display name to job, sorted by grouping and name; it never changes.

    ``catalog["Hello World"]`` also takes a class path, a class name that only one job has, and
    any of these in other capitals.

    Attributes:
        root: JOBS_ROOT.
        problems: What is wrong with the files that gave no jobs, or not all, by file.
        is_whole: Whether it has every job, and not of one place only the one that is wanted.
    """

    def __init__(self, root: Path, found: Iterable[Found] = ()) -> None:
        """Numbers display names that several jobs have, and says so in ``problems``.

        Args:
            root: JOBS_ROOT.
            found: What each place has; of two jobs with one class path the first one counts.
        """
        self._found = found = tuple(found)
        problems = [problem for item in found for problem in item.problems]
        jobs, hidden = _first_of_each_path([job for item in found for job in item.jobs])
        numbered, clashes = _number_names(sorted(jobs, key=_precedence))
        in_order = sorted(numbered, key=lambda job: (job.grouping.casefold(), job.name.casefold()))
        self._jobs: Final = {job.name: job for job in in_order}
        self._exact: Final = _singles(in_order, _NAMES)
        self._folded: Final = _singles(in_order, _FOLDED_NAMES)
        self._snapshots: Final = {item.origin: item.snapshot for item in found}
        self.root: Final = root
        self.is_whole: Final = not any(item.is_part for item in found)
        self.problems: Final = tuple(
            sorted(
                (*problems, *hidden, *clashes), key=lambda problem: (problem.file, problem.message)
            )
        )

    def __getitem__(self, name: str) -> JobDescription:
        found = self._exact.get(name) or self._folded.get(name.casefold())
        if found is None:
            raise JobNotFound(name, self._names_like(name) or list(self._jobs), str(self.root))
        return found

    def _names_like(self, name: str) -> list[str]:
        """The display names of the jobs that share a name, where it is strictest."""
        ways = [(name, way) for way in _NAMES]
        ways += [(name.casefold(), way) for way in _FOLDED_NAMES]
        jobs = self._jobs.values()
        groups = ([job.name for job in jobs if key in names_of(job)] for key, names_of in ways)
        return next(filter(None, groups), [])

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._jobs)

    def __len__(self) -> int:
        return len(self._jobs)

    def overridden(self, overrides: Mapping[str, Mapping[str, Any]]) -> Catalog:
        """The same jobs as their records change them.

        Args:
            overrides: Class path to what replaces the class's values.
        """
        return Catalog(self.root, [_overridden(item, overrides) for item in self._found])

    def snapshot_of(self, job: JobDescription) -> Snapshot:
        """The exact source that a job of this catalog was read from."""
        return self._snapshots[job.origin]

    def get(self, name: str, default: Any = None) -> Any:
        """The job, or ``default`` if there is none of that name."""
        try:
            return self[name]
        except JobNotFound:
            return default

    def __repr__(self) -> str:
        lines = [f"Catalog of {self.root}: {len(self)} jobs, {len(self.problems)} problems"]
        lines += [f"  {job.grouping}: {job.name}" for job in self._jobs.values()]
        lines += [f"  {problem.file}: {problem.message}" for problem in self.problems]
        return "\n".join(lines)


def _precedence(job: JobDescription) -> tuple[bool, str]:
    """What is typed into a notebook takes no name away from what others run by it."""
    return job.origin.kind is SourceKind.CELL, job.class_path


def _overridden(found: Found, overrides: Mapping[str, Mapping[str, Any]]) -> Found:
    jobs = tuple(job.overridden(overrides.get(job.class_path, {})) for job in found.jobs)
    return replace(found, jobs=jobs)


_Names = Callable[[JobDescription], Collection[str]]

_NAMES: Final[tuple[_Names, ...]] = (
    lambda job: {job.name},
    lambda job: {job.class_path},
    lambda job: {job.class_name},
)
_FOLDED_NAMES: Final[tuple[_Names, ...]] = (
    lambda job: {job.name.casefold()},
    lambda job: {job.class_path.casefold(), job.class_name.casefold()},
)
"""What a job is called, from the strictest way to the most lenient."""


def _singles(jobs: Iterable[JobDescription], ways: Sequence[_Names]) -> dict[str, JobDescription]:
    """Each name to the job that alone has it, in the strictest way in which one alone does."""
    singles: dict[str, JobDescription] = {}
    for names_of in reversed(ways):
        owners: dict[str, list[JobDescription]] = {}
        for job in jobs:
            for name in names_of(job):
                owners.setdefault(name, []).append(job)
        singles |= {name: some[0] for name, some in owners.items() if len(some) == 1}
    return singles


def _first_of_each_path(
    jobs: Iterable[JobDescription],
) -> tuple[list[JobDescription], list[FileProblem]]:
    """The jobs with each class path once, and complaints about the others."""
    owners: dict[str, JobDescription] = {}
    problems: list[FileProblem] = []
    for job in jobs:
        owner = owners.setdefault(job.class_path, job)
        if owner is not job:
            message = (
                f"job class {job.class_path} ({job.origin}) is left out, as there is one of the "
                f"same path already ({owner.origin}: {owner.file}); rename one of them"
            )
            problems.append(FileProblem(file=job.file, message=message))
    return list(owners.values()), problems


def _number_names(
    jobs: Sequence[JobDescription],
) -> tuple[list[JobDescription], list[FileProblem]]:
    """The jobs with each display name once: the second is ``Name (2)``, as Nautobot has it."""
    taken = {job.name for job in jobs}
    owners: dict[str, JobDescription] = {}
    numbered: list[JobDescription] = []
    problems: list[FileProblem] = []
    for job in jobs:
        owner = owners.setdefault(job.name, job)
        if owner is job:
            numbered.append(job)
            continue
        free = (f"{job.name} ({number})" for number in count(2))
        name = next(name for name in free if name not in taken)
        taken.add(name)
        numbered.append(replace(job, name=name))
        message = (
            f"job class {job.class_name} has the display name {job.name!r}, which "
            f"{owner.class_path} has too; it is listed as {name!r}. Give it another Meta.name"
        )
        problems.append(FileProblem(file=job.file, message=message))
    return numbered, problems
