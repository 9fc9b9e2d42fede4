"""The source of jobs: the seam behind which folder, git, apps and cells are told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from jobnb.protocol import (
    Cleaned,
    FileProblem,
    JobDescription,
    Look,
    Origin,
    Page,
    Snapshot,
    SnapshotFile,
    SourceKind,
)


@dataclass(frozen=True, kw_only=True)
class Found:
    """Jobs that come from one place, with their exact source at one moment."""

    origin: Origin
    """Also of each of the jobs."""
    snapshot: Snapshot
    """What runs of these jobs point to, and workers unpack unless the jobs are installed."""
    jobs: tuple[JobDescription, ...] = ()
    problems: tuple[FileProblem, ...] = ()
    is_part: bool = False
    """Whether only one job is here, which somebody waits for; the others are described later."""


class Expert(Protocol):
    """Knows the jobs of one place by their code, wherever that may run. Safe for any thread."""

    def clean(self, job: JobDescription, inputs: Mapping[str, Any]) -> Cleaned:
        """The inputs of a run, checked and completed by the job's own variables.

        Raises:
            InvalidInput: Some do not fit; all complaints at once.
            ChildError: The job's code ended the child, hangs, or failed.
        """

    def look(self, job: JobDescription, inputs: Mapping[str, Any], names: Sequence[str]) -> Look:
        """How the form of a job looks with these values in it, complete or not.

        Args:
            job: One of the last look.
            inputs: What the fields hold now; a field that was never touched may be left out.
            names: The inputs whose problems are wanted.

        Raises:
            ChildError: The job's code ended the child, hangs, or failed.
        """

    def search(
        self,
        job: JobDescription,
        name: str,
        text: str,
        *,
        page: int = 0,
        inputs: Mapping[str, Any] | None = None,
    ) -> Page:
        """The objects that an input could have, those that fit a text.

        Args:
            job: One of the last look.
            name: An input whose values are objects.
            text: What was typed; empty for all.
            page: Which 20 of them, from 0.
            inputs: What the other fields hold, on which the objects may depend; None: nothing.

        Raises:
            InvalidInput: The other inputs do not let it search.
            ChildError: The job's code ended the child, hangs, or failed.
        """

    def read_file(self, file: SnapshotFile) -> bytes:
        """The content of a file of this or an earlier snapshot of the place.

        Raises:
            SnapshotError: It is not to be had any more.
        """


class JobSource(Protocol):
    """A kind of place that jobs come from. Safe for any thread."""

    @property
    def kind(self) -> SourceKind:
        """Which one; a catalog has one source of each."""

    def find(self) -> tuple[Found, ...]:
        """The jobs of each place of that kind, now; the same objects while nothing changes.

        A place that cannot be had is one with a problem.

        Raises:
            SnapshotError: The files are too many or too large.
            CatalogError: The jobs as a whole could not be described.
            ChildError: No child can be started.
        """

    def expert(self, origin: Origin) -> Expert:
        """Whoever knows the jobs of one of the places found last.

        Raises:
            CatalogError: There is no such place any more.
        """

    def close(self) -> None:
        """Ends what it has started; the next look starts it again."""
