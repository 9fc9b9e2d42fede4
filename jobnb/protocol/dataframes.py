"""DataFrames as the rows, or the file, that they travel as.

Whoever has one has pandas, which is not loaded before.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from importlib.util import find_spec
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


def is_frame(value: Any) -> bool:
    """Whether that is a pandas DataFrame."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def file_of_frame(frame: Any) -> tuple[bytes, dict[str, Any]]:
    """A DataFrame as a file that gives an equal one, with equal dtypes; checked by reading it.

    Parquet where pyarrow is installed, else CSV.

    Returns:
        The content, and what ``frame_of_file()`` must know: its ``name``, ``digest`` and so on.

    Raises:
        UnusableFrame: No such file gives it back; the message says what to do.
    """
    import hashlib  # loads OpenSSL: 4 ms, which no child must pay for that shows no DataFrame

    for write in (_parquet, _csv):
        try:
            content, told = write(frame)
            is_equal = _equal(frame, frame_of_file(content, told))
        except Exception:  # noqa: BLE001, S112 - pandas and pyarrow refuse in many ways
            continue
        if is_equal:
            return content, {**told, "digest": hashlib.sha256(content).hexdigest()}
    hint = "" if find_spec("pyarrow") else " Install pyarrow where jobs run: Parquet keeps more."
    raise UnusableFrame(
        "no file gives this DataFrame back as it is (its index, or objects in its columns)."
        f"{hint} Return it with plain columns after reset_index(), or keep it with create_file()."
    )


def frame_of_file(content: bytes, told: Mapping[str, Any]) -> Any:
    """The DataFrame in such a file.

    Raises:
        ImportError: pandas, or pyarrow for Parquet, is not installed here.
    """
    import pandas as pd

    if told["format"] == "parquet":
        return pd.read_parquet(io.BytesIO(content), engine="pyarrow")
    frame = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False, encoding="utf-8")
    return pd.DataFrame({name: _column(pd, frame[name], kind) for name, kind in told["dtypes"]})


def _column(pd: Any, texts: Any, kind: str) -> Any:
    """A column of a CSV file in its own type; in columns of text what is empty is empty text."""
    if kind.startswith("datetime64"):
        return pd.to_datetime(texts, format="ISO8601").astype(kind)
    if kind == "bool":
        return texts == "True"
    if kind.startswith("float"):  # Python's own reading is exact
        return pd.Series([float(text or "nan") for text in texts], dtype=kind)
    return texts.astype(kind)


def _parquet(frame: Any) -> tuple[bytes, dict[str, Any]]:
    target = io.BytesIO()
    frame.to_parquet(target, engine="pyarrow")
    return target.getvalue(), {"name": "value.parquet", "format": "parquet"}


def _csv(frame: Any) -> tuple[bytes, dict[str, Any]]:
    content = frame.to_csv(index=False, lineterminator="\n").encode("utf-8")
    kinds = [[name, str(kind)] for name, kind in frame.dtypes.items()]
    return content, {"name": "value.csv", "format": "csv", "dtypes": kinds}


def _equal(one: Any, other: Any) -> bool:
    """Whether they are the same to whoever works with them."""
    return (
        bool(one.equals(other))
        and list(one.dtypes) == list(other.dtypes)
        and type(one.index) is type(other.index)
        and list(one.index.names) == list(other.index.names)
        and list(one.columns.names) == list(other.columns.names)
        and [type(name) for name in one.columns] == [type(name) for name in other.columns]
        and all(map(_same_objects, (one[name] for name in one), (other[name] for name in other)))
    )


def _same_objects(one: Any, other: Any) -> bool:
    """Of columns of objects: whether these have the same types, too."""
    return str(one.dtype) != "object" or [*map(type, one)] == [*map(type, other)]
