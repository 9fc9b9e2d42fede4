"""Cells: the jobs that were typed into this notebook (or program) itself.

Their code has run here already, so that they are described here; what more of it has to run does
so in a child.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import sys
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Final

from jobnb.authoring.declaration import class_faults
from jobnb.authoring.functions import JobFunction
from jobnb.authoring.job import Job
from jobnb.authoring.meta import refusal
from jobnb.authoring.registration import describe_job, registered_jobs
from jobnb.catalogs.describing.described import Environment
from jobnb.catalogs.describing.describer import Describer
from jobnb.catalogs.describing.importing import Task
from jobnb.catalogs.files.snapshots import manifest_digest, unpack
from jobnb.catalogs.source import Found
from jobnb.catalogs.sources.carrying import Carried, carry
from jobnb.catalogs.sources.cellnames import shown_name
from jobnb.errors import (
    ChildError,
    DeclarationError,
    JobNotFound,
    RunRefused,
    SnapshotError,
)
from jobnb.protocol import (
    CELL_MODULE,
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
from jobnb.settings import Settings

GROUPING: Final = "notebook"
MOST_CHILDREN: Final = 3
"""Jobs whose children are kept for the next question."""


class CellSource:
    """The jobs of this notebook as a source of jobs; the newest definition of each counts."""

    kind: Final = SourceKind.CELL

    def __init__(self, settings: Settings, environment: Environment) -> None:
        """Looks at nothing yet.

        Args:
            settings: The limits, and where text is unpacked.
            environment: Gives the environment of a new child.
        """
        self._settings = settings
        self._environment = environment
        self._lock = threading.RLock()
        self._given: dict[str, type[Job]] = {}
        self._found: dict[type, Found] = {}
        self._experts: OrderedDict[str, CellExpert] = OrderedDict()

    def find(self) -> tuple[Found, ...]:
        """Each job as it was defined last; the same object while it is not defined anew."""
        with self._lock:
            self._found = {
                job_class: self._found.get(job_class) or _describe(job_class)
                for job_class in self._classes()
            }
            return tuple(self._found.values())

    def expert(self, origin: Origin) -> CellExpert:
        """Whoever knows one of these jobs.

        Raises:
            JobNotFound: It was deleted.
        """
        with self._lock:
            job_class = self._class_of(origin)
            expert = self._experts.pop(origin.name, None) or CellExpert(
                self._settings, self._environment
            )
            self._experts[origin.name] = expert
            while len(self._experts) > MOST_CHILDREN:
                self._experts.popitem(last=False)[1].close()
            expert.job_class = job_class
            return expert

    def admit(self, job_class: type) -> None:
        """Makes a class known that no name of the notebook stands for; see ``JobsCatalog.admit``.

        Raises:
            DeclarationError: It does not fit together.
            RunRefused: Another one has its name since.
        """
        if not issubclass(job_class, Job):
            raise RunRefused(f"{job_class!r} is no job: it does not derive from jobs.Job.")
        _refuse_faults(job_class)
        known = {found.__name__: found for found in self._classes()}
        if known.setdefault(job_class.__name__, job_class) is not job_class:
            raise RunRefused(
                f"This class {job_class.__name__!r} was defined anew since; give the new one."
            )
        if job_class.__name__ not in _cell_classes():
            self._given[job_class.__name__] = job_class

    def refuse_faulty(self, name: str) -> None:
        """Passes unless there is such a class with faults; see ``JobsCatalog.refuse_faulty``."""
        for job_class in self._classes():
            if name in (job_class.__name__, job_class.class_path):
                _refuse_faults(job_class)

    def _classes(self) -> list[type[Job]]:
        """The job classes that were defined here, each name once: its newest definition."""
        return list({**self._given, **_cell_classes()}.values())

    def carry(self, job: JobDescription) -> Carried:
        """The code of a job as it is now, for a worker that has no other way to it.

        Raises:
            NotCarried: It uses something that cannot be sent, or too much data.
            JobNotFound: It was deleted.
        """
        return carry(self._class_of(job.origin), job.name)

    def close(self) -> None:
        """Ends the children; the next question starts others."""
        with self._lock:
            while self._experts:
                self._experts.popitem()[1].close()

    def _class_of(self, origin: Origin) -> type[Job]:
        known = {job_class.__name__: job_class for job_class in self._classes()}
        if origin.name not in known:
            raise JobNotFound(origin.name, list(known))
        return known[origin.name]


class CellExpert:
    """Knows one job of the notebook, through a child that has its code as it is now."""

    job_class: type[Job]

    def __init__(self, settings: Settings, environment: Environment) -> None:
        self._cache_dir = settings.cache_dir
        self._describer = Describer(
            import_limit=settings.describe_time_limit,
            answer_limit=settings.answer_time_limit,
            memory_limit=settings.describe_memory_limit,
            environment=environment,
        )
        self._lock = threading.RLock()
        self._known = ""

    def clean(self, job: JobDescription, inputs: Mapping[str, Any]) -> Cleaned:
        """The inputs of a run; see ``Expert.clean``."""
        with self._lock:
            self._teach(job)
            return self._describer.clean(job, inputs)

    def look(self, job: JobDescription, inputs: Mapping[str, Any], names: Sequence[str]) -> Look:
        """How the form of the job looks with these values; see ``Expert.look``."""
        with self._lock:
            self._teach(job)
            return self._describer.look(job, inputs, names)

    def search(
        self,
        job: JobDescription,
        name: str,
        text: str,
        *,
        page: int = 0,
        inputs: Mapping[str, Any] | None = None,
    ) -> Page:
        """The objects that an input could have; see ``Expert.search``."""
        with self._lock:
            self._teach(job)
            return self._describer.search(job, name, text, page=page, inputs=inputs)

    def read_file(self, file: SnapshotFile) -> bytes:
        """Nothing: what is carried has its text with it."""
        raise SnapshotError(f"{file.path} is no file; run the cell again.")

    def close(self) -> None:
        """Ends the child."""
        with self._lock:
            self._known = ""
            self._describer.close()

    def _teach(self, job: JobDescription) -> None:
        """Starts a child if the code is another now than that which the last one was given."""
        carried = carry(self.job_class, job.name)
        digest = hashlib.sha256(carried.code.encode("ascii")).hexdigest()
        if digest == self._known:
            return
        folder = unpack(
            carried.snapshot, self._cache_dir, lambda file: carried.contents[file.digest]
        )
        task = Task(snapshot=carried.snapshot, folder=folder, code=carried.code)
        self._known = ""
        described = self._describer.describe(task)
        if described.problems:
            raise ChildError(f"Job {job.name!r} {described.problems[0].message}.")
        self._known = digest


def _refuse_faults(job_class: type[Job]) -> None:
    if faults := list(class_faults(job_class, Job)):
        raise DeclarationError(refusal(job_class, faults))


def _cell_classes() -> dict[str, type[Job]]:
    """The classes by name: one that the notebook calls so, else registered, else called otherwise.

    A class that was defined anew may live on under another name.
    """
    found = _named_classes()
    aliases = {job_class.__name__: job_class for job_class in found.values()}
    registered = {
        item.__name__: item for item in registered_jobs().values() if item.__module__ == CELL_MODULE
    }
    own = {name: job_class for name, job_class in found.items() if job_class.__name__ == name}
    return {**aliases, **registered, **own}


def _named_classes() -> dict[str, type[Job]]:
    """The jobs that names of the notebook stand for."""
    names = vars(sys.modules[CELL_MODULE]) if CELL_MODULE in sys.modules else {}
    # Asked for nothing else: whatever lies in a notebook may have a __getattr__ of its own.
    able = [item for item in [*names.items()] if isinstance(item[1], type | JobFunction)]
    found = ((name, _job_class(value)) for name, value in able if name[:1] != "_")
    return {name: job_class for name, job_class in found if job_class is not None}


def _job_class(value: Any) -> type[Job] | None:
    """The job that this is, or has; a base without ``run()`` is none."""
    job_class = value.job_class if isinstance(value, JobFunction) else value
    if not isinstance(job_class, type) or not issubclass(job_class, Job):
        return None
    is_own = job_class.__module__ == CELL_MODULE and job_class.run is not Job.run
    return job_class if is_own else None


def _describe(job_class: type[Job]) -> Found:
    origin = Origin(kind=SourceKind.CELL, name=job_class.__name__)
    file = cell_of(job_class)
    snapshot = Snapshot(digest=manifest_digest(()), files=())
    faults = list(class_faults(job_class, Job))
    if faults:
        problem = FileProblem(file=file, message=refusal(job_class, faults))
        return Found(origin=origin, snapshot=snapshot, problems=(problem,))
    described = replace(describe_job(job_class, file), grouping=GROUPING, origin=origin)
    # As from a child: what is no JSON would make a difference later.
    plain = JobDescription(**json.loads(json.dumps(asdict(described))))
    return Found(origin=origin, snapshot=snapshot, jobs=(plain,))


def cell_of(job_class: type[Job]) -> str:
    """The cell, or the file of the program, in which a job was defined."""
    functions = [value for value in vars(job_class).values() if inspect.isfunction(value)]
    inside = [
        cell.cell_contents for function in functions for cell in function.__closure__ or ()
    ]  # of @jobs.job: the function that was decorated
    for function in [*functions, *inside]:
        if inspect.isfunction(function) and function.__module__ == CELL_MODULE:
            return shown_name(function.__code__.co_filename)
    return CELL_MODULE
