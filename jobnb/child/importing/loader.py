"""The loader: imports job files from an unpacked snapshot, as if from the author's own folder.

The first rule of the house: job code is imported in children, and only here.
"""

from __future__ import annotations

import importlib
import io
import linecache
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    ModuleSpec,
    SourceFileLoader,
)
from importlib.util import decode_source, find_spec
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

from jobnb.authoring.job import Job
from jobnb.authoring.registration import registered_job
from jobnb.child.importing.faults import Place, explain
from jobnb.child.importing.lookalikes import Lookalikes
from jobnb.child.importing.sources import Unit, find_units, unit_of
from jobnb.errors import RunCancelled
from jobnb.protocol import CELL_MODULE, ChildOrder, FinishedEvent, Reason, Status

Around = Callable[[str], AbstractContextManager[object]]
"""What is entered around the import of what has that name."""


class JobNotLoaded(Exception):
    """A job cannot be had from its source.

    Attributes:
        exc_type: What its import raised; None if nothing was raised.
        exc_message: The text of that.
        traceback: The author's part of the stack.
    """

    def __init__(
        self,
        message: str,
        exc_type: str | None = None,
        exc_message: str | None = None,
        traceback: str | None = None,
    ) -> None:
        self.exc_type = exc_type
        self.exc_message = exc_message
        self.traceback = traceback
        super().__init__(message)

    def end_of_run(self) -> FinishedEvent:
        """What becomes of the run that wanted it."""
        return FinishedEvent(
            time.time(),
            Status.FAILURE,
            Reason.NOT_LOADED,
            str(self),
            value=None,
            exc_type=self.exc_type,
            exc_message=self.exc_message,
            traceback=self.traceback,
        )


def units_of(order: ChildOrder) -> list[Unit]:
    """What a describing child looks at."""
    folder = Path(order.folder)
    return [unit_of(folder, name) for name in order.modules] or find_units(folder)


def job_loggers(order: ChildOrder) -> list[str]:
    """The names from which the loggers of all job modules descend."""
    if order.code:
        return [CELL_MODULE, *(unit.name for unit in find_units(Path(order.folder)))]
    if not order.is_installed:
        return [unit.name for unit in find_units(Path(order.folder))]
    names = [*order.modules, *([order.run.class_path] if order.run else [])]
    return list({name.partition(".")[0]: None for name in names})


def load_job(order: ChildOrder, class_path: str) -> type[Job]:
    """The job class, in the child that will run it; only what it needs is imported.

    Raises:
        JobNotLoaded: Its module cannot be imported, or has no such job.
        RunCancelled: Somebody cancelled the run meanwhile.
    """
    loader = JobLoader(order)
    loader.install()
    name, _, class_name = class_path.rpartition(".")
    top = name.partition(".")[0]
    hider = loader.hider_of(top) if top in job_loggers(order) else None
    if hider is not None:
        raise JobNotLoaded(f"Job {class_path} cannot be loaded: {hider} has the same name.")
    try:
        module = loader.import_module(name)
        job_class = registered_job(class_path) or getattr(module, class_name, None)
    except RunCancelled:
        raise
    except BaseException as error:
        fault = explain(error, loader.place, loader.files, name)
        raise JobNotLoaded(
            f"Job {class_path} cannot be loaded: {fault.file}, {fault.message}",
            fault.exc_type,
            fault.exc_message,
            fault.traceback,
        ) from error
    # Another file may be the one that registers it; the catalog has seen to that.
    if isinstance(job_class, type) and issubclass(job_class, Job):
        return job_class
    raise JobNotLoaded(f"Module {name} does not define the job {class_name}.")


