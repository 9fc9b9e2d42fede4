"""States: how a process is, as far as job files change it at their import, and what has changed."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobnb.child.templates.habits import HABITS, read_all


@dataclass(frozen=True)
class State:
    """How this process was at one moment."""

    path: list[str]
    environment: dict[str, str]
    folder: str | None
    habits: list[Any]

    @classmethod
    def now(cls) -> State:
        """How it is."""
        return cls(list(sys.path), dict(os.environ), _folder(), read_all())  # noqa: TID251 - the job's, not ours


@dataclass(frozen=True)
class Change:
    """What has changed from one moment to another; can be done again at other times."""

    front: list[str]
    """New at the front of ``sys.path``."""
    back: list[str]
    """New at its end."""
    path: list[str] | None
    """What it is instead, if something else was done to it."""
    environment: dict[str, str | None]
    """Values of those that have changed; None for one that has gone."""
    folder: str | None
    habits: dict[int, Any]
    """Place in ``HABITS`` to value, or to what of it is new."""

    @classmethod
    def between(cls, before: State, after: State) -> Change:
        """What must happen to the first state for the second one."""
        pairs = enumerate(zip(before.habits, after.habits, strict=True))
        return cls(
            *_new_on(before.path, after.path),
            _news(before.environment, after.environment),
            None if after.folder == before.folder else after.folder,
            {place: _news(then, now) for place, (then, now) in pairs if then != now},
        )

    def __bool__(self) -> bool:
        """Whether there is anything."""
        is_path = self.front or self.back or self.path is not None
        return bool(is_path or self.environment or self.folder or self.habits)

    def apply(self) -> None:
        """Does it to this process."""
        sys.path[:] = [*self.front, *(sys.path if self.path is None else self.path), *self.back]
        self.apply_settings()
        if self.folder is not None:
            with contextlib.suppress(OSError):
                os.chdir(self.folder)

    def apply_settings(self) -> None:
        """Environment and habits alone."""
        for name, value in self.environment.items():
            if value is None:
                os.environ.pop(name, None)  # noqa: TID251
            else:
                os.environ[name] = value  # noqa: TID251
        if "TZ" in self.environment:
            time.tzset()
        for place, value in self.habits.items():
            with contextlib.suppress(Exception):  # it may be the job's own object
                HABITS[place].write(value)


def _new_on(before: list[str], after: list[str]) -> tuple[list[str], list[str], list[str] | None]:
    """What was put at the front and at the end of a path; or what it is instead."""
    if before == after:
        return [], [], None
    for at in range(len(after) - len(before) + 1):
        if after[at : at + len(before)] == before:
            return after[:at], after[at + len(before) :], None
    return [], [], after


def _news(then: Any, now: Any) -> Any:
    """What is to be set; of a mapping only what differs, with None for what has gone."""
    if not isinstance(now, dict):
        return now
    names = then.keys() | now.keys()
    return {name: now.get(name) for name in names if then.get(name) != now.get(name)}


def _folder() -> str | None:
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return None
