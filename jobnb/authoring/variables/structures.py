"""Structures as input: any JSON value."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any, Final

from jobnb.authoring.variables.variable import REQUIRED, Complaint, Variable, is_blank, shortened

NOT_JSON: Final = "Enter a valid JSON."


class JSONText(str):
    """Text that is itself the value of a ``JSONVar``, not JSON that is still to be read."""

    __slots__ = ()


class JSONVar(Variable):
    """Any JSON value; text is read as JSON, so that text itself must be in quotes.

    A required one refuses null, {}, [] and "", but not 0 and false.
    """

    def _parse(self, raw: Any) -> Any:
        if isinstance(raw, JSONText):
            return raw
        if isinstance(raw, str):
            return None if is_blank(raw) else read_json(raw)
        try:
            # What is left of any subclass is what JSON knows of it.
            return json.loads(json.dumps(_plain(raw), allow_nan=False))
        except (ValueError, RecursionError) as error:
            raise _not_json(error) from error

    def clean(self, raw: Any) -> Any:
        """The value that is stored: as it is, but text in its quotes, as it was given."""
        value = self._parse(raw)
        if self.required and value in (None, "", [], {}):
            raise Complaint([REQUIRED])
        return self._store(value)

    def _store(self, value: Any) -> Any:
        return json.dumps(value) if isinstance(value, str) else value

    def _revive(self, stored: Any) -> Any:
        value = self._parse(stored)
        return JSONText(value) if isinstance(value, str) else value


def read_json(text: str) -> Any:
    """The value of JSON as the standard has it: no NaN, no key twice.

    Raises:
        Complaint: It is none.
    """
    try:
        return json.loads(
            text,
            object_pairs_hook=_unique,
            parse_float=_finite,
            parse_constant=_finite,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Complaint([NOT_JSON, f"{error.msg} ({where})."]) from error
    except Complaint:
        raise
    except (ValueError, RecursionError) as error:
        raise _not_json(error) from error


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise Complaint([NOT_JSON, f"The key {shortened(repr(twice))} is there twice."])
    return value


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise Complaint([NOT_JSON, f"{shortened(text)} is no number of JSON, or too large."])
    return number


def _plain(value: Any) -> Any:
    """A value that JSON can say, without a change to it.

    Raises:
        ValueError: There is something else in it.
    """
    if isinstance(value, dict):
        if strange := [key for key in value if not isinstance(key, str)]:
            raise ValueError(f"The key {strange[0]!r} is no text.")
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | int | float):
        return value
    raise ValueError(f"{shortened(repr(value))} is no value of JSON.")


def _not_json(error: Exception) -> Complaint:
    reason = "It is nested too deeply." if isinstance(error, RecursionError) else str(error)
    return Complaint([NOT_JSON, f"{reason.removesuffix('.')}."])
