"""A job whose code came with its order: out of a cell of a notebook, not out of a file.

What is unpickled here comes from the submitter of this very run, who could run any code anyway. It
is never stored.
"""

from __future__ import annotations

import linecache
import os
import sys
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from jobnb.authoring.failure import ExceptionInfo
from jobnb.authoring.job import Job
from jobnb.child.importing import loader
from jobnb.child.importing.loader import JobNotLoaded
from jobnb.errors import RunCancelled
from jobnb.protocol import CELL_MODULE, ChildOrder


def load(order: ChildOrder, class_path: str) -> type[Job]:
    """The job class, wherever it comes from, in the child that will run it.

    Raises:
        JobNotLoaded: It cannot be had from there.
        RunCancelled: Somebody cancelled the run meanwhile.
    """
    return load_carried(order) if order.code else loader.load_job(order, class_path)


def load_carried(order: ChildOrder) -> type[Job]:
    """The job class that an order carries; the process has the notebook's ``__main__`` from now on.

    Raises:
        JobNotLoaded: It needs something that is not there.
        RunCancelled: Somebody cancelled the run meanwhile.
    """
    import base64  # here, as they are for cells alone: each fork of a file would take them along
    import pickle

    show_cells(order)
    main = ModuleType(CELL_MODULE)
    sys.modules[CELL_MODULE] = main
    try:
        job_class: type[Job] = pickle.loads(base64.b64decode(order.code))  # noqa: S301 - see above
    except RunCancelled:
        raise
    except BaseException as error:
        info = ExceptionInfo.of(error, hidden=__file__)
        class_path = order.run.class_path if order.run else "of this cell"
        reason = f"Job {class_path} {_reason(error, info)}."
        raise JobNotLoaded(reason, info.type_name, info.message) from error
    for function in vars(job_class).values():
        if isinstance(function, FunctionType) and function.__globals__["__name__"] == CELL_MODULE:
            vars(main).update(_plain(function.__globals__))
    setattr(main, job_class.__name__, job_class)
    return job_class


def show_cells(order: ChildOrder) -> None:
    """Lets tracebacks show the lines of the cells, which are in no file here."""
    for path in Path(order.folder).rglob("*"):
        if not path.is_file():
            continue
        name = path.relative_to(order.folder).as_posix()
        text = path.read_text("utf-8", "surrogatepass")
        lines = text.splitlines(keepends=True)
        for shown in (name, os.path.join(order.root, name)):  # noqa: PTH118 - as code names it
            linecache.cache[shown] = (len(text), None, lines, shown)


def _plain(names: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in names.items() if not name.startswith("__")}


def _reason(error: BaseException, info: ExceptionInfo) -> str:
    if isinstance(error, ModuleNotFoundError):
        return (
            f"needs the module {error.name!r}, which is not installed where it runs; install it "
            "there, or put the job into a file of the jobs folder"
        )
    return f"cannot be taken out of its notebook cell: {info.sentence.removesuffix('.')}"
