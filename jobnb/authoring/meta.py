"""Meta: the options of a job class, read and checked in one place."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from inspect import cleandoc
from types import FunctionType
from typing import Any, Final, Literal

from jobnb.errors import DeclarationError
from jobnb.protocol import LOG_LIMIT_WAYS, RETRY_CAUSES, WhenBusy, parse_size
from jobnb.protocol.patterns import Pattern, read_patterns


@dataclass(frozen=True, kw_only=True)
class JobMeta:
    """The options that an author sets in ``class Meta``, with Nautobot's names."""

    name: str
    """Display name; by default that of the class."""
    description: str = ""
    """By default the first paragraph of the class's docstring."""
    console_log_default: bool = False
    dryrun_default: bool = False
    """Whether a run is a dry run unless it is told otherwise; for jobs with a ``DryRunVar``."""
    field_order: tuple[str, ...] = ()
    """Variables that the form shows first; the others follow as declared."""
    fieldsets: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Headings of the form with the names of the variables below each."""
    fork: bool = True
    """Whether a run may be a fork of a process that has imported the job files already."""
    has_sensitive_variables: bool = False
    """Whether all inputs are withheld from the database."""
    hidden: bool = False
    """Whether lists leave the job out unless asked for it."""
    is_singleton: bool = False
    """Whether only one run may work at a time; the same as ``max_concurrent = 1``."""
    max_concurrent: int | None = None
    """How many runs may work at a time; None for any number."""
    concurrency_key: tuple[str, ...] = ()
    """Inputs whose values tell apart what is counted: with ``("device",)`` one run may work for
    each device, or ``max_concurrent`` of them."""
    when_busy: str = "refuse"
    """What becomes of a run beyond that number: ``refuse``, or ``wait`` for its turn."""
    read_only: bool = False
    """Whether the author says that the job changes nothing."""
    soft_time_limit: float = 0
    """Seconds until ``SoftTimeLimitExceeded`` is raised in the job; 0 for the setting's."""
    time_limit: float = 0
    """Seconds until the job's processes are ended; 0 for the setting's."""
    memory_limit: int | str = 0
    """Bytes, or text as ``512 MiB``, that the job's processes together may have resident; 0 for the
    setting's."""
    max_entries: int = 0
    """Entries that the log may have; 0 for the setting's."""
    max_output: int | str = 0
    """Bytes, or text as ``512 MiB``, that the messages of the log may have; 0 for the setting's."""
    on_log_limit: Literal["truncate", "fail"] = "truncate"
    """What happens when the log is full."""
    max_retries: int = 0
    """Attempts that may follow one that failed."""
    retry_on: Literal["failure", "lost", "both"] = "failure"
    """What another attempt follows: a failure, the loss of the worker, or either."""
    retry_delay: float = 10
    """Seconds until the next attempt."""
    retry_backoff: bool = False
    """Whether the delay doubles with each attempt."""
    retry_delay_max: float = 600
    """Seconds that a doubled delay may become at most."""
    sanitizer_patterns: tuple[Pattern, ...] = ()
    """What is hidden in the log besides what the settings name: pairs of a regular expression and a
    template such as ``{replacement}``."""
    task_queues: tuple[str, ...] = ()
    """Queues that a run may be sent to, the first one if nothing is said; empty for ``default``."""
    template_name: str = ""


_QUEUE: Final = re.compile(r"[^\s,=]+")
OPTIONS: Final = {item.name: str(item.type) for item in fields(JobMeta)}
"""Each option with its type, as the annotation above says it."""


def read_meta(job_class: type) -> JobMeta:
    """The options of a class; a subclass without a ``Meta`` of its own has its parent's.

    Raises:
        DeclarationError: An option is unknown or has a value of the wrong kind; all are named. A
            class that follows Nautobot goes without it, and may have options outside of ``Meta``.
    """
    if getattr(job_class, "follows_nautobot", False):
        options = _usable_options(job_class)
    elif faults := list(meta_faults(job_class)):
        raise DeclarationError(refusal(job_class, faults))
    else:
        options = _declared_options(job_class)
    values = {name: _frozen(value) for name, value in options.items()}
    if "sanitizer_patterns" in values:
        values["sanitizer_patterns"] = read_patterns(values["sanitizer_patterns"])
    values.setdefault("name", job_class.__name__)
    values["description"] = cleandoc(values.get("description") or _first_paragraph(job_class))
    return JobMeta(**values)


def refusal(job_class: type | FunctionType, faults: Sequence[str]) -> str:
    """The message that names a class, or the function of a job, and all that is wrong with it."""
    job = f"Job '{job_class.__module__}.{job_class.__qualname__}'"
    sentences = [fault.removesuffix(".") + "." for fault in faults]
    if len(sentences) == 1:
        return f"{job}: {sentences[0]}"
    return "\n".join([f"{job} has {len(faults)} faults:", *(f"  - {item}" for item in sentences)])


