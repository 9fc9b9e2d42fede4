"""The return value of a job as JSON text, by the rules of Nautobot's encoder."""

from __future__ import annotations

import json
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Any, Final

from jobnb.authoring.joblog import safe_text


class NotEncodable(ValueError):
    """A return value has no JSON form that could be kept; the message is a sentence."""


def encode_value(value: Any, limit: int) -> str:
    """The value as JSON text in ASCII.

    Sets, frozen sets and tuples become lists; dates, UUIDs, decimals, paths and bytes become text;
    an enumeration's member its value; an exception ``Type: text``.

    Args:
        value: What ``run()`` returned.
        limit: The most bytes that the text may have.

    Raises:
        NotEncodable: It has no such form, or one that is too long.
    """
    try:
        text = _encoder.encode(value)
    except Exception as error:  # a return value's own methods take part in this
        raise NotEncodable(
            f"The return value was not kept: {_why(error)}. Return JSON values or a DataFrame, or "
            "keep it with create_file()."
        ) from error
    if len(text) > limit:
        raise NotEncodable(
            f"The return value was not kept: it has {len(text)} bytes as JSON, "
            f"and the limit is {limit}. Keep it with create_file() instead."
        )
    return text


def _encode(value: Any) -> Any:
    """What stands for a value that JSON does not know."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, AbstractSet):
        return _as_list(value)
    text = _as_text(value)
    if text is None:
        raise TypeError(f"an object of type {type(value).__qualname__!r} has no JSON form")
    return text


_encoder: Final = json.JSONEncoder(default=_encode, allow_nan=False, separators=(",", ":"))


def _as_text(value: Any) -> str | None:
    # Late: a value of one of these types has its module loaded already, most runs need none.
    from datetime import date, time, timedelta
    from decimal import Decimal
    from pathlib import PurePath
    from uuid import UUID

    match value:
        case date() | time():
            return value.isoformat()
        case timedelta():
            return str(value.total_seconds())
        case UUID() | Decimal() | PurePath():
            return str(value)
        case bytes():
            return value.decode("utf-8")
        case BaseException():
            return f"{type(value).__name__}: {safe_text(value)}"
    return None


def _as_list(items: AbstractSet[Any]) -> list[Any]:
    try:
        return sorted(items)
    except TypeError:
        return list(items)


def _why(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "its bytes are no UTF-8 text"
    return safe_text(error) or type(error).__name__
