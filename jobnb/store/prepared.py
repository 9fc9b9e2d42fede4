"""Statements that every run needs, made once and then handed to the driver as they are.

SQLAlchemy writes them, and says what becomes of the values on their way in and out. To do so each
time takes it longer than SQLite takes to carry one out (measured), and each run needs several.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, Final

from sqlalchemy import CompoundSelect, Connection, Dialect, Select, UpdateBase
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from jobnb.store.opening.engines import driver_of

_Change = Callable[[Any], Any]
_Statement = Select[Any] | CompoundSelect[Any] | UpdateBase


class Prepared:
    """A statement whose parameters all have a name; each of them has one value at a time.

    Any thread may use it. Errors are the driver's own; ``Database`` translates them.
    """

    def __init__(self, statement: _Statement) -> None:
        """Takes what SQLAlchemy is to write; it does so at the first use."""
        self._statement = statement
        self._written: dict[str, _Written] = {}

    def row(self, connection: Connection, **values: Any) -> dict[str, Any] | None:
        """The only row of what it gives, by the names of the columns; None if there is none."""
        rows = self.rows(connection, **values)
        assert len(rows) <= 1, "it names a single row"
        return rows[0] if rows else None

    def rows(self, connection: Connection, **values: Any) -> list[dict[str, Any]]:
        """All rows of what it selects, or of what it returns of what it has changed."""
        written = self._in(connection.dialect)
        return [written.row(found) for found in written.execute(connection, values).fetchall()]

    def plain_rows(self, connection: Connection, **values: Any) -> list[tuple[Any, ...]]:
        """The same rows as the driver gives them: for columns of numbers and texts."""
        found: list[tuple[Any, ...]]
        found = self._in(connection.dialect).execute(connection, values).fetchall()
        return found

    def count(self, connection: Connection, **values: Any) -> int:
        """Carries it out, and gives how many rows it has changed."""
        return int(self._in(connection.dialect).execute(connection, values).rowcount)

    def _in(self, dialect: Dialect) -> _Written:
        written = self._written.get(dialect.name)
        if written is None:
            written = self._written[dialect.name] = _Written(self._statement, dialect)
        return written


class _Written:
    """A statement in the words of one database.

    Its values go through nothing but what their types ask for, and NULL is None for all of them.
    """

    def __init__(self, statement: _Statement, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler), "it is SQL"
        self.text = compiled.string
        self._order = compiled.positiontup
        """Names of the parameters where the driver knows them by their places only."""
        self._fixed = {}
        self._ways_in: Final[dict[str, _Change]] = {}
        for name, parameter in compiled.binds.items():
            change = parameter.type.dialect_impl(dialect).bind_processor(dialect)
            if not parameter.required:
                self._fixed[name] = change(parameter.value) if change else parameter.value
            elif change is not None:
                self._ways_in[name] = change
        self._statement, self._dialect = statement, dialect

    def execute(self, connection: Connection, values: dict[str, Any]) -> Any:
        """The driver's cursor."""
        return driver_of(connection).execute(self.text, self._given(values))

    def _given(self, values: dict[str, Any]) -> dict[str, Any] | list[Any]:
        """The parameters as the driver takes them; it leaves out what the statement has not."""
        ready = {**self._fixed, **values}
        for name, change in self._ways_in.items():
            if (value := ready[name]) is not None:
                ready[name] = change(value)
        return ready if self._order is None else list(map(ready.__getitem__, self._order))

    @cached_property
    def _names(self) -> list[str]:
        """Of the columns: plain rows need none."""
        return [str(column.key) for column in self._statement.exported_columns]

    @cached_property
    def _ways_out(self) -> dict[str, _Change]:
        """What becomes of the values of a column, where anything does."""
        columns = self._statement.exported_columns
        changes = {str(column.key): _way_out(column.type, self._dialect) for column in columns}
        return {name: change for name, change in changes.items() if change is not None}

    def row(self, found: tuple[Any, ...]) -> dict[str, Any]:
        """What the driver has found, as it is outside."""
        row = dict(zip(self._names, found, strict=True))
        for name, change in self._ways_out.items():
            if (value := row[name]) is not None:
                row[name] = change(value)
        return row


def _way_out(kind: TypeEngine[Any], dialect: Dialect) -> _Change | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
