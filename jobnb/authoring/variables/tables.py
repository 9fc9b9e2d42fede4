"""Tables as input: rows with declared columns, pasted, given as CSV or as a DataFrame."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from difflib import get_close_matches
from importlib.util import find_spec
from typing import Any, ClassVar, Final, Unpack

from jobnb.authoring.variables.frames import is_frame, rows_of_frame, to_frame
from jobnb.authoring.variables.pasting import read_pasted
from jobnb.authoring.variables.variable import (
    CommonArguments,
    Complaint,
    Variable,
    bound_faults,
    first_few,
    shortened,
)

NOT_A_TABLE: Final = "Give a list of rows, each a dictionary by column, or CSV with a header line."

Row = dict[str, Any]


class TableVar(Variable):
    """Rows with declared columns; ``run()`` gets dictionaries of live values, or a DataFrame.

    Args:
        columns: Name to variable, each with its own checks, in order.
        min_rows: Fewest rows; None for no bound.
        max_rows: Most rows; None for no bound.
        dataframe: Whether ``run()`` gets a pandas DataFrame.
        *common: As for every variable: label, description, default, required, widget.
        **named: The same by name.
    """

    options = ("min_rows", "max_rows")
    empty: ClassVar[Any] = []

    def __init__(
        self,
        columns: Mapping[str, Variable],
        min_rows: int | None = None,
        max_rows: int | None = None,
        dataframe: bool = False,  # noqa: FBT001, FBT002 - positional, as all others of any type
        *common: Any,
        **named: Unpack[CommonArguments],
    ) -> None:
        super().__init__(*common, **named)
        self.columns: Any = columns
        self.min_rows = min_rows
        self.max_rows = max_rows
        self.dataframe: Any = dataframe

    def is_sensitive(self, name: str) -> bool:
        """Whether the table itself, or any column of it, is withheld; then all of it is."""
        if super().is_sensitive(name) or self.sensitive is not None:
            return super().is_sensitive(name)
        columns = self.columns.items() if isinstance(self.columns, Mapping) else ()
        return any(
            isinstance(variable, Variable) and variable.is_sensitive(str(column))
            for column, variable in columns
        )

    def _parse(self, raw: Any) -> list[Row] | None:
        """The rows as they are stored: what is live in them does not outlast the check."""
        rows = _rows_in(raw, list(self.columns))
        if not rows:
            return None
        if faults := first_few(_header_faults(_names_in(rows), self.columns)):
            raise Complaint(faults)
        cleaned: list[Row] = []
        if faults := first_few(self._clean_rows(rows, cleaned)):
            raise Complaint(faults)
        return cleaned

    def _clean_rows(self, rows: Sequence[Row], cleaned: list[Row]) -> Iterator[str]:
        """Adds what is stored for each row, and says what is wrong with it."""
        for number, row in enumerate(rows, 1):
            cleaned.append({})
            for name, variable in self.columns.items():
                try:
                    cleaned[-1][name] = (
                        variable.clean(row[name]) if name in row else variable.default_value()
                    )
                except Complaint as complaint:
                    for message in complaint.messages:
                        yield f"row {number}, column {name!r}: {message}"

    def _check(self, value: Sequence[Row]) -> Iterator[str]:
        count = len(value)
        if self.min_rows is not None and count < self.min_rows:
            yield f"Ensure this table has at least {_rows(self.min_rows)} (it has {count})."
        if self.max_rows is not None and count > self.max_rows:
            yield f"Ensure this table has at most {_rows(self.max_rows)} (it has {count})."

    def _revive(self, stored: Any) -> Any:
        rows = [
            {name: variable.restore(row.get(name)) for name, variable in self.columns.items()}
            for row in stored
        ]
        return to_frame(rows, list(self.columns)) if self.dataframe else rows

    def _option_faults(self) -> Iterator[str]:
        yield from bound_faults(self, "min_rows", "max_rows", lowest=0)
        if not isinstance(self.columns, Mapping) or not self.columns:
            yield f"columns must map names to variables, not {self.columns!r}"
            return
        for name, variable in self.columns.items():
            yield from (f"column {name!r}: {fault}" for fault in _column_faults(name, variable))
        if not isinstance(self.dataframe, bool):
            yield f"dataframe must be True or False, not {self.dataframe!r}"
        elif self.dataframe and find_spec("pandas") is None:
            yield "dataframe=True needs pandas, which is not installed; install it or remove this"

    def _described_options(self) -> dict[str, Any]:
        columns = [asdict(variable.describe(name)) for name, variable in self.columns.items()]
        return {"columns": columns} | super()._described_options()


def _rows_in(raw: Any, columns: Sequence[str]) -> list[Row]:
    if is_frame(raw):
        raw = rows_of_frame(raw)
    if isinstance(raw, str):
        raw = read_pasted(raw, columns)
    if raw is None:
        return []
    if not isinstance(raw, list | tuple):
        raise Complaint([NOT_A_TABLE])
    for number, row in enumerate(raw, 1):
        if not isinstance(row, dict):
            raise Complaint([f"row {number} is {shortened(repr(row))}. {NOT_A_TABLE}"])
    return list(raw)


def _names_in(rows: Sequence[Row]) -> list[Any]:
    """Every name of a column, in the order of appearance."""
    return list(dict.fromkeys(name for row in rows for name in row))


def _header_faults(present: Collection[Any], columns: Mapping[str, Variable]) -> Iterator[str]:
    for name in present:
        if name not in columns:
            yield f"there is no column {shortened(repr(name))}. {_hint(name, list(columns))}"
    for name, variable in columns.items():
        if name not in present and variable.required and variable.default is None:
            yield f"column {name!r} is missing."


def _hint(name: Any, known: Sequence[str]) -> str:
    by_lower_case = {column.lower(): column for column in known}
    if nearest := get_close_matches(str(name).strip().lower(), by_lower_case, n=1):
        return f"Did you mean {by_lower_case[nearest[0]]!r}?"
    return f"There are: {', '.join(map(repr, known))}."


def _column_faults(name: Any, variable: Any) -> Iterator[str]:
    if not isinstance(name, str) or not name.strip() or name != name.strip():
        yield "its name must be text without blanks around it"
    if not isinstance(variable, Variable):
        yield f"it must be a variable, such as StringVar(), not {variable!r}"
        return
    unfit: dict[str, Callable[[Variable], bool]] = {
        "is a table itself": lambda item: isinstance(item, TableVar),
        "is a file": lambda item: item.is_file,
        "has choices that depend on other inputs": lambda item: bool(item.depends),
        "has visible_when": lambda item: bool(item.visible_when),
        "has a widget": lambda item: item.widget is not None,
    }
    if reasons := [reason for reason, holds in unfit.items() if holds(variable)]:
        yield f"no column of a table can be one that {reasons[0]}"
        return
    yield from variable.faults()


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"
