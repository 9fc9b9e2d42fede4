"""The wire: live values of the submitter's Python as the JSON values that a child can be sent.

No rule about inputs is here: what a value becomes, and whether it fits, its variable says. Guests
(numpy, pandas, netaddr, SQLAlchemy ...) are known by the modules of their types: whoever has such
a value has imported its library, and nobody else pays for it.
"""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from enum import Enum
from os import PathLike, fspath
from typing import Any, Final
from uuid import UUID

from jobnb.protocol.dataframes import UnusableFrame, rows_of_frame
from jobnb.protocol.marks import DatabaseRow, LiveText, Mark, mapped_names, without_marks

DEEPEST: Final = 100
"""Lists and dictionaries inside of each other; Python's own JSON gives up at some hundred."""

_AS_TEXT: Final = (
    Decimal,
    UUID,
    ipaddress.IPv4Address,  # the base of IPv4Interface
    ipaddress.IPv6Address,
    ipaddress.IPv4Network,
    ipaddress.IPv6Network,
)
_COLLECTIONS: Final = (list, tuple, KeysView, ValuesView, ItemsView)
_SCALARS: Final = (str, bool, int, float, type(None))


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """Inputs on their way to the child."""

    inputs: dict[str, Any]
    """Those that can travel, as JSON values."""
    marks: list[Mark]
    """What these do not say of the live ones; ``with_marks()`` puts it back."""
    problems: dict[str, list[str]]
    """Why the others cannot."""


def to_wire(inputs: Mapping[str, Any]) -> Outgoing:
    """The inputs as they travel; one that cannot has its complaint instead.

    A complaint names types and never quotes: nobody knows here which inputs are secret.
    """
    usable: dict[str, Any] = {}
    marks: list[Mark] = []
    problems: dict[str, list[str]] = {}
    for name, value in inputs.items():
        try:
            usable[name] = without_marks(_json(value, ()), marks, (name,))
        except _Stays as reason:
            problems[name] = [str(reason)]
        except Exception as error:  # noqa: BLE001 - foreign objects have methods of their own
            problems[name] = [
                f"{_kind(value)} cannot be given to a job: {type(error).__name__} when it was read."
            ]
    return Outgoing(inputs=usable, marks=marks, problems=problems)


class _Stays(Exception):
    """A value cannot travel; the text says why."""


def _json(value: Any, around: tuple[int, ...]) -> Any:
    """The JSON value for a live one, with ``LiveText`` and ``DatabaseRow`` in it.

    Args:
        value: The value.
        around: The ids of the collections that it lies in.
    """
    if type(value) in _SCALARS:
        return _bounded(value)
    if isinstance(value, Enum):
        # As choices are declared: by value where that is one, by name if it has parts.
        plain = value.value if isinstance(value.value, str | int | float) else value.name
        return LiveText(_text(plain)) if isinstance(plain, str) else _json(plain, ())
    for convert in (_scalar, _guest):
        found = convert(value)
        if found is not value:
            is_told = type(found) in (str, LiveText, DatabaseRow)
            return found if is_told else _json(found, around)
    return _collection(value, around)


def _bounded(value: Any) -> Any:
    if type(value) is int:
        try:
            str(value)
        except ValueError as error:  # Python writes out no more digits, and reads no more
            raise _Stays("This number has too many digits to be given to a job.") from error
    return value


def _scalar(value: Any) -> Any:
    """A value of the standard library as text or number; ``value`` itself if it is none."""
    if isinstance(value, str):
        return _text(value)
    # Called on the classes: a subclass has ideas of its own about str() and int().
    for kind in (int, float):
        if isinstance(value, kind):
            return kind(getattr(kind, f"__{kind.__name__}__")(value))
    if isinstance(value, date | time):
        # Only NaT of pandas, which says that it is a date, is not equal to itself.
        return LiveText(value.isoformat()) if value == value else None  # noqa: PLR0124
    if isinstance(value, _AS_TEXT):
        return LiveText(value)
    if isinstance(value, PathLike):
        path = fspath(value)
        return LiveText(path) if isinstance(path, str) else value
    return value


def _text(value: str) -> str:
    return str(str.__str__(value))


