"""DataFrames as rows."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from jobnb.protocol.dataframes import UnusableFrame, rows_of_frame

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_what_is_missing_is_none_and_scalars_are_those_of_python() -> None:
    frame = pd.DataFrame(
        {"n": np.array([1, 2]), "f": [1.0, float("nan")], "t": [pd.NaT, NOON], "a": [pd.NA, "x"]}
    )

    rows = rows_of_frame(frame)

    assert rows[0] == {"n": 1, "f": 1.0, "t": None, "a": None}
    assert type(rows[0]["n"]) is int
    assert rows[1]["f"] is None


def test_an_index_with_a_name_is_a_column() -> None:
    frame = pd.DataFrame({"n": ["a", "b"], "v": [1, 2]}).set_index("n")

    assert rows_of_frame(frame) == [{"n": "a", "v": 1}, {"n": "b", "v": 2}]


def test_of_several_indexes_those_without_a_name_are_left_out() -> None:
    index = pd.MultiIndex.from_tuples([("a", 7)], names=["n", None])

    assert rows_of_frame(pd.DataFrame({"v": [1]}, index=index)) == [{"n": "a", "v": 1}]


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        pd.DataFrame({"a": [1]}, index=pd.Index([2], name="a")),
    ],
)
def test_two_columns_of_one_name_are_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(UnusableFrame, match="two columns of the same name"):
        rows_of_frame(frame)
