"""DataFrames as the rows that they travel as; whoever has one has pandas, which is not loaded."""

from __future__ import annotations

from typing import Any


class UnusableFrame(ValueError):
    """The rows of a DataFrame cannot be told by the names of its columns."""


def rows_of_frame(frame: Any) -> list[dict[Any, Any]]:
    """The rows with values of Python; what is missing (NaN, NaT, NA) is None.

    Indexes that have a name are columns, before the others.

    Raises:
        UnusableFrame: Two columns have the same name.
    """
    named = [level for level, name in enumerate(frame.index.names) if name is not None]
    if named:
        frame = frame.reset_index(level=named, allow_duplicates=True)
    if not frame.columns.is_unique:
        raise UnusableFrame("This DataFrame has two columns of the same name. Rename one of them.")
    plain = frame.astype(object)
    rows: list[dict[Any, Any]] = plain.where(plain.notna(), None).to_dict("records")
    return rows
