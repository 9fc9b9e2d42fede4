"""Spellings: how Python writes the live values of sensitive inputs, so that they can be masked.

The form in which they are stored, and which the supervisor knows, is another one: a date is text
there, and ``datetime.date(2026, 12, 31)`` in a log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from jobnb.authoring.variables import TableVar, Variable
from jobnb.authoring.variables.frames import is_frame
from jobnb.protocol.dataframes import rows_of_frame


def sensitive_spellings(variables: Mapping[str, Variable], live: Mapping[str, Any]) -> list[str]:
    """``str()`` and ``repr()`` of every sensitive value, and of all that is inside of it.

    Args:
        variables: By input.
        live: What ``run()`` gets for them.
    """
    found: set[str] = set()
    for name, variable in variables.items():
        if variable.is_sensitive(name):
            found.update(_spellings(live[name], with_keys=not isinstance(variable, TableVar)))
    return sorted(found)


def _spellings(value: Any, *, with_keys: bool) -> Iterator[str]:
    for item in _leaves(rows_of_frame(value) if is_frame(value) else value, with_keys=with_keys):
        if isinstance(item, str):
            yield str.__str__(item)
        elif item is not None and not isinstance(item, bool):
            for write in (str, repr):
                with suppress(Exception):  # an object of the author's has methods of its own
                    yield write(item)


def _leaves(value: Any, *, with_keys: bool) -> Iterator[Any]:
    """What is inside of lists and dictionaries; keys of tables are columns, no secrets."""
    if isinstance(value, dict):
        yield from value if with_keys else ()
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item, with_keys=with_keys)
    else:
        yield value