def meta_faults(job_class: type) -> Iterator[str]:
    """What is wrong with the ``Meta`` of a class, a sentence each."""
    meta = _meta_of(job_class)
    if meta is not None and not isinstance(meta, type):
        yield f"Meta must be a class, not {meta!r}"
        return
    faults = (_fault(name, value) for name, value in _declared_options(job_class).items())
    yield from filter(None, faults)
    yield from _bounds_faults(_declared_options(job_class))


def _fault(name: str, value: Any) -> str | None:
    """What is wrong with one option; None if nothing is."""
    if name not in OPTIONS:
        return f"Meta.{name} is no option; {_nearest_option(name)}"
    wanted, fits = _KINDS[OPTIONS[name]]
    if not fits(value):
        return f"Meta.{name} must be {wanted}, not {value!r}"
    if name == "name" and not value.strip():
        return "Meta.name must not be empty; remove it to use the name of the class"
    if name == "when_busy" and value not in tuple(WhenBusy):
        return f"Meta.when_busy must be 'refuse' or 'wait', not {value!r}"
    return _pattern_fault(value) if name == "sanitizer_patterns" else None


def _pattern_fault(value: Any) -> str | None:
    try:
        read_patterns(value)
    except ValueError as error:
        return f"Meta.sanitizer_patterns: {error}"
    return None


def _usable_options(job_class: type) -> dict[str, Any]:
    """The options of a class that follows Nautobot: those that fit, and its own default.

    There an attribute of the class itself goes before the option of that name in ``Meta``.
    """
    usable: dict[str, Any] = {"has_sensitive_variables": True}
    declared = _declared_options(job_class) if isinstance(_meta_of(job_class), type) else {}
    for options in (declared, *map(vars, reversed(job_class.__mro__))):
        usable |= {name: value for name, value in options.items() if _fault(name, value) is None}
    return usable


def _meta_of(job_class: type) -> Any:
    return getattr(job_class, "Meta", None)


def _bounds_faults(options: dict[str, Any]) -> Iterator[str]:
    """What does not fit together in what is said of queues, and of runs beside each other."""
    if options.get("is_singleton") is True and options.get("max_concurrent") not in {None, 1}:
        yield (
            f"Meta.is_singleton allows one run at a time and Meta.max_concurrent "
            f"{options['max_concurrent']!r}; remove one of them"
        )
    queues = options.get("task_queues", ())
    for queue in queues if _is_names(queues) else ():
        if not _QUEUE.fullmatch(queue):
            yield (
                f"Meta.task_queues names {queue!r}, but the name of a queue has no blanks, commas "
                "and equals signs: workers could not say that they serve it"
            )


def _declared_options(job_class: type) -> dict[str, Any]:
    meta = _meta_of(job_class)
    return {name: getattr(meta, name) for name in dir(meta) if not name.startswith("_")}


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        value = list(value.items())
    return tuple(map(_frozen, value)) if isinstance(value, list | tuple) else value


def _first_paragraph(job_class: type) -> str:
    return cleandoc(job_class.__doc__ or "").split("\n\n")[0]


def _nearest_option(name: str) -> str:
    if nearest := get_close_matches(name, OPTIONS, n=1):
        return f"perhaps you mean {nearest[0]!r}"
    return f"there are: {', '.join(OPTIONS)}"


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_seconds(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and value >= 0


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_positive(value: Any) -> bool:
    return value is None or (type(value) is int and value > 0)


def _is_size(value: Any) -> bool:
    try:
        parse_size(value)
    except ValueError:
        return False
    return True


def _one_of(words: Sequence[str]) -> tuple[str, Callable[[Any], bool]]:
    return f"one of {', '.join(map(repr, words))}", lambda value: value in words


def _is_names(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)


def _is_fieldsets(value: Any) -> bool:
    pairs = list(value.items()) if isinstance(value, Mapping) else value
    return isinstance(pairs, list | tuple) and all(map(_is_fieldset, pairs))


def _is_fieldset(pair: Any) -> bool:
    if not isinstance(pair, list | tuple) or len(pair) != 2:  # noqa: PLR2004 - a pair
        return False
    title, names = pair
    return isinstance(title, str) and bool(title.strip()) and _is_names(names)


_KINDS: Final[dict[str, tuple[str, Callable[[Any], bool]]]] = {
    "str": ("text", _is_text),
    "bool": ("True or False", _is_flag),
    "int": ("a whole number, 0 or more", _is_count),
    "int | str": ("bytes, or a text as '512 MiB'", _is_size),
    "Literal['truncate', 'fail']": _one_of(LOG_LIMIT_WAYS),
    "Literal['failure', 'lost', 'both']": _one_of(RETRY_CAUSES),
    "float": ("a number of seconds, 0 or more", _is_seconds),
    "int | None": ("a whole number, 1 or more, or None", _is_positive),
    "tuple[str, ...]": ("a list or tuple of texts", _is_names),
    "tuple[Pattern, ...]": ("a list of pairs", lambda value: isinstance(value, list | tuple)),
    "tuple[tuple[str, tuple[str, ...]], ...]": (
        "a dictionary of headings to lists of names, or a list of such pairs",
        _is_fieldsets,
    ),
}
