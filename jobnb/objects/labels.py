"""Labels: how people know a row, and which columns a search looks at."""

from __future__ import annotations

from enum import Enum
from inspect import getattr_static
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, String, select
from sqlalchemy import Enum as EnumType
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import aliased

from jobnb.objects.paths import end_of, is_column, mapper_of, target_of


class Label:
    """How the rows of a model are shown.

    Args:
        model: A mapped class.
        display_field: Dotted path without ``display_fault``. As long as the model has nothing of
            that name, ``display`` stands for its ``__str__``, else its column ``name``, else its
            first text column, else its key.
    """

    UNSAID: Final = "display"

    def __init__(self, model: type, display_field: str) -> None:
        self._model = model
        self._path: str | None = display_field
        if display_field == self.UNSAID and not hasattr(model, self.UNSAID):
            self._path = _usual_path(model)
        self.column: Final = self._path if _is_known_to_database(model, self._path) else None
        """The path, if the database itself knows the label; None if Python has to make it."""

    def of(self, instance: Any, key: Any) -> str:
        """The label of an instance."""
        if self._path is None:
            return self.text(None, key)
        value = instance
        for name in filter(None, self._path.split(".")):
            value = getattr(value, name, None)
        return self.text(value, key)

    def text(self, value: Any, key: Any) -> str:
        """The label that a value makes; for an empty one it is the key."""
        if value is None or value == "":
            return ", ".join(map(str, key)) if isinstance(key, list) else str(key)
        return str(value.value if isinstance(value, Enum) else value)

    def selected(self, attributes: list[Any]) -> tuple[Select[Any], list[ColumnElement[str]]]:
        """A statement for all rows in their order, and what of them is searched for text.

        Args:
            attributes: Those of the primary key. They, then the label, are what is selected; the
                instances themselves where Python makes the label.
        """
        if self.column is not None:
            return self._selected_columns(self.column, attributes)
        texts = _text_columns(self._model)
        statement: Select[Any] = select(self._model).order_by(*texts[:1], *attributes)
        return statement, [_as_text(column) for column in texts or attributes]

    def _selected_columns(
        self, column: str, attributes: list[Any]
    ) -> tuple[Select[Any], list[ColumnElement[str]]]:
        *way, last = column.split(".")
        model, joins = self._model, []
        entity: Any = model
        for name in way:
            model = target_of(model, name)
            target: Any = aliased(model)
            joins.append(getattr(entity, name).of_type(target))
            entity = target
        label = getattr(entity, last)
        statement = select(*attributes, label).select_from(self._model)
        for join in joins:
            statement = statement.outerjoin(join)
        return statement.order_by(label, *attributes), [_as_text(label)]


def _is_known_to_database(model: type, path: str | None) -> bool:
    return bool(path) and is_column(*end_of(model, path or ""))


def _usual_path(model: type) -> str | None:
    """What stands for ``display``: "" for the object's own ``str()``, None for its key."""
    if getattr_static(model, "__str__") is not object.__str__:
        return ""
    names = [column.key for column in _text_columns(model)]
    return "name" if "name" in names else next(iter(names), None)


def _text_columns(model: type) -> list[Any]:
    return [
        getattr(model, attribute.key)
        for attribute in mapper_of(model).column_attrs
        if _is_text(attribute.columns[0].type)
    ]


def _is_text(kind: Any) -> bool:
    # An enumeration derives from String, and PostgreSQL does not compare it with text.
    return isinstance(kind, String) and not isinstance(kind, EnumType)


def _as_text(column: Any) -> ColumnElement[str]:
    text: ColumnElement[str] = column if _is_text(column.type) else sql_cast(column, String)
    return text
