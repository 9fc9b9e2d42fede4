"""The border of a child: its pipes, and what becomes of them in processes forked from it."""

from __future__ import annotations

import contextlib
import os
import signal

from jobnb.child.pipes import tie
from jobnb.child.running import signals
from jobnb.child.running.pipe import FrameWriter, OrderReader
from jobnb.protocol import LeavingEvent, pack_run_event


class Border:
    """The pipes of this process to its parent.

    Attributes:
        writer: Frames to the parent.
        orders: Orders from it.
    """

    def __init__(self, frames: int, lifeline: int, orders: int) -> None:
        """Takes the descriptors; from now on this process group dies with the parent."""
        for descriptor in (frames, lifeline, orders):
            os.set_inheritable(descriptor, False)
        _die_with_parent(lifeline)
        self._lifeline = lifeline
        self.writer = FrameWriter(frames)
        self.orders = OrderReader(orders)
        self._is_forking = False
        os.register_at_fork(
            before=signals.hold_back,
            after_in_parent=signals.let_through,
            after_in_child=self._become_stranger,
        )

    def fork(self) -> int:
        """Forks a process that is no stranger: it gets pipes of its own, by ``move``."""
        self._is_forking = True
        try:
            return os.fork()
        finally:
            self._is_forking = False

    def move(self, frames: int, lifeline: int, orders: int) -> None:
        """In such a fork, which leads a group of its own: closes the old pipes, takes new ones.

        The parent has tied the lifeline, before it gives an order.
        """
        self.writer.move(frames)
        for own, shared in ((lifeline, self._lifeline), (orders, self.orders.descriptor)):
            os.dup2(own, shared, inheritable=False)
            os.close(own)

    def say_farewell(self) -> None:
        """Tells the parent that this process says no more, and ends with code 0 now.

        The parent need not wait then until the system has taken the process apart.
        """
        self.writer.write(pack_run_event(LeavingEvent(0)))
        self.writer.abandon()
        for descriptor in (1, 2):
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def _become_stranger(self) -> None:
        """In a process that the job forked: it shares our group, but not our pipes and handlers."""
        if self._is_forking or not self.writer.is_open:
            return  # forked by a forked one: the numbers are somebody else's by now
        self.writer.abandon()
        for descriptor in (self._lifeline, self.orders.descriptor):
            os.close(descriptor)
        signals.restore_defaults()


def _die_with_parent(lifeline: int) -> None:
    if not tie(lifeline, os.getpgrp()):
        return
    try:
        parent_is_gone = os.read(lifeline, 1) == b""
    except BlockingIOError:
        parent_is_gone = False
    if parent_is_gone:
        os.killpg(0, signal.SIGKILL)
