"""Primary keys as JSON values, and the values of any column read from JSON."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, false, inspect, or_
from sqlalchemy.orm import Mapper

Parts = tuple[Any, ...]
"""The values of the columns of a primary key, in the mapper's order."""

LARGEST: Final = 2**63
"""Beyond it no column of whole numbers reaches, and drivers raise errors of their own."""

_PARTS_AT_ONCE: Final = 500
"""Values in one statement; SQLite takes no more than 999 before 3.32."""


class Keys:
    """The primary keys of one mapped class."""

    def __init__(self, mapper: Mapper[Any]) -> None:
        names = [mapper.get_property_by_column(column).key for column in mapper.primary_key]
        self.attributes: Final = [getattr(mapper.class_, name) for name in names]
        self._columns: Final = mapper.primary_key

    def parse(self, key: Any) -> Parts | None:
        """The values of a key; None if no object can have it."""
        raw = key if isinstance(key, list | tuple) else [key]
        if len(raw) != len(self._columns):
            return None
        parts = tuple(
            parse(value, column) for value, column in zip(raw, self._columns, strict=True)
        )
        return None if None in parts else parts

    def to_json(self, parts: Sequence[Any]) -> Any:
        """The key with these values: one alone, or a list."""
        values = [to_json(value) for value in parts]
        return values[0] if len(values) == 1 else values

    def of(self, instance: Any) -> Any:
        """The key of an instance, which may be detached.

        Raises:
            TypeError: It was never stored, so that it has none.
        """
        identity = inspect(instance).identity
        if identity is None:
            raise TypeError(
                f"{type(instance).__name__} object without a key; commit it before it is given"
            )
        return self.to_json(identity)

    def batches(self, keys: Sequence[Parts]) -> list[Sequence[Parts]]:
        """The keys, in portions that one statement may name."""
        size = _PARTS_AT_ONCE // len(self._columns)
        return [keys[start : start + size] for start in range(0, len(keys), size)]

    def condition(self, keys: Sequence[Parts]) -> ColumnElement[bool]:
        """Holds for the rows that have one of the keys."""
        if len(self.attributes) == 1:
            only: ColumnElement[bool] = self.attributes[0].in_([parts[0] for parts in keys])
            return only
        return or_(false(), *(self._equals(parts) for parts in keys))

    def _equals(self, parts: Parts) -> ColumnElement[bool]:
        return and_(
            *(attribute == part for attribute, part in zip(self.attributes, parts, strict=True))
        )


def to_json(value: Any) -> Any:
    """The value of a column as JSON value."""
    match value:
        case Enum():
            return value.name
        case int() | float() | str() | None:
            return value
        case dt.date() | dt.time():
            return value.isoformat()
        case bytes():
            return value.hex()
    return str(value)


def parse(value: Any, column: Any) -> Any:
    """The value of a column that a JSON value stands for; None if it can have no such value."""
    try:
        kind = column.type.python_type
    except NotImplementedError:  # a type of the author's own, or of one database only
        return value
    try:
        if isinstance(value, str):
            value.encode()  # drivers refuse what is no text: lone surrogates
            if "\0" in value:
                return None
        return _PARSERS.get(kind, _enum_parser(kind))(value)
    except (ValueError, TypeError, ArithmeticError, LookupError):
        return None


def _whole(value: Any) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"\s*-?[0-9]{1,19}\s*", value, re.ASCII):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if -LARGEST <= value < LARGEST else None


def _text(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value if isinstance(value, str) else None


def _of_text(build: Callable[[str], Any]) -> Callable[[Any], Any]:
    return lambda value: build(value) if isinstance(value, str) else value


def _enum_parser(kind: type) -> Callable[[Any], Any]:
    if not issubclass(kind, Enum):
        return lambda value: value
    return lambda value: kind[value] if value in kind.__members__ else kind(value)


_PARSERS: Final[Mapping[type, Callable[[Any], Any]]] = {
    int: _whole,
    float: float,
    bool: lambda value: value if isinstance(value, bool) else None,
    str: _text,
    bytes: _of_text(bytes.fromhex),
    uuid.UUID: lambda value: uuid.UUID(str(value)),
    Decimal: lambda value: Decimal(str(value)),
    dt.date: _of_text(dt.date.fromisoformat),
    dt.datetime: _of_text(dt.datetime.fromisoformat),
    dt.time: _of_text(dt.time.fromisoformat),
}
