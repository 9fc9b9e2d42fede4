"""Values of columns, to JSON and back."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Column, types

from jobnb.objects.keys import parse, to_json
from tests.objects.models import Status


class Secretive(types.UserDefinedType):
    """A type that does not say what Python makes of it."""

    @property
    def python_type(self) -> type:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        (types.Integer(), -5, -5),
        (types.String(), "x", "x"),
        (types.Uuid(), uuid.UUID(int=3), str(uuid.UUID(int=3))),
        (types.Numeric(), Decimal("1.50"), "1.50"),
        (types.Date(), dt.date(2024, 2, 29), "2024-02-29"),
        (types.DateTime(), dt.datetime(2024, 2, 29, 12), "2024-02-29T12:00:00"),  # noqa: DTZ001
        (types.Time(), dt.time(23, 59), "23:59:00"),
        (types.LargeBinary(), b"\x00\xff", "00ff"),
        (types.Enum(Status), Status.ACTIVE, "ACTIVE"),
        (types.Boolean(), True, True),
        (types.Float(), 1.5, 1.5),
    ],
)
def test_a_value_survives_as_json(kind: Any, value: Any, stored: Any) -> None:
    assert to_json(value) == stored
    assert parse(stored, Column(kind)) == value


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (types.Integer(), "1e3"),
        (types.Uuid(), "x"),
        (types.Numeric(), "much"),
        (types.Date(), "29.2.2024"),
        (types.LargeBinary(), "xyz"),
        (types.Enum(Status), "LATE"),
        (types.String(), "\0"),
        (types.String(), "\ud800"),
        (types.String(), True),
        (types.Boolean(), "yes"),
        (types.Float(), "x"),
    ],
)
def test_what_no_column_of_the_type_can_hold_is_none(kind: Any, raw: Any) -> None:
    assert parse(raw, Column(kind)) is None


def test_a_type_that_says_nothing_of_itself_takes_the_value_as_it_is() -> None:
    assert parse("x", Column(Secretive())) == "x"
