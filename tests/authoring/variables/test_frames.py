"""Rows as a DataFrame and back."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import netaddr
import numpy as np
import pandas as pd
import pytest

from jobnb.authoring.variables.frames import is_frame, rows_of_frame, to_frame

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1, 2], "int64"),
        ([1, None], "Int64"),
        ([2**63, 1], "object"),
        ([1.5, None], "float64"),
        ([True, False], "bool"),
        (["a", "b"], "str"),
        ([Decimal("0.1"), None], "object"),
        ([[1, 2], [3]], "object"),
        ([netaddr.IPNetwork("10.0.0.0/30"), None], "object"),
        ([None, None], "object"),
    ],
)
def test_a_column_has_the_type_that_pandas_has_for_it(values: list[Any], dtype: str) -> None:
    frame = to_frame([{"x": value} for value in values], ["x"])

    assert frame["x"].dtype == dtype
    assert rows_of_frame(frame) == [{"x": value} for value in values]


def test_moments_are_times_of_pandas() -> None:
    frame = to_frame([{"x": NOON}], ["x"])

    assert str(frame["x"].dtype).startswith("datetime64")
    assert rows_of_frame(frame)[0]["x"] == NOON


def test_what_is_missing_is_none_and_scalars_are_those_of_python() -> None:
    frame = pd.DataFrame(
        {"n": np.array([1, 2]), "f": [1.0, float("nan")], "t": [pd.NaT, NOON], "a": [pd.NA, "x"]}
    )

    rows = rows_of_frame(frame)

    assert rows[0] == {"n": 1, "f": 1.0, "t": None, "a": None}
    assert type(rows[0]["n"]) is int
    assert rows[1]["f"] is None


def test_only_a_frame_is_one() -> None:
    assert is_frame(pd.DataFrame())
    assert not is_frame([])
    assert not is_frame(pd.Series([1]))
