"""Carrying: a class that was typed into a notebook as bytes, with everything that it needs there.

The bytes go into one order, or to a child of this process; they are never stored. What is kept is
the text of the cells.
"""

from __future__ import annotations

import base64
import hashlib
import io
import linecache
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

import cloudpickle

from jobnb.catalogs.files.snapshots import manifest_digest
from jobnb.catalogs.sources.cellnames import shown_name
from jobnb.errors import NotCarried
from jobnb.protocol import Snapshot, SnapshotFile

MOST: Final = 1024 * 1024
"""Bytes that may be carried: code is small, and data are inputs."""

_Bytes = bytes


@dataclass(frozen=True, kw_only=True)
class Carried:
    """A class as it can be sent to another process."""

    code: str
    """What ``jobnb.child.importing.carried`` makes the class of, as text."""
    snapshot: Snapshot
    """The text of the cells and modules that it consists of."""
    contents: dict[str, bytes]
    """Digest to content of the files of the snapshot."""


def carry(job_class: type, name: str) -> Carried:
    """The class with the functions, classes and values of the notebook that it uses, as they are.

    Args:
        job_class: Of ``__main__``.
        name: Display name of the job, for messages.

    Raises:
        NotCarried: It uses something that cannot be sent, or too much data; it is named.
    """
    target = _Bounded()
    pickler = _Pickler(target)
    try:
        with _by_value(own_modules()):
            pickler.dump(job_class)
    except Exception as error:
        raise NotCarried(_complaint(job_class, name, error)) from error
    return _carried(target.getvalue(), pickler.sources)


def own_modules() -> list[ModuleType]:
    """Modules that lie beside the notebook, where no other process would find them."""
    here = Path.cwd()
    found = []
    for module in [*sys.modules.values()]:
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and module.__name__ != "__main__" and _lies_below(file, here):
            top = module.__name__.partition(".")[0]
            if top != "jobnb" and not _is_found_elsewhere(top, here):
                found.append(module)
    return found


def _lies_below(file: str, folder: Path) -> bool:
    return os.path.realpath(file).startswith(f"{folder}{os.sep}")


def _is_found_elsewhere(name: str, here: Path) -> bool:
    """Whether another process, which does not work in this folder, finds the module as well."""
    elsewhere = [entry for entry in sys.path if Path(entry or here).absolute() != here]
    if PathFinder.find_spec(name, elsewhere) is not None:
        return True
    others = (finder for finder in sys.meta_path if finder is not PathFinder)
    return any(finder.find_spec(name, None) is not None for finder in others)


@contextmanager
def _by_value(modules: list[ModuleType]) -> Iterator[None]:
    with ExitStack() as stack:
        for module in modules:
            cloudpickle.register_pickle_by_value(module)
            stack.callback(cloudpickle.unregister_pickle_by_value, module)
        yield


class _TooLarge(Exception):
    """More was written than may be."""


class _Bounded(io.BytesIO):
    """Takes as many bytes as may be carried."""

    def write(self, data: Any) -> int:
        if self.tell() + memoryview(data).nbytes > MOST:
            raise _TooLarge
        return super().write(data)


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]  # it has no types
    """Notes the text of all code that it meets, which it calls by the name that people know."""

    def __init__(self, target: io.BytesIO) -> None:
        super().__init__(target)
        self.sources: dict[str, str] = {}

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, CodeType):
            name = shown_name(value.co_filename)
            text = "".join(linecache.getlines(value.co_filename))
            if text:
                self.sources[name] = text
            if name != value.co_filename:
                return _code_reduction(value.replace(co_filename=name))
        return super().reducer_override(value)


def _code_reduction(code: CodeType) -> Any:
    """How cloudpickle sends code; it looks the way up by type."""
    return cloudpickle.Pickler.dispatch_table[CodeType](code)


def _carried(code: bytes, sources: dict[str, str]) -> Carried:
    here = Path.cwd()
    contents: dict[str, bytes] = {}
    files = []
    for name, text in sources.items():
        content = text.encode("utf-8", "surrogatepass")
        digest = hashlib.sha256(content).hexdigest()
        contents[digest] = content
        files.append(SnapshotFile(path=_path_below(name, here), digest=digest, size=len(content)))
    in_order = tuple(sorted(files, key=lambda file: file.path))
    snapshot = Snapshot(digest=manifest_digest(in_order), files=in_order, root=str(here))
    return Carried(
        code=base64.b64encode(code).decode("ascii"), snapshot=snapshot, contents=contents
    )


def _path_below(name: str, folder: Path) -> str:
    path = Path(name)
    if not path.is_absolute():
        return name
    if path.is_relative_to(folder):
        return path.relative_to(folder).as_posix()
    return path.name


def _complaint(job_class: type, name: str, error: Exception) -> str:
    """Which part of the notebook cannot be carried, and what to do about it."""
    job = f"Job {name!r}"
    if isinstance(error, _TooLarge):
        what, size = max(_sizes(job_class), key=lambda found: found[1], default=("its code", MOST))
        amount = f" ({size / MOST:.1f} MiB)" if size > MOST else ""
        return (
            f"{job} takes {what}{amount} from the notebook, and 1 MiB at most may go along with "
            "its code. Pass it as an input, or read it inside of run()."
        )
    for what, value in _captured(job_class):
        try:
            cloudpickle.dumps(value)
        except Exception as reason:  # noqa: BLE001 - objects refuse in many ways
            return (
                f"{job} takes {what} from the notebook, a {type(value).__name__} that cannot be "
                f"sent to another process ({_one_line(reason)}). Make it inside of run(), or pass "
                "what it is made of as an input."
            )
    return f"{job} cannot be sent to another process: {type(error).__name__}: {_one_line(error)}"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _sizes(job_class: type) -> Iterator[tuple[str, int]]:
    for what, value in _captured(job_class):
        counter = _Counter()
        try:
            cloudpickle.Pickler(counter).dump(value)
        except Exception:  # noqa: BLE001, S112 - then it is not its size
            continue
        yield what, counter.size


class _Counter(io.RawIOBase):
    """Counts what is written, and keeps none of it."""

    size = 0

    def write(self, data: Any) -> int:
        count = memoryview(data).nbytes
        self.size += count
        return count


def _captured(job_class: type) -> Iterator[tuple[str, Any]]:
    """The data of the notebook that a class uses, by the names that the notebook has for them."""
    seen: set[int] = set()
    pending: list[Any] = [job_class]
    while pending:
        item = pending.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        for what, value in _uses(item):
            if isinstance(value, FunctionType | staticmethod | classmethod | property):
                pending.append(value)
            elif isinstance(value, type):
                if value.__module__ == "__main__":
                    pending.append(value)
            elif not isinstance(value, ModuleType):
                yield what, value


def _uses(item: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(item, type):
        for name, value in vars(item).items():
            if not name.startswith("__"):
                yield f"{item.__name__}.{name}", value
        return
    function = getattr(item, "__func__", None) or getattr(item, "fget", None) or item
    if not isinstance(function, FunctionType):
        return
    for name in _names_in(function.__code__):
        if name in function.__globals__:
            yield repr(name), function.__globals__[name]
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        yield repr(name), cell.cell_contents


def _names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in(constant)
