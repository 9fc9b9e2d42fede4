"""What can be wrong with the key of the runs that may not work beside each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jobnb.authoring.variables import declared_variables


def concurrency_faults(job_class: type) -> Iterator[str]:
    """What is wrong with ``Meta.concurrency_key``, a sentence each."""
    meta: Any = getattr(job_class, "Meta", None)
    names = getattr(meta, "concurrency_key", ())
    if not isinstance(names, list | tuple):
        return  # said by those who look at the types
    variables = declared_variables(job_class)
    for name in names:
        if not isinstance(name, str):
            return
        if name not in variables:
            yield f"Meta.concurrency_key names {name!r}, but there is no variable of that name"
        elif variables[name].is_sensitive(name):
            yield (
                f"Meta.concurrency_key names {name!r}, which is sensitive: it is not stored, so no "
                "run can be told apart by it"
            )
    if names and getattr(meta, "has_sensitive_variables", False) is True:
        yield (
            "Meta.has_sensitive_variables withholds all inputs, so that none can be in "
            "Meta.concurrency_key; remove one of them"
        )
