"""The describing child: imports the job files, tells what is in them, then answers questions."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any

from jobnb.authoring.attention import attention
from jobnb.authoring.failure import ExceptionInfo
from jobnb.authoring.functions import JobFunction
from jobnb.authoring.job import Job
from jobnb.authoring.registration import (
    declaration_warnings,
    describe_job,
    register_jobs,
    registered_jobs,
)
from jobnb.child.importing.carried import load_carried
from jobnb.child.importing.faults import explain
from jobnb.child.importing.loader import Around, JobLoader, JobNotLoaded, units_of
from jobnb.child.importing.questions import answer
from jobnb.child.importing.sources import Unit, UnreadableSource, has_jobs, module_name
from jobnb.objects.scope import session_scope
from jobnb.protocol import CELL_MODULE, NEW_PAGE, ChildOrder, FileProblem, pack_event


def take_all(order: ChildOrder, inventory: Inventory, send: Callable[[bytes], object]) -> None:
    """Imports the files of ``order.folder``, as far as the order wants them.

    Before anything of a module happens its name is sent, so that the parent knows which one it
    was that ended the process, or does not come to an end.
    """
    for unit in units_of(order):
        if unit.name not in order.skip:
            _turn_page()
            send(pack_event(["importing", unit.name]))
            inventory.take(unit)
    _turn_page()


def describe_and_answer(
    inventory: Inventory, send: Callable[[bytes], object], receive: Callable[[], bytes | None]
) -> None:
    """Tells what is in the files, then answers until the parent closes the pipe."""
    send(pack_event(["describing"]))
    _answer(inventory.describe(), send, receive)


def serve_carried(
    order: ChildOrder, send: Callable[[bytes], object], receive: Callable[[], bytes | None]
) -> None:
    """Takes a job out of a notebook, then answers until the parent closes the pipe."""
    found = _take_carried(order, send)
    send(pack_event(["imported", "", "", {}]))
    _answer(found, send, receive)


def _answer(
    found: dict[str, Any], send: Callable[[bytes], object], receive: Callable[[], bytes | None]
) -> None:
    def tell(what: str) -> None:
        send(pack_event(["busy", what]))

    send(pack_event(["described", found]))
    while (request := receive()) is not None:
        question = json.loads(request)
        # No lock is held, and nothing stale is kept, until the next question.
        with session_scope(), attention(tell):
            reply = answer(question)
        send(pack_event(["reply", question["id"], reply]))


def _take_carried(order: ChildOrder, send: Callable[[bytes], object]) -> dict[str, Any]:
    """Takes a job out of a notebook, which has described it already."""
    problems = []
    if CELL_MODULE not in order.skip:
        send(pack_event(["importing", CELL_MODULE]))
        try:
            register_jobs(load_carried(order))
        except JobNotLoaded as error:
            problems.append(asdict(FileProblem(file=CELL_MODULE, message=str(error))))
    return {"jobs": [], "problems": problems}


def _turn_page() -> None:
    """Keeps the last words of one file apart from what the files before it have printed."""
    with contextlib.suppress(OSError):  # a file may have closed descriptor 2
        os.write(2, NEW_PAGE)


class Inventory:
    """What the job files have given so far, and what is wrong with them."""

    def __init__(self, order: ChildOrder, alone: Around, around_module: Around) -> None:
        """Lets the files be imported; imports none.

        Args:
            order: Where they are.
            alone: Around the import of the unit of that name.
            around_module: Around the execution of each file, by the name of its module.
        """
        self._folder = Path(order.folder)
        self._root = order.root
        self._alone = alone
        self._is_told = bool(order.modules)
        self._problems: list[FileProblem] = []
        self._expected: list[str] = []
        self._registrars: dict[str, str] = {}
        self._loader = JobLoader(order, around_module)
        self._loader.install()

    def take(self, unit: Unit) -> None:
        """Imports a unit if there are jobs in it, or if its place says that there are."""
        hider = None if unit.obstacle else self._loader.hider_of(unit.name)
        if hider is not None:
            self._complain(unit.file, f"would hide {hider}; rename it")
            return
        files = [file for file in unit.files if self._has_jobs(file)]
        if unit.obstacle:
            for file in files:
                self._complain(file, unit.obstacle)
        elif (files or self._is_told) and self._import(unit):
            self._expected += files
        for class_path in registered_jobs():
            self._registrars.setdefault(class_path, unit.file)

    def describe(self) -> dict[str, Any]:
        """All jobs and problems, as JSON values."""
        for file in self._expected:
            self._look_for_forgotten(file)
        jobs = list(self._descriptions())
        for class_path, message in declaration_warnings().items():
            self._complain(
                self._registrars[class_path], f"warning, as Nautobot says none: {message}"
            )
        return {"jobs": jobs, "problems": [asdict(problem) for problem in self._problems]}

    def _has_jobs(self, file: str) -> bool:
        try:
            return has_jobs(self._folder / file, str(Path(self._root, file)))
        except UnreadableSource as error:
            self._complain(file, str(error))
        except Exception as error:  # noqa: BLE001 - the parser gives up in many ways
            self._complain_of(error, (file,), file)
        return False

    def _import(self, unit: Unit) -> bool:
        """Whether it went well."""
        try:
            with self._alone(unit.name):
                self._loader.import_module(unit.name)
        except BaseException as error:  # noqa: BLE001 - an import raises whatever it likes
            self._complain_of(error, unit.files, unit.file)
            return False
        return True

    def _descriptions(self) -> Iterator[dict[str, Any]]:
        for class_path, job_class in registered_jobs().items():
            if not _is_loaded(job_class.__module__):
                continue  # its module registered it, and failed after that
            file = self._file_of(sys.modules[job_class.__module__]) or self._registrars[class_path]
            try:
                description = asdict(describe_job(job_class, file))
                json.dumps(description)
            except Exception as error:  # noqa: BLE001 - properties and defaults are job code
                sentence = ExceptionInfo.of(error, hidden=__file__).sentence
                self._complain(file, f"job class {class_path} cannot be described: {sentence}")
                continue
            yield description

    def _look_for_forgotten(self, file: str) -> None:
        """Complains about job classes that nobody will ever see."""
        name = module_name(file)
        module = sys.modules.get(name)
        if module is None or self._file_of(module) != file:
            parent, _, leaf = name.rpartition(".")
            first = f"{name.partition('.')[0]}/__init__.py"
            self._complain(
                file,
                f"has jobs, but nobody imports it; add to {first}: from {parent} import {leaf}",
            )
            return
        forgotten = ", ".join(cls.__name__ for cls in _forgotten_classes(module))
        if forgotten:
            prefix = "" if hasattr(module, "register_jobs") else "jobs."
            self._complain(
                file,
                f"defines job {forgotten}, but nobody registers it; add this line at the "
                f"end: {prefix}register_jobs({forgotten})",
            )

    def _file_of(self, module: ModuleType) -> str | None:
        return self._loader.path_below(getattr(module, "__file__", None))

    def _complain_of(self, error: BaseException, files: Collection[str], default: str) -> None:
        fault = explain(error, self._loader.place, files, default)
        self._complain(fault.file, fault.message, fault.traceback)

    def _complain(self, file: str, message: str, traceback: str = "") -> None:
        self._problems.append(FileProblem(file=file, message=message, traceback=traceback))


def _is_loaded(module: str) -> bool:
    """Whether a module and all its parents are there: an import that fails takes them away."""
    parts = module.split(".")
    return all(".".join(parts[: end + 1]) in sys.modules for end in range(len(parts)))


def _job_class_of(value: object) -> object:
    return value.job_class if isinstance(value, JobFunction) else value


def _forgotten_classes(module: ModuleType) -> list[type[Job]]:
    """Job classes of a module, also of functions, neither registered nor the base of others."""
    registered = set(registered_jobs().values())
    return [
        value
        for value in map(_job_class_of, vars(module).values())
        if isinstance(value, type)
        and issubclass(value, Job)
        and value.__module__ == module.__name__
        and value not in registered
        and not value.__subclasses__()
    ]
