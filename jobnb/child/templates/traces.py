"""Traces: what the import of a job file leaves in its process, kept apart from the next one's."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class _Trace:
    """How a file left its process, as far as that differs."""

    path: list[str] | None
    environment: dict[str, str | None]
    """None for a variable that it has removed."""
    folder: str | None


class Traces:
    """Takes ``sys.path``, environment and working directory back after each import."""

    def __init__(self) -> None:
        self._traces: dict[str, _Trace] = {}

    def __contains__(self, unit: object) -> bool:
        return unit in self._traces

    @contextmanager
    def kept_apart(self, unit: str) -> Iterator[None]:
        """Within the block ``unit`` is imported."""
        path, entries = sys.path, sys.path.copy()
        environment, folder = dict(os.environ), _folder()  # noqa: TID251 - the job's, not ours
        try:
            yield
        finally:
            self._traces[unit] = _Trace(
                path=None if sys.path == entries else list(sys.path),
                environment=_changes(environment),
                folder=None if _folder() == folder else _folder(),
            )
            path[:] = entries
            sys.path = path
            _apply({name: environment.get(name) for name in self._traces[unit].environment})
            _move(folder)

    def restore(self, unit: str) -> None:
        """Leaves this process as ``unit`` left it."""
        trace = self._traces.get(unit)
        if trace is None:
            return
        if trace.path is not None:
            sys.path[:] = trace.path
        _apply(trace.environment)
        _move(trace.folder)

    def restore_environments(self) -> None:
        """Gives this process the variables that any of the files has set."""
        for trace in self._traces.values():
            _apply(trace.environment)


def _changes(before: dict[str, str]) -> dict[str, str | None]:
    now = dict(os.environ)  # noqa: TID251
    names = before.keys() | now.keys()
    return {name: now.get(name) for name in names if before.get(name) != now.get(name)}


def _apply(environment: dict[str, str | None]) -> None:
    for name, value in environment.items():
        if value is None:
            os.environ.pop(name, None)  # noqa: TID251
        else:
            os.environ[name] = value  # noqa: TID251


def _folder() -> str | None:
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return None


def _move(folder: str | None) -> None:
    if folder is not None:
        with contextlib.suppress(OSError):
            os.chdir(folder)
