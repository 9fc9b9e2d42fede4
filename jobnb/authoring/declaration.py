"""What can be wrong with a job class: everything that is known before it ever runs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from inspect import Parameter
from typing import Any, Final

from jobnb.authoring.concurrency import concurrency_faults
from jobnb.authoring.dependencies import dependency_faults
from jobnb.authoring.meta import OPTIONS, meta_faults, read_meta
from jobnb.authoring.variables import Variable, declared_variables
from jobnb.errors import WHOLE_JOB

_BY_NAME: Final = {Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY}

HOOKS: Final = ("before_start", "on_success", "on_failure", "on_retry", "after_return")

_NAUTOBOT_NAMES: Final = frozenset({
    "as_execution_form",
    "as_form",
    "as_form_class",
    "celery_kwargs",
    "class_path_dotted",
    "class_path_js_escaped",
    "description_first_line",
    "deserialize_data",
    "file_path",
    "job_model",
    "prepare_job_kwargs",
    "properties_dict",
    "registered_name",
    "serialize_data",
    "singleton_cache_key",
    "supports_dryrun",
    "validate_data",
})  # fmt: skip
"""Reserved there, and so here, though a job has no such attribute: jobs can move both ways."""


def class_faults(job_class: type, base: type) -> Iterator[str]:
    """What is wrong with a class that wants to be a job, a sentence each.

    Args:
        job_class: Derived from ``base``.
        base: ``Job`` itself; its attributes are no names for variables.
    """
    variables = declared_variables(job_class)
    options = list(meta_faults(job_class))
    yield from options or _fieldset_faults(job_class, variables)
    yield from list(_variable_faults(variables, base)) or dependency_faults(variables)
    yield from _misplaced_options(job_class, base)
    yield from _clean_faults(inspect.getattr_static(job_class, "clean"))
    yield from concurrency_faults(job_class)
    for name in HOOKS:
        yield from method_faults(name, inspect.getattr_static(job_class, name))
    run = inspect.getattr_static(job_class, "run")
    if run is vars(base)["run"]:
        yield "run() is not defined; the work of the job belongs there"
    else:
        yield from list(method_faults("run", run)) or _run_faults(run, job_class)


def _fieldset_faults(job_class: type, variables: Mapping[str, Variable]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for title, names in read_meta(job_class).fieldsets:
        for name in names:
            if name not in variables:
                yield (
                    f"Meta.fieldsets has {name!r} under {title!r}, but there is no variable "
                    f"{name!r}; declare it or take the name out"
                )
            elif name in seen:
                yield (
                    f"Meta.fieldsets has {name!r} under {seen[name]!r} and under {title!r}; "
                    "a form shows it once"
                )
            seen.setdefault(name, title)


def _variable_faults(variables: Mapping[str, Variable], base: type) -> Iterator[str]:
    reserved = {*dir(base), *base.__annotations__, *_NAUTOBOT_NAMES, WHOLE_JOB}
    for name, variable in variables.items():
        if name in reserved:
            yield f"variable {name!r} hides what every job has under this name; rename it"
        yield from (f"variable {name!r}: {fault}" for fault in variable.faults())


def _misplaced_options(job_class: Any, base: type) -> Iterator[str]:
    """Nautobot reads options from the class itself as well; here there is one place for them."""
    if job_class.follows_nautobot:
        return
    mro = job_class.__mro__
    own = [name for cls in mro[: mro.index(base)] for name in vars(cls)]
    for name in OPTIONS:
        if name in own and name not in declared_variables(job_class):
            yield f"{name!r} stands in the class, where nothing reads it; move it into class Meta"


def _clean_faults(clean: Any) -> Iterator[str]:
    """What is wrong with the check across all inputs; a variable of this name has its own fault."""
    if isinstance(clean, Variable):
        return
    if not isinstance(clean, classmethod):
        yield (
            f"clean must be a classmethod, not of type {type(clean).__name__!r}: it is called "
            "before there is a run; put the decorator classmethod above def clean(cls, inputs)"
        )
        return
    yield from method_faults("clean", clean.__func__)
    try:
        inspect.signature(clean.__func__).bind(object(), {})
    except TypeError as error:
        yield f"clean() must take the inputs, as clean(cls, inputs): {error}"


def method_faults(name: str, method: Any) -> Iterator[str]:
    """Why a call of this would not do the work."""
    if isinstance(method, staticmethod | classmethod) or not callable(method):
        yield f"{name} must be a plain method, not of type {type(method).__name__!r}"
    elif inspect.iscoroutinefunction(method):
        yield f"{name}() is async, and nothing awaits it; use asyncio.run() inside of it"
    elif inspect.isgeneratorfunction(method) or inspect.isasyncgenfunction(method):
        yield f"{name}() has a yield, so that a call of it does nothing; return a list instead"


def _run_faults(run: Callable[..., Any], job_class: type) -> Iterator[str]:
    """Where the arguments of ``run()`` and the variables do not match."""
    parameters = list(inspect.signature(run).parameters.values())
    if not parameters or parameters[0].kind in {Parameter.KEYWORD_ONLY, Parameter.VAR_KEYWORD}:
        yield "run() has no argument 'self'; add it as the first one"
        return
    variables = declared_variables(job_class)
    yield from _missing_arguments(parameters[1:], list(variables))
    for item in parameters[1:]:
        if item.kind is Parameter.POSITIONAL_ONLY:
            yield f"run() takes {item.name!r} by position only, but inputs are named; remove the /"
        elif item.kind in _BY_NAME and item.default is item.empty and item.name not in variables:
            yield (
                f"run() needs an argument {item.name!r}, but there is no variable {item.name!r}; "
                "declare it or give the argument a default"
            )


def _missing_arguments(parameters: Sequence[Parameter], variables: Sequence[str]) -> Iterator[str]:
    if any(item.kind is Parameter.VAR_KEYWORD for item in parameters):
        return
    named = {item.name for item in parameters if item.kind is not Parameter.VAR_POSITIONAL}
    for name in variables:
        if name not in named:
            yield (
                f"run() has no argument {name!r} for variable {name!r}; "
                "add it or remove the variable"
            )
