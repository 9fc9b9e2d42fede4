"""Rehearsal: a template does in advance what each of its forks will do around a job.

Python notes where it has found a name, and changes code that runs often into quicker code. A fork
that does so copies the pages which it shares with its template: a tenth of what a small run costs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from jobnb.authoring.job import Job
from jobnb.child.running import signals
from jobnb.child.running.outlet import Outlet
from jobnb.child.running.pipe import FrameWriter, OrderReader
from jobnb.child.running.run import run_forked
from jobnb.protocol import ChildOrder, RunSpec, pack_text

_ROUNDS: Final = 10
"""Python 3.11 changes a function after eight calls."""


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


def rehearse(outlet: Outlet) -> None:
    """Performs a job of ours a few times, and leaves this process as it was.

    Args:
        outlet: Installed; nobody says anything meanwhile.
    """
    order = _order()
    for _ in range(_ROUNDS):
        with _stage(order) as stage, signals.kept():
            first = stage.orders.receive()
            assert first is not None, "it is there"
            run_forked(ChildOrder.from_json(first), stage, outlet, lambda _spec: _Trial)
    outlet.close()


def _order() -> bytes:
    spec = RunSpec(run_id="", class_path=_Trial.class_path, job_name="", inputs={}, user="")
    return pack_text(ChildOrder(verb="run", folder="", root="", run=spec).to_json().encode())


@contextmanager
def _stage(order: bytes) -> Iterator[_Stage]:
    heard, frames = os.pipe()
    orders, told = os.pipe()
    try:
        os.write(told, order)
        yield _Stage(FrameWriter(frames), OrderReader(orders))
    finally:
        # Ours first: who hears the end of its orders ends.
        for descriptor in (orders, told, heard, frames):
            os.close(descriptor)
