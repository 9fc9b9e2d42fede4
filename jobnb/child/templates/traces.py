"""Traces: what the import of a job file leaves in its process, kept apart from the next one's.

A file that several others import is executed for the first of them alone. What it has left is done
again where the others import it, so that each of them finds what it would find by itself.
"""

from __future__ import annotations

import builtins
import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from jobnb.child.running.outlet import Outlet
from jobnb.child.templates.states import Change, State
from jobnb.protocol import RunEvent


@dataclass(frozen=True)
class _Step:
    """What a module has done at its import, between two imports of others."""

    change: Change
    said: list[RunEvent]


_Steps = list[_Step | str]
"""All of it in order; a text names another module, whose steps come there."""


class Traces:
    """Takes back what job files do to their process, and does it again for their runs."""

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet
        self._units: dict[str, tuple[Change, frozenset[str]]] = {}
        """How each of them left its process, and whose steps were done in it."""
        self._modules: dict[str, _Steps] = {}
        """What each module of the snapshot did."""
        self._here: set[str] = set()
        """Those of them whose steps are done in this process now."""
        self._open: list[_Steps] = []
        """Of the modules that are just being imported, the innermost last."""
        self._last = State.now()
        self._last_said = 0
        self._imports = _Imports(self._import_again)
        self._is_marked = False
        """Whether any module has done anything."""

    @contextmanager
    def kept_apart(self, unit: str) -> Iterator[None]:
        """Within the block ``unit`` is imported."""
        path, before = sys.path, State.now()
        self._here, self._open = set(), [[]]
        self._last, self._last_said = before, 0
        if self._is_marked:
            self._imports.watch()
        try:
            self._import_again(unit)
            yield
        finally:
            after = State.now()
            self._units[unit] = Change.between(before, after), frozenset(self._here)
            sys.path = path
            Change.between(after, before).apply()
            self._open = []
            self._imports.pause()

    @contextmanager
    def of_module(self, name: str) -> Iterator[None]:
        """Within the block, which lies in one for a unit, a module of the snapshot is executed."""
        self._settle()
        steps: _Steps = []
        self._open[-1].append(name)
        self._open.append(steps)
        self._here.add(name)
        try:
            yield
        except BaseException:
            self._settle()
            self._here.discard(name)  # who imports it executes it again
            self._open.pop()
            self._open[-1][-1:] = steps
            raise
        self._settle()
        self._open.pop()
        self._modules[name] = steps

    def restore(self, class_path: str) -> None:
        """Leaves this process as the unit of a job left it, and says again what that said.

        What the job imports later finds its own as well. The outlet is open.
        """
        unit = class_path
        while unit and unit not in self._units:
            unit = unit.rpartition(".")[0]
        if unit:
            change, here = self._units[unit]
            self._here = set(here)
            change.apply()
        if self._is_marked:
            self._imports.watch()
        self._outlet.repeat(unit)

    def restore_settings(self) -> None:
        """Gives this process what any of the files has set."""
        for change, _ in self._units.values():
            change.apply_settings()

    def _import_again(self, name: str) -> None:
        """Somebody imports a module that may be there already."""
        if name not in self._modules:
            return
        if not self._open:  # in a run
            self._do_again(name, self._outlet.say)
            return
        self._settle()
        self._open[-1].append(name)
        self._do_again(name, self._outlet.keep_also)
        self._last, self._last_said = State.now(), self._outlet.count_kept()

    def _do_again(self, name: str, say: Callable[[list[RunEvent]], object]) -> None:
        if name in self._here:
            return
        self._here.add(name)
        for step in self._modules.get(name, ()):
            if isinstance(step, str):
                self._do_again(step, say)
            else:
                step.change.apply()
                say(step.said)

    def _settle(self) -> None:
        """What has happened since the last time is the innermost module's."""
        now, said = State.now(), self._outlet.kept_since(self._last_said)
        change = Change.between(self._last, now)
        if change or said:
            self._open[-1].append(_Step(change, said))
            self._is_marked = True
            self._imports.watch()
        self._last, self._last_said = now, self._outlet.count_kept()


class _Imports:
    """Follows what is imported: of what is there already Python tells no finder."""

    def __init__(self, follow: Callable[[str], None]) -> None:
        self._follow = follow
        self._original = builtins.__import__
        self._original_by_name = importlib.import_module

    def watch(self) -> None:
        """From now on tells of each module, after it was imported."""
        builtins.__import__ = self._import
        importlib.import_module = self._import_by_name

    def pause(self) -> None:
        """Tells of none, so that imports are as fast as Python's."""
        if builtins.__import__ == self._import:
            builtins.__import__ = self._original
        if importlib.import_module == self._import_by_name:
            importlib.import_module = self._original_by_name

    def _import_by_name(self, name: str, package: str | None = None) -> ModuleType:
        module = self._original_by_name(name, package)
        full = importlib.util.resolve_name(name, package)
        for part in _imported(full, {}, (), 0):
            self._follow(part)
        return module

    def _import(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002 - Python's names
        locals: Mapping[str, Any] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        module = self._original(name, globals, locals, fromlist or (), level)
        for full in _imported(name, globals or {}, fromlist or (), level):
            self._follow(full)
        return module


def _imported(
    name: str, namespace: Mapping[str, Any], names: Sequence[str], level: int
) -> Iterator[str]:
    """The full names of all modules that an ``import`` may mean, the outer ones first."""
    if level:
        package = namespace.get("__package__") or namespace.get("__name__") or ""
        package = package.rsplit(".", level - 1)[0] if level > 1 else package
        name = f"{package}.{name}" if name else package
    parts = name.split(".")
    yield from (".".join(parts[: end + 1]) for end in range(len(parts)))
    yield from (f"{name}.{part}" for part in names)
