"""Annotations: which variable asks for an argument of a typed function."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Final, Literal, Union, get_args, get_origin

from jobnb.authoring.variables import (
    BooleanVar,
    ChoiceVar,
    Complaint,
    DateTimeVar,
    DateVar,
    DecimalVar,
    FileVar,
    FloatVar,
    IntegerVar,
    IPAddressVar,
    IPNetworkVar,
    JSONVar,
    MultiChoiceVar,
    StringVar,
    Variable,
)

SUPPORTED: Final = (
    "str, int, float, bool, Decimal, date, datetime, Path, BinaryIO, Literal[...], an Enum, "
    "list[...], dict[str, ...], netaddr.IPAddress, netaddr.IPNetwork, any of these with | None, or "
    "Annotated[..., a variable]"
)

Revive = Callable[[Any], Any]
"""Makes what a function is annotated with of what ``run()`` gets."""


class Unsupported(Exception):
    """No variable asks for such an argument; the text goes on after its name."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How an argument is asked for."""

    variable: Variable
    revive: Revive
    is_optional: bool
    """Whether None is among the values of its type."""


@dataclass(frozen=True, kw_only=True)
class _Said:
    """An annotation, taken apart."""

    base: Any
    is_optional: bool = False
    variable: Variable | None = None
    description: str = ""


def ask_for(annotation: Any) -> Asked:
    """The variable for an annotation, and how to make the annotated type of its values.

    Raises:
        Unsupported: There is none.
    """
    said = _take_apart(_Said(base=annotation))
    if said.variable is None:
        variable, revive = _make(said)
    else:
        variable, revive = copy(said.variable), _revive_given(said)
    variable.description = variable.description or said.description
    if said.is_optional:
        variable.required = False
    return Asked(variable=variable, revive=revive, is_optional=said.is_optional)


def bare_type(annotation: Any) -> Any:
    """An annotation without ``Annotated`` and ``| None``."""
    return _take_apart(_Said(base=annotation)).base


def _take_apart(said: _Said) -> _Said:
    origin, parts = get_origin(said.base), get_args(said.base)
    if origin is Annotated:
        return _take_apart(_with_notes(replace(said, base=parts[0]), parts[1:]))
    if origin is Literal and None in parts:
        values = tuple(part for part in parts if part is not None)
        return replace(said, base=Literal.__getitem__(values), is_optional=True)
    if origin in {Union, types.UnionType}:
        others = [part for part in parts if part is not type(None)]
        if len(others) > 1 or len(others) == len(parts):
            raise Unsupported("has several types; name one of them")
        return _take_apart(replace(said, base=others[0], is_optional=True))
    return said


def _with_notes(said: _Said, notes: Sequence[Any]) -> _Said:
    for note in notes:
        if isinstance(note, type) and issubclass(note, Variable):
            raise Unsupported(
                f"is annotated with the class {note.__name__}; write {note.__name__}(...)"
            )
        if isinstance(note, Variable):
            said = replace(said, variable=said.variable or note)
        elif isinstance(note, str):
            said = replace(said, description=said.description or note)
    return said


def _make(said: _Said) -> tuple[Variable, Revive]:
    base, origin = said.base, get_origin(said.base)
    if said.is_optional and base is bool:
        raise Unsupported(
            'is bool | None, but a box is ticked or it is not; write bool, or Literal["yes", "no"]'
        )
    if base in _PLAIN:
        return _PLAIN[base](), _as_it_is
    if base is Path:
        return FileVar(), _path_of
    if (members := _members(base)) is not None:
        return _one_of(members)
    if list in {base, origin} or dict in {base, origin}:
        return _collection(base)
    package = str(getattr(base, "__module__", "")).partition(".")[0]
    if (kind := _BY_NAME.get((package, getattr(base, "__name__", "")))) is not None:
        return kind(), _as_it_is
    name = base.__qualname__ if isinstance(base, type) else str(base)
    raise Unsupported(
        f"has the type {name}, for which there is no variable; there are: {SUPPORTED}"
    )


def _revive_given(said: _Said) -> Revive:
    """For a variable that the author has made: what its type alone does not tell."""
    if said.base is Path:
        return _path_of
    item = (get_args(said.base) or (None,))[-1] if get_origin(said.base) is list else None
    for base, has_many in ((said.base, False), (item, True)):
        if (members := _members(base)) is not None:
            return _reviver(ChoiceVar(_choices(members)), members, has_many=has_many)
    return _as_it_is