def _guest(value: Any) -> Any:
    """A value of another library in Python's own types; ``value`` itself if it is none."""
    for kind in type(value).__mro__:
        library = kind.__module__.partition(".")[0]
        if (convert := _GUESTS.get((library, kind.__name__))) is not None:
            return convert(value)
    if library_of(value) == "netaddr":
        return LiveText(value)
    return _database_row(value) if hasattr(value, "_sa_instance_state") else value


def library_of(value: Any) -> str:
    """The package that a value's type comes from."""
    return type(value).__module__.partition(".")[0]


def _database_row(value: Any) -> DatabaseRow:
    """What an object that SQLAlchemy maps is known by."""
    state = sys.modules["sqlalchemy"].inspect(value)
    key = state.identity or (None,)
    if any(part is None for part in key):
        raise _Stays(
            f"This {type(value).__qualname__} is in no database yet, so that no job would find it. "
            "Commit it first."
        )
    # Parts of a key have no marks: a column knows its type.
    parts = [without_marks(_json(part, ()), []) for part in key]
    return DatabaseRow(
        class_name=type(value).__name__,
        tables=mapped_names(state.mapper),
        key=parts[0] if len(parts) == 1 else parts,
    )


def _numpy_scalar(value: Any) -> Any:
    if value.dtype.kind == "M":
        # Of finer ones item() makes a bare number.
        exact = value.astype("datetime64[us]")
        if exact != value and value == value:  # noqa: PLR0124 - NaT alone is not equal to itself
            raise _Stays("This time is finer than a microsecond. Round it.")
        value = exact
    plain = value.item()
    if type(plain).__module__ == "numpy":  # a number that Python has no type for
        raise _Stays(_refusal(value))
    return plain


def _numpy_array(value: Any) -> Any:
    return list(value) if value.dtype.kind == "M" else value.tolist()


def _pandas_frame(value: Any) -> Any:
    try:
        return rows_of_frame(value)
    except UnusableFrame as error:
        raise _Stays(str(error)) from error


def _pandas_series(value: Any) -> Any:
    """The items; a column says NaN, NaT or NA where nothing is."""
    return [
        None if is_missing else item
        for item, is_missing in zip(value.tolist(), value.isna(), strict=True)
    ]


_GUESTS: Final[dict[tuple[str, str], Callable[[Any], Any]]] = {
    ("numpy", "generic"): _numpy_scalar,
    ("numpy", "ndarray"): _numpy_array,
    ("pandas", "DataFrame"): _pandas_frame,
    ("pandas", "Series"): _pandas_series,
    ("pandas", "Index"): _pandas_series,
    ("pandas", "NAType"): lambda _value: None,
    ("polars", "DataFrame"): lambda value: value.to_dicts(),
    ("polars", "Series"): lambda value: value.to_list(),
}
"""Library and class to what makes Python's own types of its instances."""


def _collection(value: Any, around: tuple[int, ...]) -> Any:
    if id(value) in around:
        raise _Stays(f"{_kind(value)} contains itself, so that it has no end.")
    if len(around) >= DEEPEST:
        raise _Stays(f"The lists in it lie more than {DEEPEST} deep inside of each other.")
    inside = (*around, id(value))
    if isinstance(value, Mapping):
        return {_key(key): _json(item, inside) for key, item in value.items()}
    if isinstance(value, _COLLECTIONS):
        return [_json(item, inside) for item in value]
    if isinstance(value, AbstractSet):
        return _sorted(_json(item, inside) for item in value)
    raise _Stays(_refusal(value))


def _key(key: Any) -> str:
    plain = key if type(key) is str else _json(key, ()) if isinstance(key, str) else None
    if not isinstance(plain, str):
        raise _Stays(
            f"A dictionary in it has a key of type {type(key).__qualname__}; keys must be text."
        )
    return _text(plain)


def _sorted(values: Iterable[Any]) -> list[Any]:
    """The items of a set, in an order that is the same each time."""
    return sorted(values, key=lambda value: (type(value).__name__, str(value)))


def _refusal(value: Any) -> str:
    if isinstance(value, Iterator):
        return f"{_kind(value)} can be read only once. Give list(...) of it."
    if isinstance(value, bytes | bytearray | memoryview):
        return f"{_kind(value)} can only be given to a FileVar. Give text."
    return (
        f"{_kind(value)} cannot be given to a job. Give text, a number, a date, True, False, None, "
        "or lists and dictionaries of these."
    )


def _kind(value: Any) -> str:
    return f"A value of type {type(value).__qualname__!r}"
