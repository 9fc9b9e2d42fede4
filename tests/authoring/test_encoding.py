"""Return values as JSON."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

import pytest

from jobnb.authoring.encoding import NotEncodable, encode_value

LIMIT = 1000


class Colour(Enum):
    RED = "red"
    ALL = frozenset({1})


class Stranger:
    pass


class Hostile(dict[str, int]):
    def items(self) -> Any:
        raise RuntimeError("no items for you")


def a_circle() -> list[Any]:
    circle: list[Any] = []
    circle.append(circle)
    return circle


def a_deep_list() -> list[Any]:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    return deep


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (None, None),
        ({"a": [1, 2.5, True, None, "ä\ud800"]}, {"a": [1, 2.5, True, None, "ä\ud800"]}),
        ((1, 2), [1, 2]),
        (set(range(1, 1000, 37)), list(range(1, 1000, 37))),
        (frozenset({"b", "a"}), ["a", "b"]),
        ({1: "a"}.keys(), [1]),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05+00:00"),
        (date(2026, 1, 2), "2026-01-02"),
        (time(3, 4), "03:04:00"),
        (timedelta(minutes=1), "60.0"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Decimal("1.50"), "1.50"),
        (PurePosixPath("a/b"), "a/b"),
        ("ä".encode(), "ä"),
        (ValueError("bad"), "ValueError: bad"),
        (Colour.RED, "red"),
        (Colour.ALL, [1]),
        ({1: "a"}, {"1": "a"}),
        ([{"deep": {(1, 2)}}], [{"deep": [[1, 2]]}]),
        (10**400, 10**400),
    ],
)
def test_it_is_kept_by_nautobots_rules(value: Any, kept: Any) -> None:
    assert json.loads(encode_value(value, LIMIT)) == kept


def test_a_set_that_has_no_order_is_a_list_in_any() -> None:
    assert sorted(json.loads(encode_value({1, "a"}, LIMIT)), key=str) == [1, "a"]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (Stranger(), "an object of type 'Stranger' has no JSON form"),
        (math.nan, "Out of range float values are not JSON compliant"),
        ([math.inf], "Out of range float values are not JSON compliant"),
        ({(1, 2): 3}, "keys must be str, int, float, bool or None, not tuple"),
        (b"\xff", "its bytes are no UTF-8 text"),
        (a_circle(), "Circular reference detected"),
        (a_deep_list(), "it is nested too deeply"),
        (Hostile(a=1), "no items for you"),
        (10**5000, "Exceeds the limit"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_has_no_json_form_is_refused_with_the_reason(value: Any, why: str) -> None:
    with pytest.raises(NotEncodable) as caught:
        encode_value(value, LIMIT)

    assert str(caught.value).startswith(f"The return value was not kept: {why}")


def test_text_of_exactly_the_limit_is_kept() -> None:
    assert len(encode_value("x" * 8, 10)) == 10


def test_text_over_the_limit_is_refused_with_both_numbers() -> None:
    with pytest.raises(NotEncodable, match="has 11 bytes as JSON, and the limit is 10"):
        encode_value("x" * 9, 10)


def test_an_error_without_a_text_is_called_by_its_name() -> None:
    class Silent(dict[str, int]):
        def items(self) -> Any:
            raise MemoryError

    with pytest.raises(NotEncodable, match="was not kept: MemoryError"):
        encode_value(Silent(a=1), LIMIT)
