"""Attributes of mapped classes by name, dotted through their relationships."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from inspect import getattr_static
from typing import Any

from sqlalchemy import ColumnElement, false, inspect, or_
from sqlalchemy.orm import Mapper, RelationshipDirection, RelationshipProperty

from jobnb.objects.keys import Keys, parse


def relationship(model: type, name: str) -> RelationshipProperty[Any] | None:
    """The relationship of that name; None if there is none."""
    found: RelationshipProperty[Any] | None = mapper_of(model).relationships.get(name)
    return found


def is_column(model: type, name: str) -> bool:
    """Whether the database itself knows the attribute."""
    return name in mapper_of(model).column_attrs


def target_of(model: type, name: str) -> type:
    """The class to which a relationship leads.

    Raises:
        LookupError: There is no relationship of that name.
    """
    found = relationship(model, name)
    if found is None:
        raise LookupError(_unknown(model, name, "relationship"))
    target: type = found.mapper.class_
    return target


def mapper_of(model: type) -> Mapper[Any]:
    """How SQLAlchemy maps a class."""
    mapper: Mapper[Any] = inspect(model)
    return mapper


def end_of(model: type, path: str) -> tuple[type, str]:
    """The class in which a dotted path ends, and its last name.

    Raises:
        LookupError: A name on the way is no relationship.
    """
    *way, last = path.split(".")
    for name in way:
        model = target_of(model, name)
    return model, last


def display_fault(model: type, path: str) -> str | None:
    """Why objects cannot be shown by this attribute; None if they can."""
    *way, last = path.split(".")
    for name in way:
        found = relationship(model, name)
        if found is None:
            return _unknown(model, name, "relationship")
        if found.uselist:
            return f"{model.__name__}.{name} are many, and a label is one; name another attribute"
        model = found.mapper.class_
    if getattr_static(model, last, None) is None:
        return _unknown(model, last, "attribute")
    return None


def filter_fault(model: type, path: str) -> str | None:
    """Why rows cannot be filtered by this attribute; None if they can."""
    try:
        end, last = end_of(model, path)
    except LookupError as error:
        return str(error)
    if is_column(end, last) or relationship(end, last) is not None:
        return None
    return _unknown(end, last, "column or relationship")


def condition(model: type, path: str, values: Sequence[Any]) -> ColumnElement[bool]:
    """Holds for the rows whose attribute has one of the values.

    Args:
        model: A mapped class.
        path: Without ``filter_fault``.
        values: JSON values; None is the empty one, for a relationship they are keys.
    """
    name, _, rest = path.partition(".")
    found = relationship(model, name)
    attribute: Any = getattr(model, name)
    if found is None:
        return _column_condition(attribute, values)
    target = found.mapper.class_
    if rest:
        inner = condition(target, rest, values)
        related: ColumnElement[bool] = (
            attribute.any(inner) if found.uselist else attribute.has(inner)
        )
        return related
    return _relationship_condition(attribute, found, values)


def _column_condition(attribute: Any, values: Sequence[Any]) -> ColumnElement[bool]:
    parsed = [parse(value, attribute) for value in values if value is not None]
    given = [value for value in parsed if value is not None]
    holds: ColumnElement[bool] = attribute.in_(given) if given else false()
    return or_(holds, attribute.is_(None)) if None in values else holds


def _relationship_condition(
    attribute: Any, found: RelationshipProperty[Any], values: Sequence[Any]
) -> ColumnElement[bool]:
    keys = Keys(found.mapper)
    given = [parts for value in values if (parts := keys.parse(value)) is not None]
    exists = attribute.any if found.uselist else attribute.has
    holds: ColumnElement[bool] = exists(keys.condition(given)) if given else false()
    if given and (column := _foreign_key(found)) is not None:
        # Without a look at the other table an index on the foreign key serves.
        holds = column.in_([parts[0] for parts in given])
    return or_(holds, ~exists()) if None in values else holds


def _foreign_key(found: RelationshipProperty[Any]) -> Any:
    """The one column that holds the other's primary key; None if it is not that simple."""
    pairs = found.local_remote_pairs or []
    if found.direction is not RelationshipDirection.MANYTOONE or len(pairs) != 1:
        return None
    local, remote = pairs[0]
    return local if [*found.mapper.primary_key] == [remote] else None


def _unknown(model: type, name: str, what: str) -> str:
    names = [str(key) for key in mapper_of(model).attrs.keys()]  # noqa: SIM118 - no dictionary
    nearest = get_close_matches(name, names, n=1)
    hint = f"did you mean {nearest[0]!r}?" if nearest else f"it has {', '.join(names)}"
    return f"{model.__name__} has no {what} {name!r}; {hint}"
