"""Performs a job in a process that is no child: the author's own wish, for the debugger.

What a child may change for good is put back here: imports, streams, logging, working directory.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from jobnb.authoring.job import Job
from jobnb.authoring.joblog import Emit
from jobnb.authoring.lifecycle import SendFile, perform
from jobnb.authoring.registration import forget_jobs, register_jobs, registered_jobs
from jobnb.child.importing import loader, lookalikes
from jobnb.child.running.capture import captured
from jobnb.errors import RunCancelled
from jobnb.objects.scope import session_scope
from jobnb.protocol import CELL_MODULE, ChildOrder, FinishedEvent, Reason, Status


def perform_inline(
    order: ChildOrder,
    workplace: Path,
    emit: Emit,
    send_file: SendFile,
    witness: Callable[[BaseException], object],
) -> FinishedEvent:
    """Loads the job that ``order.run`` names and runs it in this thread.

    Args:
        order: As a child gets it.
        workplace: An empty folder, the working directory of the job.
        emit: Takes the events, on the thread that speaks.
        send_file: Takes what the job gives to ``create_file()``.
        witness: Is shown the exception that ended the run.
    """
    spec = order.run
    assert spec is not None, "a run order names its run"
    try:
        known = registered_jobs()
        with _own_imports(order), captured(emit, loader.job_loggers(order), workplace):
            job_class = _load(order, spec.class_path, known)
            with session_scope():  # as in a child
                return perform(job_class, spec, emit, send_file, witness=witness)
    except loader.JobNotLoaded as error:
        witness(error.__cause__ or error)
        return error.end_of_run()
    except RunCancelled as error:  # outside of the job's own code
        return FinishedEvent(time.time(), Status.REVOKED, Reason.CANCELLED, str(error), value=None)


def _load(order: ChildOrder, class_path: str, known: Mapping[str, type[Job]]) -> type[Job]:
    """The class; one that was typed into a cell is here, where a debugger knows its lines."""
    if not order.code:
        return loader.load_job(order, class_path)
    name = class_path.rpartition(".")[2]
    here = getattr(sys.modules[CELL_MODULE], name, None) or known[class_path]
    job_class: type[Job] = getattr(here, "job_class", here)
    return job_class


@contextmanager
def _own_imports(order: ChildOrder) -> Iterator[None]:
    """The job files are importable within the block, and forgotten after it.

    An edited file is new at the next run, as it is with children.
    """
    # What was typed into a cell is not imported: it is there, with what it uses.
    names = set() if order.code else {*loader.job_loggers(order)}
    own = names - sys.stdlib_module_names
    # A notebook may have imported a job file by itself: that is another module of the same name.
    hidden = {name: sys.modules.pop(name) for name in [*sys.modules] if name.split(".")[0] in own}
    known, jobs = {*sys.modules}, registered_jobs()
    lists = (sys.path, sys.path_hooks, sys.meta_path)
    before = [[*items] for items in lists]
    forget_jobs()
    try:
        yield
    finally:
        forget_jobs()
        register_jobs(*jobs.values())
        for items, saved in zip(lists, before, strict=True):
            items[:] = saved  # type: ignore[index]  # each list gets its own items
        folder = str(Path(order.folder).resolve())
        for name in {*sys.modules} - known:
            file = str(getattr(sys.modules[name], "__file__", None) or "")
            if file.startswith(folder) or name in lookalikes.MODULES:
                del sys.modules[name]
        sys.modules.update(hidden)
        for path in [path for path in sys.path_importer_cache if path.startswith(folder)]:
            del sys.path_importer_cache[path]
