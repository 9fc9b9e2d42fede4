"""Marks: what JSON cannot say of live values on their way to a child; they travel beside these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

Mark = list[Any]
"""Where a value lies, as names and positions from outside to inside, and what it was."""


class LiveText(str):
    """Text that is a value itself, as that of a date; not the spelling of one, as JSON is."""

    __slots__ = ()


@dataclass(frozen=True, kw_only=True, repr=False)
class DatabaseRow:
    """An object that SQLAlchemy mapped in another process."""

    class_name: str
    tables: tuple[str, ...]
    """``mapped_names()`` of its class."""
    key: Any
    """Its primary key: a JSON value, a list if it has several columns."""

    def __repr__(self) -> str:
        return f"{self.class_name} object"


def mapped_names(mapper: Any) -> tuple[str, ...]:
    """What a class is known by in every process: its table, then those of its base classes.

    Args:
        mapper: SQLAlchemy's, of that class.
    """
    return tuple(
        str(getattr(one.local_table, "fullname", one.class_.__name__))
        for one in mapper.iterate_to_root()
    )


def without_marks(value: Any, marks: list[Mark], place: tuple[str | int, ...] = ()) -> Any:
    """The JSON value that stands for one with live texts and rows in it.

    Args:
        value: Lists, dictionaries, and what is in them.
        marks: Gets what the JSON value does not say.
        place: Where the value lies itself.
    """
    if isinstance(value, DatabaseRow):
        told = asdict(value)
        key = told.pop("key")
        marks.append([list(place), told])
        return key
    if isinstance(value, LiveText):
        marks.append([list(place), None])
        return str(value)
    if isinstance(value, dict):
        return {key: without_marks(item, marks, (*place, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [without_marks(item, marks, (*place, at)) for at, item in enumerate(value)]
    return value


def with_marks(inputs: Mapping[str, Any], marks: Iterable[Mark]) -> dict[str, Any]:
    """The inputs with their live texts and rows; lists and dictionaries in them are changed."""
    marked = dict(inputs)
    for (*way, last), told in marks:
        around: Any = marked
        for step in way:
            around = around[step]
        value = around[last]
        around[last] = LiveText(value) if told is None else _row(value, **told)
    return marked


def _row(key: Any, class_name: str, tables: Iterable[str]) -> DatabaseRow:
    return DatabaseRow(class_name=class_name, tables=tuple(tables), key=key)
