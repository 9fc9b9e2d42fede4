"""Rehearsal: a template does in advance what each of its forks will do around a job.

Python notes where it has found a name, and changes code that runs often into quicker code. A fork
that does so copies the pages which it shares with its template: a tenth of what a small run costs.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from jobnb.authoring.job import Job
from jobnb.child.running import signals
from jobnb.child.running.outlet import Outlet
from jobnb.child.running.pipe import FrameWriter, OrderReader
from jobnb.child.running.run import run_forked
from jobnb.child.templates.traces import Traces
from jobnb.protocol import ChildOrder, RunSpec, pack_text

_ROUNDS: Final = 10
"""Python 3.11 changes a function after eight calls."""
_HOOKS: Final[list[Callable[[], object]]] = [
    getattr(module, name)
    for module, name in (
        (threading, "_after_fork"),
        (logging, "_after_at_fork_child_reinit_locks"),
    )
    if hasattr(module, name)
]
"""What Python itself calls in each fork: it makes locks new, and forgets all threads but one."""


class _Trial(Job):
    """Says nothing itself: what a job file has replaced in ``logging`` is not to run here.

    Nor is what it may have put into ``Job``: the hooks are those from before its import.
    """

    __init__ = Job.__init__
    before_start = Job.before_start
    on_success = Job.on_success
    after_return = Job.after_return

    def run(self) -> int:
        return 1


@dataclass(frozen=True)
class _Stage:
    """Pipes on which nobody listens."""

    writer: FrameWriter
    orders: OrderReader
    frames: int
    """The descriptor of ``writer``."""


def rehearse(outlet: Outlet) -> None:
    """Performs a job of ours a few times, and leaves this process as it was.

    Args:
        outlet: Installed; nobody says anything meanwhile.
    """
    order, traces = _order(), Traces(outlet)
    with traces.kept_apart(__name__):
        pass  # a file that leaves nothing behind

    def load(spec: RunSpec) -> type[Job]:
        traces.restore(spec.class_path)
        trial: type[Job] = _Trial
        return trial

    for _ in range(_ROUNDS):
        _begin_anew()
        with _stage(order) as stage, signals.kept():
            stage.writer.move(os.dup(stage.frames))
            first = stage.orders.receive()
            assert first is not None, "it is there"
            run_forked(ChildOrder.from_json(first), stage, outlet, load)
    outlet.close()


def _begin_anew() -> None:
    """Does to the locks of this process what Python does to them in a fork."""
    if threading.active_count() > 1:  # it would be forgotten, or a lock of it that is held
        return
    for hook in _HOOKS:
        with contextlib.suppress(Exception):  # it asks every handler of a job file
            hook()


def _order() -> bytes:
    spec = RunSpec(run_id="", class_path=_Trial.class_path, job_name="", inputs={}, user="")
    return pack_text(ChildOrder(verb="run", folder="", root="", run=spec).to_json().encode())


@contextmanager
def _stage(order: bytes) -> Iterator[_Stage]:
    heard, frames = os.pipe()
    orders, told = os.pipe()
    try:
        os.write(told, order)
        yield _Stage(FrameWriter(frames), OrderReader(orders), frames)
    finally:
        # Ours first: who hears the end of its orders ends.
        for descriptor in (orders, told, heard, frames):
            os.close(descriptor)
