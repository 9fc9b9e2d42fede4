"""What IPython shows as the value of a cell: the same in a notebook and in a terminal."""

from __future__ import annotations

from typing import Any

from jobnb.catalogs.registry import Catalog
from jobnb.handles import JobResult
from jobnb.protocol import JobDescription
from jobnb.rendering.catalog import render_catalog
from jobnb.rendering.job import render_job


class Shown:
    """The runs that the cell which runs now has shown: as its value they need no second picture."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._cell = -1
        self._ids: set[str] = set()

    def note(self, result: JobResult) -> None:
        """It has just been shown."""
        if self._cell != self._shell.execution_count:
            self._cell = self._shell.execution_count
            self._ids.clear()
        self._ids.add(result.id)

    def has(self, result: JobResult) -> bool:
        """Whether this cell has shown it."""
        return self._cell == self._shell.execution_count and result.id in self._ids


def show_jobs_as_tables(shell: Any) -> None:
    """Has the shell show jobs, and the list of them, as ``%job`` does."""
    bundles = shell.display_formatter.mimebundle_formatter
    bundles.for_type(Catalog, _catalog_bundle)
    bundles.for_type(JobDescription, _job_bundle)


def _catalog_bundle(catalog: Catalog, **_options: Any) -> dict[str, str]:
    return render_catalog(tuple(catalog.values()), catalog.problems, root=str(catalog.root))


def _job_bundle(job: JobDescription, **_options: Any) -> dict[str, str]:
    return render_job(job)
