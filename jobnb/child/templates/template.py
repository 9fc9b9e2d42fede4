"""The child as a template: it imports job files once, and each run is a fork of it.

A describing child is one too: the process that answers questions is its first fork, so that what
the answers leave behind is never found by a run.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jobnb.authoring.inputs import settle_forms
from jobnb.authoring.job import Job
from jobnb.authoring.registration import registered_job, registered_jobs
from jobnb.child.importing.describe import Inventory, describe_and_answer, serve_carried, take_all
from jobnb.child.importing.loader import job_loggers
from jobnb.child.running.border import Border
from jobnb.child.running.outlet import Outlet
from jobnb.child.running.run import run_forked
from jobnb.child.templates.fitness import Fitness
from jobnb.child.templates.forking import wait_for_forks
from jobnb.child.templates.fresh import make_fresh
from jobnb.child.templates.habits import note_exit_functions
from jobnb.child.templates.hotpages import HotPages
from jobnb.child.templates.leaving import Leaving
from jobnb.child.templates.rehearsal import rehearse
from jobnb.child.templates.traces import Traces
from jobnb.protocol import WHERE_SIGNAL, ChildOrder, RunSpec, pack_event


def prepare(order: ChildOrder, border: Border, doors: Sequence[int]) -> None:
    """Imports the files of ``order.folder``, then forks for whoever knocks.

    A process that cannot be forked, or that has no door, tells why. If it is to describe, it does
    so itself then.
    """
    faulthandler.register(WHERE_SIGNAL, all_threads=False)
    if order.code:
        serve_carried(order, border.writer.write, border.orders.receive)
        os.killpg(0, signal.SIGKILL)
    door = socket.socket(fileno=doors[0]) if doors else None
    imports = _Imports(order)
    take_all(order, imports.inventory, border.writer.write)
    border.writer.write(pack_event(["imported", *imports.fault, imports.weights]))
    if door is not None and not any(imports.fault):
        _fork(door, border, imports)
    elif order.verb == "describe":
        _answer(border, imports)
    # Threads and processes that a file started at its import end with us.
    os.killpg(0, signal.SIGKILL)


def _fork(door: socket.socket, border: Border, imports: _Imports) -> None:
    files = imports.fitness.files()
    settle_forms(registered_jobs().values())
    imports.leaving.settle()
    pages = HotPages(_private_memory())
    ends = wait_for_forks(door, imports.refuses, border.fork, imports.rehearse)
    if ends is None:
        return
    orders, output, errors, frames, lifeline = ends
    border.move(frames, lifeline, orders)
    for descriptor, number in ((output, 1), (errors, 2)):
        os.dup2(descriptor, number)
        os.close(descriptor)
    # What no run need wait for: its order may be long in coming, if this fork was made ahead.
    pages.copy()
    make_fresh(files)  # NumPy takes most of a millisecond
    first = border.orders.receive()
    if first is None:
        os._exit(0)
    order = ChildOrder.from_json(first)
    os.chdir(order.workplace)
    if order.verb == "run":
        run_forked(order, border, imports.outlet, imports.load)
        last = [pages.learn] if imports.are_rehearsed else []
        imports.leaving.leave(*last, border.say_farewell)
    _answer(border, imports)


def _answer(border: Border, imports: _Imports) -> None:
    imports.traces.restore_settings()
    describe_and_answer(imports.inventory, border.writer.write, border.orders.receive)


class _Imports:
    """The job files in this process, and what they have left in it."""

    def __init__(self, order: ChildOrder) -> None:
        self.outlet = Outlet()
        self.outlet.install(job_loggers(order))
        note_exit_functions(order.root)
        self.traces = Traces(self.outlet)
        self.leaving = Leaving()
        self.fitness = Fitness()
        self.fault = ("", "")
        """The unit that makes this process unfit for forks, and why; empty if it is fit."""
        self.weights: dict[str, int] = {}
        """Bytes that the import of each unit has added to what every fork has to take along."""
        self.are_rehearsed = False
        """Whether forks find all done that they have in common."""
        self.inventory = Inventory(order, self._alone, self.traces.of_module)

    @contextmanager
    def _alone(self, unit: str) -> Iterator[None]:
        before = _private_memory()
        try:
            with self.outlet.listening(unit), self.traces.kept_apart(unit):
                yield
        finally:
            self.weights[unit] = _private_memory() - before
            if not any(self.fault):
                self.fault = unit, self._fault(unit)
            if not self.fault[1]:
                self.fault = "", ""

    def _fault(self, unit: str) -> str:
        if self.outlet.is_too_long(unit):
            return "says too much at its import to be repeated in each run"
        return self.fitness.fault()

    def refuses(self, class_path: str) -> dict[str, Any] | None:
        """Why no run of a job is forked from here; None if one is."""
        if not class_path:  # to describe
            return None
        return {"unknown": True} if registered_job(class_path) is None else None

    def rehearse(self) -> None:
        """Goes through a run, so that its forks do it better."""
        rehearse(self.outlet)
        faulthandler.register(WHERE_SIGNAL, all_threads=False)
        self.are_rehearsed = True

    def load(self, spec: RunSpec) -> type[Job]:
        """The class of a job, in a fork for it; as if its file had been imported just now."""
        self.traces.restore(spec.class_path)
        job_class = registered_job(spec.class_path)
        assert job_class is not None, "it was there when this fork was asked for"
        return job_class


def _private_memory() -> int:
    """Bytes that this process has to itself; 0 where the system does not tell them so simply."""
    with contextlib.suppress(OSError):
        _, resident, shared, *_ = map(int, Path("/proc/self/statm").read_text("ascii").split())
        return (resident - shared) * os.sysconf("SC_PAGE_SIZE")
    return 0
