"""Frames: rows as a pandas DataFrame and back; pandas is loaded only by who asks for one."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Final

_LARGEST: Final = 2**63
"""Whole numbers of pandas lie below; larger ones stay Python's."""


def is_frame(value: Any) -> bool:
    """Whether it is a DataFrame; nobody has one who has not loaded pandas."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def rows_of_frame(frame: Any) -> list[dict[str, Any]]:
    """The rows with values of Python; what is missing (NaN, NaT, NA) is None."""
    plain = frame.astype(object)
    rows: list[dict[str, Any]] = plain.where(plain.notna(), None).to_dict("records")
    return rows


def to_frame(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> Any:
    """A DataFrame with these columns, also without rows; whole numbers stay whole ones."""
    import pandas as pd

    return pd.DataFrame({
        name: _series([row[name] for row in rows], pd) for name in columns
    })  # fmt: skip


def _series(values: list[Any], pd: Any) -> Any:
    """The values with the type that pandas has for them; whole numbers never become floats."""
    from datetime import datetime

    given = [value for value in values if value is not None]
    kinds = {type(value) for value in given}
    if kinds == {int} and all(-_LARGEST <= value < _LARGEST for value in given):
        return pd.Series(values, dtype="int64" if len(given) == len(values) else "Int64")
    is_familiar = len(kinds) == 1 and kinds <= {str, float, bool, datetime}
    return pd.Series(values) if is_familiar else pd.Series(values, dtype=object)
