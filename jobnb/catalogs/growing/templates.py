"""A template: a child that has imported job files, and of which runs are forked."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jobnb.catalogs.growing.conversation import Conversation
from jobnb.child.forks import Door, TemplateUnfit
from jobnb.child.process import ChildProcess
from jobnb.protocol import ChildOrder


@dataclass(frozen=True)
class Imported:
    """What a template tells when it has imported its units."""

    culprit: str
    """The unit that makes it unfit for forks; empty if it is fit."""
    reason: str
    weights: Mapping[str, int]
    """Bytes that the import of each unit has added."""

    @property
    def fault(self) -> str:
        """Why it is unfit, as a sentence without its end; empty if it is fit."""
        return f"{self.culprit} {self.reason}" if self.reason else ""

    @property
    def weight(self) -> int:
        """Bytes of all units."""
        return sum(self.weights.values())

    def weight_beside(self, unit: str) -> int:
        """Bytes of all but one unit."""
        while unit and unit not in self.weights:
            unit = unit.rpartition(".")[0]
        return self.weight - self.weights.get(unit, 0)


class Template:
    """A child that has imported job files and forks. Whoever holds it closes it."""

    def __init__(self, order: ChildOrder, environment: Mapping[str, str]) -> None:
        """Starts it; it begins to import.

        Raises:
            ChildError: The operating system refused.
        """
        self.door = Door()

        def begin(folder: Path) -> ChildProcess:
            return ChildProcess.start(
                order, environment=environment, cwd=folder, door=self.door.fileno()
            )

        try:
            self.talk = Conversation(begin)
        except BaseException:
            self.door.close()
            raise
        self.door.give_away()
        self.used = time.monotonic()

    def fork(self, order: ChildOrder, cwd: str | Path) -> ChildProcess:
        """A fork of it; see ``Door.fork``."""
        if self.is_over:  # a fork that it has made ahead may outlive it
            raise TemplateUnfit("its template has ended")
        self.used = time.monotonic()
        return self.door.fork(order, cwd)

    @property
    def is_over(self) -> bool:
        """Whether it makes no forks any more."""
        return not self.door.is_open or self.talk.is_over()

    def close(self) -> None:
        """Ends it. Its forks live on, but nobody will know their exit codes."""
        self.door.close()
        self.talk.close()
