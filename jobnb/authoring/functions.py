"""Functions: a job made of a typed function, by ``@jobs.job``."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from inspect import Parameter, cleandoc
from typing import Any, Final, Generic, ParamSpec, TypeVar, get_type_hints, overload

from jobnb.authoring.annotations import Asked, Unsupported, ask_for, bare_type
from jobnb.authoring.declaration import method_faults
from jobnb.authoring.job import Job
from jobnb.authoring.meta import refusal
from jobnb.errors import DeclarationError

P = ParamSpec("P")
R = TypeVar("R")

_BY_NAME: Final = {Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY}
_TAKEN: Final = {*dir(Job), *Job.__annotations__, "Meta"}
_ARGUMENT: Final = re.compile(r"(\w+)\s*(?:\([^)]*\))?:\s*(.*)")


class JobFunction(Generic[P, R]):
    """A function that is a job as well: called, it is the function; registered, it is the job.

    Attributes:
        job_class: The class that does the work.
    """

    def __init__(self, function: Callable[P, R], job_class: type[Job]) -> None:
        self._function = function
        self.job_class: Final = job_class
        functools.update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Whatever the function returns: no run, no log, no checks."""
        return self._function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<job function {self.job_class.class_path}>"


@overload
def job(function: Callable[P, R], /) -> JobFunction[P, R]: ...
@overload
def job(**options: Any) -> Callable[[Callable[P, R]], JobFunction[P, R]]: ...
def job(function: Callable[P, R] | None = None, /, **options: Any) -> Any:
    """Makes a job of a typed function: its arguments are the inputs, its docstring the help.

    The function stays what it is: call it in a test. ``register_jobs()`` makes the job known.

    Args:
        function: Given by Python where there are no options.
        **options: Those of ``class Meta``, as ``name``.

    Raises:
        DeclarationError: There is no variable for an argument; the message names every fault.
    """
    if function is None:
        return lambda decorated: _make(decorated, options)
    return _make(function, options)


@dataclass(frozen=True, kw_only=True)
class _Argument:
    """One argument of the function."""

    asked: Asked
    has_own_default: bool
    """Whether the function's default stands for an empty input."""


def _make(function: Callable[P, R], options: Mapping[str, Any]) -> JobFunction[P, R]:
    if not inspect.isfunction(function):
        raise DeclarationError(f"@jobs.job stands before a function, not before {function!r}.")
    faults = list(method_faults(function.__name__, function))
    signature = _Signature(function)
    if faults := [*faults, *signature.faults]:
        raise DeclarationError(refusal(function, faults))
    arguments = signature.arguments

    def run(self: Job, **inputs: Any) -> Any:
        given = dict(_arguments(arguments, inputs))
        return function(**given, **dict.fromkeys(signature.places_of_job, self))

    body = {
        **{name: argument.asked.variable for name, argument in arguments.items()},
        "run": run,
        "__doc__": function.__doc__,
        "__module__": function.__module__,
        "__qualname__": function.__qualname__,
    }
    if options:
        body["Meta"] = type("Meta", (), dict(options))
    return JobFunction(function, type(function.__name__, (Job,), body))


def _arguments(
    arguments: Mapping[str, _Argument], inputs: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    """What the function is called with, in the types of its annotations."""
    for name, live in inputs.items():
        argument = arguments[name]
        # Not by ==: a DataFrame and its like have no plain answer to that.
        is_empty = live is None or (isinstance(live, str | list) and not live)
        if not is_empty:
            yield name, argument.asked.revive(live)
        elif not argument.has_own_default:
            yield name, None if argument.asked.is_optional else live


class _Signature:
    """The arguments of a function as inputs, and what is wrong with them."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.arguments: dict[str, _Argument] = {}
        self.places_of_job: list[str] = []
        """Arguments that are given the job itself, for its log and its files."""
        self.faults: list[str] = []
        self._help = argument_texts(function.__doc__ or "")
        try:
            hints = get_type_hints(function, include_extras=True)
        except Exception as error:  # noqa: BLE001 - annotations are code of the author
            self.faults.append(f"its annotations cannot be read: {type(error).__name__}: {error}")
            return
        for item in inspect.signature(function).parameters.values():
            try:
                self._take(item, hints.get(item.name, Parameter.empty))
            except Unsupported as reason:
                self.faults.append(f"argument {item.name!r} {reason}")

    def _take(self, item: Parameter, annotation: Any) -> None:
        if item.kind not in _BY_NAME:
            raise Unsupported("has no name that an input could have; declare each by its name")
        if annotation is Parameter.empty and item.name in {"self", "cls"}:
            raise Unsupported(
                "is that of a method, and jobs.job decorates a plain function; move it out of the "
                f"class, or write {item.name}: jobs.Job for an argument that is given the job"
            )
        if annotation is Parameter.empty:
            raise Unsupported(f"has no type; write {item.name}: str, or whatever it is")
        base = bare_type(annotation)
        if isinstance(base, type) and issubclass(base, Job):
            self.places_of_job.append(item.name)
            return
        if item.name in _TAKEN:
            raise Unsupported("hides what every job has under this name; rename it")
        self.arguments[item.name] = self._argument(item, ask_for(annotation))

    def _argument(self, item: Parameter, asked: Asked) -> _Argument:
        variable, default = asked.variable, item.default
        variable.description = variable.description or self._help.get(item.name, "")
        has_own_default = default is None or default in ("", [], {}, ())
        if has_own_default:
            variable.required = False
        elif default is not Parameter.empty:
            variable.default = default
        return _Argument(asked=asked, has_own_default=has_own_default)


def argument_texts(docstring: str) -> dict[str, str]:
    """The texts below ``Args:`` of a docstring in Google's style, by argument."""
    lines = iter(cleandoc(docstring).splitlines())
    texts: dict[str, str] = {}
    name = None
    for line in _section(lines):
        found = _ARGUMENT.fullmatch(line.removeprefix("    "))
        if found is not None and not line.startswith("     "):
            name = found[1]
            texts[name] = found[2]
        elif name is not None:
            texts[name] = f"{texts[name]} {line.strip()}".strip()
    return texts


def _section(lines: Iterator[str]) -> Iterator[str]:
    """The lines below ``Args:``."""
    for line in lines:
        if line.strip() in {"Args:", "Arguments:"}:
            break
    for line in lines:
        if line and not line.startswith(" "):
            return
        yield line