class JobLoader:
    """Makes the files of one snapshot importable in this process."""

    def __init__(self, order: ChildOrder, around: Around | None = None) -> None:
        """Changes nothing yet.

        Args:
            order: Where the files are.
            around: Around the execution of each that ``import_module`` leads to; none if None.
        """
        self._around: Final = around
        self._is_importing = False
        self._folder: Final = os.path.realpath(order.folder)
        self._root: Final = order.root
        self._skip: Final = order.skip
        self._is_installed: Final = order.is_installed

    @property
    def place(self) -> Place:
        """Where the files are, here and at their author's."""
        return Place(folder=self._folder, root=self._root)

    @property
    def files(self) -> frozenset[str]:
        """All source files, as paths below JOBS_ROOT."""
        if self._is_installed:
            return frozenset()
        return frozenset(file for unit in find_units(Path(self._folder)) for file in unit.files)

    def install(self) -> None:
        """Lets ``import`` find the files, last of all: they never hide any other module."""
        sys.meta_path.insert(0, _Barrier(self._skip))
        sys.meta_path.append(Lookalikes())
        if self._is_installed:
            # Compiled code counts for a file of the same size and second: an edit would be missed.
            sys.dont_write_bytecode = True
            return
        root = os.path.realpath(self._root)
        # The author's own folder may be in PYTHONPATH; the run is to see its snapshot alone.
        sys.path[:] = [entry for entry in sys.path if os.path.realpath(entry) != root]
        sys.path_hooks.insert(0, self._find_in)
        sys.path.append(self._folder)

    def import_module(self, name: str) -> ModuleType:
        """Imports a module; whatever that raises comes out as it is."""
        process, self._is_importing = os.getpid(), True
        try:
            return importlib.import_module(name)
        finally:
            self._is_importing = False
            # A file that forks at import must not have two processes carry out one order.
            if os.getpid() != process:
                os._exit(0)

    def hider_of(self, name: str) -> str | None:
        """What has the name of a job file too, and is imported instead of it; None if nothing."""
        if self._is_installed:
            return None
        name = name.partition(".")[0]
        if name in sys.stdlib_module_names or name in sys.builtin_module_names:
            return f"the standard module {name!r}"
        try:
            spec = find_spec(name)
        except (ImportError, ValueError):
            return None
        # A package without __init__.py has no origin, but the folders that it is spread over.
        places = [spec.origin] if spec and spec.origin else spec and spec.submodule_search_locations
        if all(self.path_below(place) is not None for place in places or ()):
            return None
        return f"the installed package {name!r}"

    def path_below(self, path: str | None) -> str | None:
        """The path below JOBS_ROOT of an imported file; None if it lies elsewhere."""
        if path is None or not path.startswith(self._folder + os.sep):
            return None
        return Path(path).relative_to(self._folder).as_posix()

    def _find_in(self, path: str) -> FileFinder:
        """The hook for entries of ``sys.path`` and of packages that lie in the snapshot."""
        if not f"{path}{os.sep}".startswith(self._folder + os.sep):
            raise ImportError(f"{path} is no part of the jobs folder")
        return FileFinder(
            path,
            (ExtensionFileLoader, EXTENSION_SUFFIXES),
            (self._make_loader, SOURCE_SUFFIXES),  # type: ignore[arg-type]  # it is only called
        )

    def _make_loader(self, name: str, path: str) -> SourceFileLoader:
        authors_path = str(Path(self._root, self.path_below(path) or ""))
        if self._around is None or not self._is_importing:
            return _AuthorsFile(name, path, authors_path)
        return _WatchedFile(name, path, authors_path, self._around)


class _AuthorsFile(SourceFileLoader):
    """Loads a file from the snapshot; tracebacks name the author's own and show its lines."""

    def __init__(self, name: str, path: str, authors_path: str) -> None:
        super().__init__(name, path)
        self._authors_path = authors_path

    def get_code(self, _fullname: str) -> CodeType:
        source = self.get_data(self.path)
        code: CodeType = self.source_to_code(source, self._authors_path)
        lines = io.StringIO(decode_source(source)).readlines()
        # Without a time of modification, linecache never compares it with the file of today.
        linecache.cache[self._authors_path] = (len(source), None, lines, self._authors_path)
        return code


class _WatchedFile(_AuthorsFile):
    """Has somebody around when it is executed."""

    def __init__(self, name: str, path: str, authors_path: str, around: Around) -> None:
        super().__init__(name, path, authors_path)
        self._around = around

    def exec_module(self, module: ModuleType) -> None:
        with self._around(module.__name__):
            super().exec_module(module)


class _Barrier:
    """Refuses the modules that broke an earlier child, also to files that import them.

    A finder by what it does: ``importlib.abc`` would bring ``tempfile`` and ways of compression, a
    twelfth of what the child imports (measured).
    """

    def __init__(self, reasons: Mapping[str, str]) -> None:
        self._reasons = reasons

    def find_spec(
        self,
        fullname: str,
        _path: Sequence[str] | None,
        _target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if fullname in self._reasons:
            raise ImportError(f"module {fullname!r} {self._reasons[fullname]}", name=fullname)
        return None
