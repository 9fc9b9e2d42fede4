"""Ahead: the job that somebody waits for is described before the files that nobody asks for.

After an edit all files are described anew, which takes the longer the more there are. Who runs
one job does not wait for that: its file alone is imported first, as a run of it does.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Final

from jobnb.catalogs.describing.describer import Describer
from jobnb.catalogs.describing.importing import Task
from jobnb.errors import CatalogError, ChildError, JobnbError
from jobnb.protocol import JobDescription

PAUSE: Final = 1.0
"""Seconds until the rest is described, so that it takes nothing from the run that begins."""

_log = logging.getLogger(__name__)


class Ahead:
    """The jobs of one place that were wanted since the last edit. Safe for any thread."""

    def __init__(self, describer: Describer, describe_rest: Callable[[], object]) -> None:
        """Starts nothing yet.

        Args:
            describer: Is used for nothing else.
            describe_rest: Called a moment later, in a thread of its own.
        """
        self.describer: Final = describer
        self._describe_rest = describe_rest
        self._lock = threading.RLock()
        self._marks: object = None
        self._units: frozenset[str] = frozenset()
        self._jobs: Mapping[str, JobDescription] = {}
        self._is_closing = threading.Event()
        self._thread: threading.Thread | None = None

    def find(self, wanted: JobDescription, task: Task, marks: object) -> JobDescription | None:
        """A job as it is now; None if only a look at all files can tell what became of it.

        Args:
            wanted: As the last look at all files found it.
            task: To describe all files.
            marks: Equal as long as the same would be described.
        """
        unit = wanted.module.partition(".")[0]
        with self._lock:
            if self._marks != marks:
                self._marks, self._units = marks, frozenset()
            if unit not in self._units:
                self._units |= {unit}
                self._jobs = self._describe(task)
            found = self._jobs.get(wanted.class_path)
            if found is None or (found.name, found.file) != (wanted.name, wanted.file):
                return None
            self._begin_rest()
            return found

    def knows(self, job: JobDescription) -> bool:
        """Whether the describer can be asked about a job."""
        return job.class_path in self._jobs

    def forget(self, marks: object) -> None:
        """Ends the child: all files are described now, unless there are newer ones."""
        with self._lock:
            if self._marks == marks:
                self._marks, self._jobs = None, {}
                self.describer.close()

    def begin_closing(self) -> None:
        """Lets the rest be described no more."""
        self._is_closing.set()

    def close(self) -> None:
        """Waits for the thread, and ends the child."""
        self._is_closing.set()
        if self._thread is not None:
            self._thread.join()
        self._is_closing.clear()
        self.forget(self._marks)

    def _describe(self, task: Task) -> dict[str, JobDescription]:
        part = replace(task, modules=tuple(sorted(self._units)), is_part=True)
        try:
            jobs = self.describer.describe(part).jobs
        except (CatalogError, ChildError):
            return {}  # whoever looks at all files meets the same
        return {job.class_path: job for job in jobs}

    def _begin_rest(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._rest, name="jobnb-catalog", daemon=True)
            self._thread.start()

    def _rest(self) -> None:
        if self._is_closing.wait(PAUSE):
            return
        try:
            with suppress(JobnbError):  # whoever looks next is told
                self._describe_rest()
        except Exception:  # noqa: BLE001 - nobody waits for this thread
            _log.exception("The job files could not be described")