_PLAIN: Final[dict[Any, Callable[[], Variable]]] = {
    str: StringVar,
    int: IntegerVar,
    float: FloatVar,
    bool: BooleanVar,
    date: DateVar,
    datetime: DateTimeVar,
    BinaryIO: FileVar,
    Any: JSONVar,
}
_BY_NAME: Final[dict[tuple[str, str], Callable[[], Variable]]] = {
    # Their modules are slow to import, and most jobs need none of them.
    ("decimal", "Decimal"): DecimalVar,
    ("netaddr", "IPAddress"): IPAddressVar,
    ("netaddr", "IPNetwork"): IPNetworkVar,
}
"""Package and name of a type to its variable."""


def _as_it_is(live: Any) -> Any:
    return live


def _path_of(file: Any) -> Any:
    return file.path


def _members(base: Any) -> Sequence[Any] | None:
    """The values of a ``Literal`` or an ``Enum``; None for any other type."""
    if get_origin(base) is Literal:
        return get_args(base)
    return list(base) if isinstance(base, type) and issubclass(base, Enum) else None


def _one_of(members: Sequence[Any]) -> tuple[Variable, Revive]:
    variable = ChoiceVar(_choices(members))
    return variable, _reviver(variable, members, has_many=False)


def _reviver(variable: ChoiceVar, members: Sequence[Any], *, has_many: bool) -> Revive:
    offered = [value for value, _label in variable.offered or ()]
    by_value = dict(zip(offered, members, strict=False))
    if has_many:
        return lambda live: [by_value.get(value, value) for value in live]
    return lambda live: by_value.get(live, live)


def _choices(members: Sequence[Any]) -> Any:
    """An ``Enum`` brings labels along; the values of a ``Literal`` are their own."""
    return type(members[0]) if members and isinstance(members[0], Enum) else list(members)


def _collection(base: Any) -> tuple[Variable, Revive]:
    origin, parts = get_origin(base) or base, get_args(base)
    if origin is dict and parts and parts[0] is not str:
        raise Unsupported("is a dictionary whose keys are no text; write dict[str, ...]")
    item = parts[-1] if parts else Any
    members = _members(item)
    if origin is list and members is not None:
        variable = MultiChoiceVar(_choices(members))
        return variable, _reviver(variable, members, has_many=True)
    kind = get_origin(item) or item
    if kind not in _ITEMS:
        raise Unsupported(f"holds items of type {item}; there are: str, int, float, bool, Any")
    return CollectionVar(origin, kind), _as_it_is


_ITEMS: Final[dict[Any, tuple[tuple[type, ...], str]]] = {
    str: ((str,), "text"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    bool: ((bool,), "true or false"),
    list: ((list,), "a list"),
    dict: ((dict,), "an object"),
    Any: ((object,), ""),
}
"""Type of an item to what JSON makes of it, and what people call it."""


class CollectionVar(JSONVar):
    """A JSON list or object whose items are of one type."""

    def __init__(self, collection: type, item: Any) -> None:
        """Asks for a collection.

        Args:
            collection: ``list`` or ``dict``.
            item: A key of the items' table above.
        """
        super().__init__()
        self._collection = collection
        self._item = item

    def clean(self, raw: Any) -> Any:
        """The list or dictionary that is stored."""
        stored = super().clean(raw)
        if stored is None:
            return None
        if not isinstance(stored, self._collection):
            example = '["a", "b"]' if self._collection is list else '{"name": "value"}'
            noun = "list" if self._collection is list else "object"
            raise Complaint([f"Enter a JSON {noun}, as {example}."])
        if messages := list(self._item_faults(stored)):
            raise Complaint(messages)
        return stored

    def _item_faults(self, stored: Any) -> Iterator[str]:
        kinds, words = _ITEMS[self._item]
        items = stored.items() if isinstance(stored, dict) else enumerate(stored, 1)
        for name, value in items:
            is_flag = isinstance(value, bool) and bool not in kinds and object not in kinds
            if is_flag or not isinstance(value, kinds):
                yield f"Item {name!r:.100} must be {words}."
                return
