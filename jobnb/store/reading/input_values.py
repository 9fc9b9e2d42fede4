"""Inputs as they are looked up: a short key for each value, and for each item of a list."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert

from jobnb.protocol import is_file_value
from jobnb.store.tables.models import input_value
from jobnb.store.tables.text import storable

MOST_ITEMS: Final = 1000
"""Items of one list by which a run is found; a list as a whole is found however long it is."""
_LONGEST: Final = 100
"""Characters of a key; what is longer is known by its digest."""


def add_input_values(
    connection: Connection, result: int, created: datetime, inputs: Mapping[str, Any]
) -> None:
    """Makes a run known by its inputs, in the transaction that writes it down."""
    keys = {
        (name_key(name, connection.dialect.name), _key(item))
        for name, value in inputs.items()
        for item in _items(value)
    }
    rows = [
        {"result": result, "name": name, "value": value, "created": created}
        for name, value in sorted(keys)
    ]
    if rows:
        connection.execute(insert(input_value), rows)


def name_key(name: str, dialect: str) -> str:
    """The name of an input as it is looked up."""
    return storable(name[:_LONGEST], dialect)


def wanted_keys(value: Any) -> list[str]:
    """The keys of which a run must have one, to have that value.

    A text stands for the number or the truth that it spells, too: ``"3"`` finds 3 and ``"3"``.
    """
    keys = [_key(value)]
    if isinstance(value, str):
        try:
            meant = json.loads(value)
        except ValueError:
            return keys
        if not isinstance(meant, str):
            keys.append(_key(meant))
    return keys


def _items(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, list):
        yield from value[:MOST_ITEMS]
    elif is_file_value(value):
        yield value["file"]
        yield value["digest"]


def _key(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # 1 and 1.0 are one value to whoever looks for it
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=_text)
    return text if len(text) <= _LONGEST else hashlib.sha256(text.encode()).hexdigest()


def _text(value: Any) -> str:
    """Dates, paths, addresses and whatever else is stored as its text."""
    return value.isoformat() if isinstance(value, datetime) else str(value)
