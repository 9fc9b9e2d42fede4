"""What the job files tell by their names and their text, before anything is imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import decode_source
from pathlib import Path, PurePosixPath
from typing import Final

_PACKAGE_FILE: Final = "__init__.py"
_SPEAKS_OF_JOBS: Final = re.compile(r"Job|register_jobs|@[\w.]*\bjob\b")

_NOT_IMPORTED: Final = {
    "__init__": "is not imported, as the jobs folder itself is no package; move its jobs to "
    "another file",
    "__main__": "has a name that Python keeps for programs; rename it",
}


class UnreadableSource(Exception):
    """A file that should be Python source is none; the message follows the name of the file."""


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A file or folder on the top level of the jobs folder, with all its source files."""

    name: str
    """What ``import`` calls it."""
    file: str
    """The file that is executed first; for a folder without one, the first that it has."""
    files: tuple[str, ...]
    """Paths below the jobs folder, sorted."""
    obstacle: str = ""
    """Why it cannot be imported whatever it contains; empty if it can."""


def find_units(folder: Path) -> list[Unit]:
    """All that can be imported from the jobs folder or looks like it, sorted by name."""
    found = [unit for path in folder.iterdir() if (unit := _unit(path)) is not None]
    return sorted(found, key=lambda unit: (unit.name, unit.file))


def unit_of(folder: Path, module: str) -> Unit:
    """The unit of a module that is to be imported, wherever below the folder it lies."""
    path = folder.joinpath(*module.split("."))
    if path.is_dir():
        files = sorted(file.relative_to(folder).as_posix() for file in path.rglob("*.py"))
        first = path / _PACKAGE_FILE
    else:
        first = path.with_suffix(".py")
        files = [first.relative_to(folder).as_posix()] if first.is_file() else []
    return Unit(name=module, file=first.relative_to(folder).as_posix(), files=tuple(files))


def module_name(file: str) -> str:
    """The dotted name under which a source file is imported."""
    path = PurePosixPath(file)
    parts = path.parts[:-1] if path.name == _PACKAGE_FILE else path.with_suffix("").parts
    return ".".join(parts)


def has_jobs(path: Path, shown_as: str) -> bool:
    """Whether a source file defines or registers jobs, as far as its syntax tells.

    Args:
        path: Where it is unpacked.
        shown_as: Its name in a SyntaxError.

    Raises:
        UnreadableSource: It is no text.
        SyntaxError: It is no Python.
    """
    text = _read_text(path)
    if _SPEAKS_OF_JOBS.search(text) is None:
        return False
    tree = compile(text, shown_as, "exec", flags=ast.PyCF_ONLY_AST, dont_inherit=True)
    return any(map(_is_about_jobs, ast.walk(tree)))


def _unit(path: Path) -> Unit | None:
    if path.suffix == ".py" and path.is_file():
        obstacle = _name_obstacle(path.stem)
        if not obstacle and (path.with_suffix("") / _PACKAGE_FILE).is_file():
            obstacle = f"is hidden by the folder {path.stem}/ beside it; rename one of them"
        return Unit(name=path.stem, file=path.name, files=(path.name,), obstacle=obstacle)
    files = tuple(sorted(_source_files(path)))
    if not files:
        return None
    first, obstacle = f"{path.name}/{_PACKAGE_FILE}", _name_obstacle(path.name)
    if first not in files:
        first = files[0]
        obstacle = (
            f"lies in the folder {path.name}/, which is no package, so that nothing imports it; "
            f"add a file {path.name}/{_PACKAGE_FILE} that does"
        )
    return Unit(name=path.name, file=first, files=files, obstacle=obstacle)


def _source_files(folder: Path) -> Iterator[str]:
    return (path.relative_to(folder.parent).as_posix() for path in folder.rglob("*.py"))


def _name_obstacle(name: str) -> str:
    if "." in name:
        return "has a dot in its name, so that Python cannot import it; rename it"
    return _NOT_IMPORTED.get(name, "")


def _read_text(path: Path) -> str:
    source = path.read_bytes()
    if b"\0" in source:
        raise UnreadableSource("contains NUL bytes, so it is no Python source; save it as UTF-8")
    try:
        return decode_source(source)
    except SyntaxError as error:
        # Python says the same of an encoding it does not know and of a first line it cannot read.
        fault = _decoding_fault(source) or f"{error.msg}; name another one in the first line"
        raise UnreadableSource(fault) from error
    except UnicodeDecodeError as error:
        raise UnreadableSource(_describe_byte(source, error)) from error


def _decoding_fault(source: bytes) -> str | None:
    try:
        source.decode()
    except UnicodeDecodeError as error:
        return _describe_byte(source, error)
    return None


def _describe_byte(source: bytes, error: UnicodeDecodeError) -> str:
    line = source.count(b"\n", 0, error.start) + 1
    return (
        f"line {line}: byte 0x{source[error.start]:02x} is no {error.encoding}; save the file as "
        "UTF-8, or name its encoding in the first line (# coding: latin-1)"
    )


def _is_about_jobs(node: ast.AST) -> bool:
    match node:
        case ast.ClassDef(bases=bases):
            return any(_last_name(base) in {"Job", "BaseJob"} for base in bases)
        case ast.Call(func=function):
            return _last_name(function) == "register_jobs"
        case ast.FunctionDef(decorator_list=decorators):
            return any(map(_makes_a_job, decorators))
    return False


def _makes_a_job(decorator: ast.expr) -> bool:
    """Whether it is ``@jobs.job``, with or without options."""
    function = decorator.func if isinstance(decorator, ast.Call) else decorator
    return _last_name(function) == "job"


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
